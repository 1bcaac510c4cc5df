/**
 * A time that one thread keeps and others read: a test moves it, and workers see it move.
 *
 * @module
 */
import type { SystemClock } from './clock.ts';
import { untilAborted } from './until-aborted.ts';

/** Words of 8 bytes: wall time and monotonic time in nanoseconds; then a counter of moves. */
const BYTES = 24;
const MOVES = 4;

export interface SharedTime {
  readonly memory: SharedArrayBuffer;
  /** Sets both times, and wakes whoever sleeps elsewhere to look at them. */
  set(now: Temporal.Instant, monotonic: bigint): void;
}

/** The side that keeps the time. */
export function createSharedTime(): SharedTime {
  const memory = new SharedArrayBuffer(BYTES);
  const times = new BigInt64Array(memory);
  const moves = new Int32Array(memory);
  return {
    memory,
    set(now, monotonic) {
      Atomics.store(times, 0, now.epochNanoseconds);
      Atomics.store(times, 1, monotonic);
      Atomics.add(moves, MOVES, 1);
      Atomics.notify(moves, MOVES);
    },
  };
}

/**
 * A clock over the memory that another thread keeps.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const time = createSharedTime();
 * const clock = createSharedClock(time.memory);
 * const noon = Temporal.Instant.from('2026-01-01T12:00Z');
 * const slept = clock.sleepUntil(noon, { signal: new AbortController().signal });
 * time.set(noon, 5n);
 * await slept;
 * assert.deepEqual([clock.now().toString(), clock.monotonic()], ['2026-01-01T12:00:00Z', 5n]);
 * ```
 */
export function createSharedClock(memory: SharedArrayBuffer): SystemClock {
  const times = new BigInt64Array(memory);
  const moves = new Int32Array(memory);
  const now = (): Temporal.Instant => Temporal.Instant.fromEpochNanoseconds(Atomics.load(times, 0));
  return {
    now,
    monotonic: () => Atomics.load(times, 1),
    async sleepUntil(at, { signal }) {
      for (;;) {
        signal.throwIfAborted();
        const seen = Atomics.load(moves, MOVES);
        if (Temporal.Instant.compare(at, now()) <= 0) return;
        const moved = Atomics.waitAsync(moves, MOVES, seen);
        if (moved.async) await untilAborted(moved.value, signal);
      }
    },
  };
}
