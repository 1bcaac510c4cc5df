import type { Clock } from '../engine/extension.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { GuestModule } from './guest-runner.ts';

export interface ThreadedPoolOptions {
  readonly halves: readonly GuestModule[];
  readonly workers: number;
  /**
   * Instances at the same time in each thread; 256 by default. One application may have half of all. The system may
   * allow fewer.
   */
  readonly instances?: number;
  /** What the memories of all instances may take, the same in each thread; half of the machine's unless given. */
  readonly memoryBytes?: number;
  /** How long one call may take, from the moment that its guest is entered; 30 s by default. */
  readonly deadlineMs?: number;
  /** Whether modules with code that cannot be metered run all the same. */
  readonly unmetered?: boolean;
  /** How long a call may take to end that was told to; then its thread is replaced. */
  readonly graceMs?: number;
  /** Heap of each thread's JavaScript; guests' memories do not count. */
  readonly heapMb?: number;
  /** Makes chance repeatable, for tests. */
  readonly seed?: string;
  /** Every so often a busy thread is asked whether it hears; after so many times without an answer it is replaced. */
  readonly watch?: { readonly everyMs: number; readonly misses: number };
}

export interface ThreadedPoolDeps {
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly log: Logger;
}
