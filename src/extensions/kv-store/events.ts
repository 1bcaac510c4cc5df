import type { EventRef, ExportName, HostEvent } from '../../engine/extension.ts';
import { type KvValue, sizeOf } from './value.ts';

/** What a module exports to be told of subscribed keys. */
export const updateExport: ExportName = 'hermes:kv-store/event#kv-update';

export interface Update {
  readonly app: string;
  readonly module: string;
  readonly key: string;
  readonly value: KvValue;
  /** The event whose handler wrote. */
  readonly cause: EventRef;
  /** What holds when the event leaves the queue; see `HostEvent.renew`. */
  readonly renew: () => readonly unknown[] | undefined;
}

/**
 * A subscribed key was written. Ordered by application and key: updates of one key come in the order of the
 * writes and never overlap, as `wit/event.wit` promises.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const value = { tag: 'kv-u64', val: 1n } as const;
 * const cause = { id: 1, depth: 0 };
 * const event = kvUpdate({ app: 'shop', module: 'api', key: 'a/b', value, cause, renew: () => undefined });
 * assert.deepEqual(event.source, ['kv-store', 'shop', 'a/b']);
 * ```
 */
export function kvUpdate({ app, module, key, value, cause, renew }: Update): HostEvent {
  return {
    name: updateExport,
    source: ['kv-store', app, key],
    app,
    modules: [module],
    reply: 'all',
    args: [key, value],
    cause,
    renew,
    bytes: Buffer.byteLength(key) + sizeOf(value),
  };
}
