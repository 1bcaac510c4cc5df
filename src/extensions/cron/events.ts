import type { ExportName, HostEvent } from '../../engine/extension.ts';
import type { CronTagged } from './generated/api.ts';

/** What a module exports to be called at the times of entries. */
export const cronExport: ExportName = 'hermes:cron/event#on-cron';

export interface Tick extends CronTagged {
  readonly app: string;
  /** What holds when the event leaves the queue; see `HostEvent.renew`. */
  readonly renew: () => readonly unknown[] | undefined;
}

/**
 * An entry is due. Ordered by application and tag, as `wit/event.wit` promises. Time causes it, no event does: a
 * handler that adds an entry starts no chain.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const event = onCron({ app: 'shop', when: '0 3 * * *', tag: 'nightly', renew: () => undefined });
 * assert.deepEqual(event.source, ['cron', 'shop', 'nightly']);
 * ```
 */
export function onCron({ app, when, tag, renew }: Tick): HostEvent {
  return {
    name: cronExport,
    source: ['cron', app, tag],
    app,
    modules: 'exporting',
    reply: 'all',
    // `renew` says at the end whether it is the last.
    args: [{ when, tag }, false],
    renew,
    bytes: Buffer.byteLength(when) + Buffer.byteLength(tag),
  };
}
