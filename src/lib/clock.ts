/**
 * The time as the machine has it. The only place, with the logger, that asks for it; everybody else is given a
 * clock.
 *
 * @module
 */

/**
 * A long sleep is taken in pieces: timers above 2^31 ms fire at once, and none moves when the wall clock is set
 * or the machine was asleep. This is how late a sleeper may be then.
 */
const LONGEST_TIMER_MS = 10_000;

export interface SystemClock {
  now(): Temporal.Instant;
  /** Monotonic nanoseconds since some fixed moment. */
  monotonic(): bigint;
  /** Rejects with the signal's reason. */
  sleepUntil(at: Temporal.Instant, options: { readonly signal: AbortSignal }): Promise<void>;
}

export interface SystemClockOptions {
  /** Where the wall clock is read; for tests. */
  readonly now?: () => Temporal.Instant;
  /** After how many milliseconds a sleeper looks at the wall clock again. */
  readonly longestTimerMs?: number;
}

/**
 * The clock of this machine. A sleeper never wakes before its time; it looks at the wall clock every ten seconds,
 * so it is at most that late when the clock is set forward, and sleeps on when it is set back.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const clock = createClock();
 * const before = clock.monotonic();
 * await clock.sleepUntil(clock.now().add({ milliseconds: 2 }), { signal: new AbortController().signal });
 * assert.ok(clock.monotonic() - before > 1_000_000n);
 * ```
 */
export function createClock(options: SystemClockOptions = {}): SystemClock {
  const { now = () => Temporal.Now.instant(), longestTimerMs = LONGEST_TIMER_MS } = options;
  return {
    now,
    monotonic: () => process.hrtime.bigint(),
    async sleepUntil(at, { signal }) {
      for (;;) {
        signal.throwIfAborted();
        const left = at.epochNanoseconds - now().epochNanoseconds;
        if (left <= 0n) return;
        // A timer may fire early by a fraction of a millisecond.
        await timer(Math.min(Number(left / 1_000_000n) + 1, longestTimerMs), signal);
      }
    },
  };
}

function timer(milliseconds: number, signal: AbortSignal): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const abort = (): void => {
    clearTimeout(timeout);
    reject(signal.reason);
  };
  const timeout = setTimeout(() => {
    signal.removeEventListener('abort', abort);
    resolve();
  }, milliseconds);
  signal.addEventListener('abort', abort, { once: true });
  return promise;
}
