import type { Clock } from '../engine/extension.ts';
import { createSharedTime } from '../lib/shared-clock.ts';

interface Sleeper {
  readonly at: Temporal.Instant;
  readonly wake: () => void;
}

/**
 * A clock that stands still until told: it starts at 2026-01-01T00:00Z.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const clock = new ManualClock();
 * let woken = false;
 * const hour = clock.now().add({ hours: 1 });
 * void clock.sleepUntil(hour, { signal: new AbortController().signal }).then(() => { woken = true; });
 * await clock.advance({ minutes: 59 });
 * assert.equal(woken, false);
 * await clock.advance({ minutes: 1 });
 * assert.equal(woken, true);
 * ```
 */
export class ManualClock implements Clock {
  #now: Temporal.Instant;
  #monotonic = 0n;
  readonly #sleepers = new Set<Sleeper>();
  readonly #time = createSharedTime();

  constructor(start: Temporal.Instant = Temporal.Instant.from('2026-01-01T00:00Z')) {
    this.#now = start;
    this.#time.set(start, 0n);
  }

  /** The same time, for other threads. */
  get shared(): SharedArrayBuffer {
    return this.#time.memory;
  }

  /** How many sleep: 0 after a service was disposed. */
  get sleeping(): number {
    return this.#sleepers.size;
  }

  now(): Temporal.Instant {
    return this.#now;
  }

  monotonic(): bigint {
    return this.#monotonic;
  }

  async sleepUntil(at: Temporal.Instant, { signal }: { readonly signal: AbortSignal }): Promise<void> {
    signal.throwIfAborted();
    if (Temporal.Instant.compare(at, this.#now) <= 0) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const sleeper: Sleeper = { at, wake: resolve };
    const abort = (): void => reject(signal.reason);
    signal.addEventListener('abort', abort, { once: true });
    this.#sleepers.add(sleeper);
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', abort);
      this.#sleepers.delete(sleeper);
    }
  }

  /** Moves both times on, wakes whoever is due (earliest first) and lets what they do at once happen. */
  async advance(duration: Temporal.DurationLike): Promise<void> {
    const target = this.#now.add(duration);
    for (;;) {
      const due = [...this.#sleepers]
        .filter(({ at }) => Temporal.Instant.compare(at, target) <= 0)
        .sort((a, b) => Temporal.Instant.compare(a.at, b.at))[0];
      if (!due) break;
      this.#moveTo(due.at);
      this.#sleepers.delete(due);
      due.wake();
      await new Promise(setImmediate);
    }
    this.#moveTo(target);
    await new Promise(setImmediate);
  }

  /** Sets the wall clock, as an operator or a time server does; the monotonic time does not move. */
  async jumpTo(instant: Temporal.Instant): Promise<void> {
    this.#now = instant;
    this.#time.set(instant, this.#monotonic);
    for (const sleeper of this.#sleepers)
      if (Temporal.Instant.compare(sleeper.at, instant) <= 0) sleeper.wake();
    await new Promise(setImmediate);
  }

  #moveTo(instant: Temporal.Instant): void {
    if (Temporal.Instant.compare(instant, this.#now) <= 0) return;
    this.#monotonic += instant.epochNanoseconds - this.#now.epochNanoseconds;
    this.#now = instant;
    this.#time.set(instant, this.#monotonic);
  }
}
