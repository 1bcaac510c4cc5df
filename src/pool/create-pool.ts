import type { Pool } from '../engine/pool.ts';
import { wasiHalf } from '../wasi/half.ts';
import type { GuestModule } from './guest-runner.ts';
import { createInlinePool } from './inline.ts';
import { createThreadedPool } from './threads.ts';
import type { ThreadedPoolDeps } from './threads-options.ts';

export interface PoolOptions {
  /** Threads that run guests; 0 runs them in this one. */
  readonly workers: number;
  /** Guest halves of the extensions. WASI comes by itself. */
  readonly halves: readonly GuestModule[];
  /** Instances at the same time, in each thread. */
  readonly instances: number;
  /** What the memories of all instances may take; 0, as nothing, is half of the machine's. */
  readonly memoryBytes?: number;
  /** How long one call may take. */
  readonly deadlineMs: number;
  /** Whether modules with code that cannot be metered run all the same; not by default. */
  readonly unmetered?: boolean;
}

/**
 * The pool that the operator chose, with WASI for its guests.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createClock } from '../lib/clock.ts';
 * import { createCollector } from '../telemetry/collector.ts';
 * import { createMetrics } from '../telemetry/metrics.ts';
 * const deps = { clock: createClock(), metrics: createMetrics(), log: createCollector() };
 * const options = { halves: [], instances: 8, deadlineMs: 1_000 };
 * await using inline = await createPool({ ...options, workers: 0 }, deps);
 * await using threads = await createPool({ ...options, workers: 1 }, { ...deps, metrics: createMetrics() });
 * assert.deepEqual([inline.concurrency, threads.concurrency], [8, 8]);
 * ```
 */
export async function createPool(
  { workers, halves: given, memoryBytes = 0, ...rest }: PoolOptions,
  deps: ThreadedPoolDeps,
): Promise<Pool> {
  const halves = [...given, wasiHalf()];
  const options = { ...rest, ...(memoryBytes > 0 && { memoryBytes }) };
  if (workers === 0) return createInlinePool({ ...options, halves }, deps);
  return createThreadedPool({ ...options, halves, workers }, deps);
}
