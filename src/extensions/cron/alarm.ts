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
export function createAlarm<T>({ clock, log, ring }: AlarmOptions<T>): Alarm<T> {
  const agenda = createAgenda<T>();
  const naps = new Set<Promise<void>>();
  let nap: { readonly until: Temporal.Instant; readonly stop: AbortController } | undefined;
  let ringing = false;
  let stopped = false;

  /** Sleeps until the first item, if nobody does yet. */
  function rearm(): void {
    if (ringing) return;
    const until = stopped ? undefined : agenda.first?.at;
    if (nap && until && nap.until.equals(until)) return;
    nap?.stop.abort();
    nap = undefined;
    if (!until) return;
    const stop = new AbortController();
    nap = { until, stop };
    const over = sleep(until, stop.signal).finally(() => naps.delete(over));
    naps.add(over);
  }

  async function sleep(until: Temporal.Instant, signal: AbortSignal): Promise<void> {
    try {
      await clock.sleepUntil(until, { signal });
    } catch (error) {
      if (!signal.aborted) log.error('Clock failed, nothing is on time any more', {}, error);
      return;
    }
    if (signal.aborted) return;
    nap = undefined;
    ringDue();
    rearm();
  }

  function ringDue(): void {
    const now = clock.now();
    ringing = true;
    try {
      for (let first = agenda.first; first && !stopped; first = agenda.first) {
        if (Temporal.Instant.compare(first.at, now) > 0) break;
        agenda.delete(first.item);
        ring(first.item, now);
      }
    } finally {
      ringing = false;
    }
  }

  function stop(): void {
    stopped = true;
    rearm();
  }

  return {
    set(item, at) {
      agenda.set(item, at);
      rearm();
    },
    delete(item) {
      agenda.delete(item);
      rearm();
    },
    stop,
    async [Symbol.asyncDispose]() {
      stop();
      await Promise.all(naps);
    },
  };
}
