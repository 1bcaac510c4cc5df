/**
 * One sleeper for everything that is due sometime.
 *
 * @module
 */
import type { Clock } from '../../engine/extension.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { createAgenda } from './agenda.ts';

/** Disposal ends the sleep and waits until it is over. */
export interface Alarm<T> extends AsyncDisposable {
  /** Lets an item ring at this time, at the next turn if that has passed; an earlier setting is forgotten. */
  set(item: T, at: Temporal.Instant): void;
  delete(item: T): void;
  /** Rings nothing any more. */
  stop(): void;
}

export interface AlarmOptions<T> {
  readonly clock: Clock;
  readonly log: Logger;
  /** The item's time has come; it is no longer set. Must not throw. */
  readonly ring: (item: T, now: Temporal.Instant) => void;
}

/**
 * Rings each item once, never before its time by the wall clock. When that jumps forward, what it passed over
 * rings at once, in the order of its times; when it is set back, everything waits for its time.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { ManualClock } from '../../testkit/index.ts';
 * import { createCollector } from '../../telemetry/collector.ts';
 * const clock = new ManualClock();
 * const rung: string[] = [];
 * await using alarm = createAlarm<string>({ clock, log: createCollector(), ring: (item) => rung.push(item) });
 * alarm.set('tea', clock.now().add({ minutes: 4 }));
 * await clock.advance({ minutes: 4 });
 * assert.deepEqual(rung, ['tea']);
 * ```
 */
export function createAlarm<T>(options: AlarmOptions<T>): Alarm<T> {
  return new AgendaAlarm(options);
}

class AgendaAlarm<T> implements Alarm<T> {
  readonly #options: AlarmOptions<T>;
  readonly #agenda = createAgenda<T>();
  readonly #naps = new Set<Promise<void>>();
  #nap: { readonly until: Temporal.Instant; readonly stop: AbortController } | undefined;
  #ringing = false;
  #stopped = false;

  constructor(options: AlarmOptions<T>) {
    this.#options = options;
  }

  set(item: T, at: Temporal.Instant): void {
    this.#agenda.set(item, at);
    this.#rearm();
  }

  delete(item: T): void {
    this.#agenda.delete(item);
    this.#rearm();
  }

  stop(): void {
    this.#stopped = true;
    this.#rearm();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.stop();
    await Promise.all(this.#naps);
  }

  /** Sleeps until the first item, if nobody does yet. */
  #rearm(): void {
    if (this.#ringing) return;
    const until = this.#stopped ? undefined : this.#agenda.first?.at;
    if (this.#nap && until && this.#nap.until.equals(until)) return;
    this.#nap?.stop.abort();
    this.#nap = undefined;
    if (!until) return;
    const stop = new AbortController();
    this.#nap = { until, stop };
    const over = this.#sleep(until, stop.signal).finally(() => this.#naps.delete(over));
    this.#naps.add(over);
  }

  async #sleep(until: Temporal.Instant, signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#options;
    try {
      await clock.sleepUntil(until, { signal });
    } catch (error) {
      if (!signal.aborted) log.error('Clock failed, nothing is on time any more', {}, error);
      return;
    }
    if (signal.aborted) return;
    this.#nap = undefined;
    this.#ringDue(clock.now());
    this.#rearm();
  }

  #ringDue(now: Temporal.Instant): void {
    this.#ringing = true;
    try {
      for (let first = this.#agenda.first; first; first = this.#agenda.first) {
        if (Temporal.Instant.compare(first.at, now) > 0) break;
        this.#agenda.delete(first.item);
        this.#options.ring(first.item, now);
      }
    } finally {
      this.#ringing = false;
    }
  }
}
