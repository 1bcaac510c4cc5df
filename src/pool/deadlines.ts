import type { Clock } from '../engine/extension.ts';

/** Deadlines are met this much late at most, so that many of them need few wake-ups: 2^26 ns, 67 ms. */
const GRAIN = 26n;

/**
 * Looks whether it is time. Answers a later moment (monotonic nanoseconds) to be asked again then, `undefined` when
 * it is settled.
 */
export type Due = () => bigint | undefined;

export interface Deadlines extends Disposable {
  /** Calls `due` at this moment of the clock's monotonic time; disposing what it answers takes it back. */
  add(at: bigint, due: Due): Disposable;
  /** Looks now; for whoever does not trust the wall clock, by which sleepers sleep. */
  check(): void;
}

interface Entry {
  readonly due: Due;
  bucket: bigint;
}

/**
 * Keeps many deadlines with one sleeper.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { ManualClock } from '../testkit/index.ts';
 * const clock = new ManualClock();
 * using deadlines = createDeadlines(clock);
 * const { promise, resolve } = Promise.withResolvers<void>();
 * deadlines.add(30_000_000_000n, () => void resolve());
 * await clock.advance({ seconds: 31 });
 * await promise;
 * assert.equal(clock.sleeping, 0);
 * ```
 */
export function createDeadlines(clock: Clock): Deadlines {
  const buckets = new Map<bigint, Set<Entry>>();
  let sleeping: { readonly until: bigint; readonly stop: AbortController } | undefined;
  let disposed = false;

  function put(at: bigint, entry: Entry): void {
    entry.bucket = (at >> GRAIN) + 1n;
    buckets.getOrInsertComputed(entry.bucket, () => new Set()).add(entry);
    arm(entry.bucket);
  }

  /** Sleeps until this bucket, unless somebody sleeps less. */
  function arm(until: bigint): void {
    if (disposed || (sleeping && sleeping.until <= until)) return;
    sleeping?.stop.abort();
    const mine = { until, stop: new AbortController() };
    sleeping = mine;
    const nanoseconds = Number((until << GRAIN) - clock.monotonic());
    const at = clock.now().add({ nanoseconds: Math.max(0, nanoseconds) });
    const woken = (): void => {
      if (sleeping !== mine) return;
      sleeping = undefined;
      check();
    };
    // A sleep fails only when it was stopped, and then somebody else sleeps or nobody has to.
    clock.sleepUntil(at, { signal: mine.stop.signal }).then(woken, () => undefined);
  }

  function check(): void {
    const now = clock.monotonic();
    for (const [key, bucket] of [...buckets]) {
      if (key << GRAIN > now) continue;
      buckets.delete(key);
      for (const entry of bucket) {
        const again = entry.due();
        if (again !== undefined && !disposed) put(again, entry);
      }
    }
    let first: bigint | undefined;
    for (const key of buckets.keys()) if (first === undefined || key < first) first = key;
    if (first !== undefined) arm(first);
  }

  return {
    check,
    add(at, due) {
      const entry: Entry = { due, bucket: 0n };
      put(at, entry);
      return { [Symbol.dispose]: () => void buckets.get(entry.bucket)?.delete(entry) };
    },
    [Symbol.dispose]() {
      disposed = true;
      buckets.clear();
      sleeping?.stop.abort();
    },
  };
}
