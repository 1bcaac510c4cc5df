import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Emit, EventRef, ExtensionContext, HostEvent, Reply } from '../engine/extension.ts';
import { type Collector, createCollector } from '../telemetry/collector.ts';
import { createMetrics, type MetricsRegistry } from '../telemetry/metrics.ts';
import { ManualClock } from './clock.ts';

/** Plays the modules: answers what they would reply. Throwing refuses the event, as a full queue does. */
export type Replies = (event: HostEvent) => readonly Reply[] | Promise<readonly Reply[]>;

export interface FakeContextOptions {
  /** What the operator wrote for the extension; absent by default. */
  readonly config?: unknown;
  /** Nobody answers by default: `done` resolves to an empty list. */
  readonly replies?: Replies;
  readonly clock?: ManualClock;
}

export interface FakeContext extends ExtensionContext, AsyncDisposable {
  readonly clock: ManualClock;
  readonly log: Collector;
  readonly metrics: MetricsRegistry;
  /** Every event that was queued, in order. */
  readonly sent: readonly HostEvent[];
  /** Every call of `done`, in order. */
  readonly ended: readonly { readonly app: string; readonly code: number }[];
  /** Aborts `signal`, as an engine that begins to stop does. */
  abort(): void;
}

/**
 * An engine as one extension sees it: it keeps the events that the extension sends and answers as told. Its
 * folder is a new one below the system's temporary folder; disposal aborts `signal` and removes it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * await using context = fakeContext({ replies: () => [{ module: 'api', ok: true, value: 7 }] });
 * const queued = context.emit({
 *   name: 'hermes:cron/event#on-cron', source: ['cron', 'shop', 'nightly'], app: 'shop',
 *   modules: 'exporting', reply: 'all', args: [],
 * });
 * assert.deepEqual(await queued.done, [{ module: 'api', ok: true, value: 7 }]);
 * assert.equal(context.sent[0]?.app, 'shop');
 * ```
 */
export function fakeContext({ config, replies = () => [], clock }: FakeContextOptions = {}): FakeContext {
  const sent: HostEvent[] = [];
  const ended: { readonly app: string; readonly code: number }[] = [];
  const stop = new AbortController();
  let folder: Promise<string> | undefined;

  const emit: Emit = (event) => {
    const answer = replies(event);
    sent.push(event);
    const ref: EventRef = { id: sent.length, depth: event.cause ? event.cause.depth + 1 : 0 };
    return { queued: true, event: ref, done: Promise.resolve(answer) };
  };
  return {
    config,
    clock: clock ?? new ManualClock(),
    log: createCollector(),
    metrics: createMetrics(),
    signal: stop.signal,
    sent,
    ended,
    emit,
    folder: () => {
      folder ??= mkdtemp(join(tmpdir(), 'hermes-testkit-'));
      return folder;
    },
    done: (app, code) => void ended.push({ app, code }),
    abort: () => stop.abort(new Error('The test ended')),
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('The test ended'));
      if (folder) await rm(await folder, { recursive: true, force: true });
    },
  };
}
