import type { EngineStatus } from '../engine/status.ts';
import type { MetricsRegistry } from '../telemetry/metrics.ts';
import { fail } from './errors.ts';
import { isRecord } from './protocol.ts';

/** What `hermes status` shows; plain data. */
export interface Status extends EngineStatus {
  readonly version: string;
  readonly pid: number;
  /** When it was started, as ISO 8601. */
  readonly started: string;
  readonly uptimeSeconds: number;
  /** The data folder. */
  readonly home: string;
  /** Where the gateway listens. */
  readonly addresses: readonly string[];
  /** Where /metrics and /healthz are served besides the admin socket. */
  readonly metrics: readonly string[];
  readonly pool: {
    /** Calls that may be in guests at the same time. */
    readonly concurrency: number;
    readonly running: number;
    readonly waiting: number;
    /** Threads that run guests; 0 when they run in the main thread. */
    readonly workers: number;
    /** Those that ended, or had to be replaced, because of a guest. */
    readonly workersLost: number;
  };
  /** How often each limit was reached, by its code. */
  readonly limits: Readonly<Record<string, number>>;
  readonly memory: { readonly residentBytes: number; readonly heapBytes: number };
}

/** Codes of what ran into a bound of ours. */
const LIMIT = /^(QUEUE_FULL|CAUSE_DEPTH|DEADLINE|FUEL|WORKER_LOST|LIMIT_\w+)$/;

/**
 * How often events and calls ran into a limit, by its code.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createMetrics } from '../telemetry/metrics.ts';
 * const metrics = createMetrics();
 * metrics.counter('hermes_events_refused_total', 'Refused', { code: 'QUEUE_FULL' }).add(2);
 * metrics.counter('hermes_events_refused_total', 'Refused', { code: 'APP_GONE' }).add();
 * assert.deepEqual(limitsReached(metrics), { QUEUE_FULL: 2 });
 * ```
 */
export function limitsReached(metrics: MetricsRegistry): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  const families = [
    ['hermes_events_refused_total', 'code'],
    ['hermes_module_calls_total', 'outcome'],
  ] as const;
  for (const [name, label] of families) {
    for (const { labels, value } of metrics.series(name)) {
      const code = labels[label] ?? '';
      if (LIMIT.test(code)) counts.set(code, (counts.get(code) ?? 0) + value);
    }
  }
  return Object.fromEntries([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * A status that came over the socket. Throws `ENGINE_ANSWER` for anything else: an engine of another version may
 * say other things.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.throws(() => readStatus({ state: 'running' }), { code: 'ENGINE_ANSWER' });
 * ```
 */
export function readStatus(value: unknown): Status {
  const lists = ['apps', 'addresses', 'metrics'];
  const objects = ['queue', 'pool', 'limits', 'memory'];
  const fits =
    isRecord(value) &&
    lists.every((key) => Array.isArray(value[key])) &&
    objects.every((key) => isRecord(value[key])) &&
    isRecord((value['queue'] as Record<string, unknown>)['limits']);
  if (!fits) throw fail('ENGINE_ANSWER', { method: 'status' });
  return value as unknown as Status;
}
