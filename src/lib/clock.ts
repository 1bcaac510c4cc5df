/**
 * The time as the machine has it. The only place, with the logger, that asks for it; everybody else is given a
 * clock.
 *
 * @module
 */

/** Timers above 2^31 ms fire at once, so a long sleep is taken in pieces of a day. */
const LONGEST_TIMER_MS = 24 * 60 * 60 * 1000;

export interface SystemClock {
  now(): Temporal.Instant;
  /** Monotonic nanoseconds since some fixed moment. */
  monotonic(): bigint;
  /** Rejects with the signal's reason. */
  sleepUntil(at: Temporal.Instant, options: { readonly signal: AbortSignal }): Promise<void>;
}

/**
 * The clock of this machine. A sleeper looks at the wall clock again at least once a day.
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
export function createClock(): SystemClock {
  return {
    now: () => Temporal.Now.instant(),
    monotonic: () => process.hrtime.bigint(),
    async sleepUntil(at, { signal }) {
      for (;;) {
        signal.throwIfAborted();
        const left = at.epochMilliseconds - Temporal.Now.instant().epochMilliseconds;
        // A millisecond more than needed, because a timer may fire early by a fraction of one.
        if (left <= 0) return;
        await timer(Math.min(left + 1, LONGEST_TIMER_MS), signal);
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
