import type { Clock } from '../engine/extension.ts';

/** Deadlines are met this many nanoseconds late at most, so that many of them need few wake-ups: 67 ms. */
const GRAIN: number = 2 ** 26;

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

/** Deadlines of one grain: every call has one, so adding it to the newest bucket must cost next to nothing. */
class Bucket {
  /** The moment of the last of them, in grains. */
  readonly at: number;
  first: Entry | undefined = undefined;

  constructor(at: number) {
    this.at = at;
  }
}

class Entry implements Disposable {
  readonly due: Due;
  #bucket: Bucket;
  #before: Entry | undefined = undefined;
  #behind: Entry | undefined = undefined;

  constructor(due: Due, bucket: Bucket) {
    this.due = due;
    this.#bucket = bucket;
    this.moveTo(bucket);
  }

  /** Puts it elsewhere, once it is nowhere. */
  moveTo(bucket: Bucket): void {
    this.#bucket = bucket;
    this.#behind = bucket.first;
    if (bucket.first) bucket.first.#before = this;
    bucket.first = this;
  }

  [Symbol.dispose](): void {
    if (this.#before) this.#before.#behind = this.#behind;
    else if (this.#bucket.first === this) this.#bucket.first = this.#behind;
    if (this.#behind) this.#behind.#before = this.#before;
    this.#before = undefined;
    this.#behind = undefined;
  }
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
  const buckets = new Map<number, Bucket>();
  let newest = new Bucket(0);
  let sleeping: { readonly until: number; readonly stop: AbortController } | undefined;
  let disposed = false;

  function bucketAt(at: bigint): Bucket {
    const grain = Math.floor(Number(at) / GRAIN) + 1;
    if (newest.at === grain) return newest;
    newest = buckets.getOrInsertComputed(grain, () => new Bucket(grain));
    arm(grain);
    return newest;
  }

  /** Sleeps until this moment, unless somebody sleeps less. */
  function arm(until: number): void {
    if (disposed || (sleeping && sleeping.until <= until)) return;
    sleeping?.stop.abort();
    const mine = { until, stop: new AbortController() };
    sleeping = mine;
    const nanoseconds = Math.ceil(Math.max(0, until * GRAIN - Number(clock.monotonic())));
    const woken = (): void => {
      if (sleeping !== mine) return;
      sleeping = undefined;
      check();
    };
    // A sleep fails only when it was stopped, and then somebody else sleeps or nobody has to.
    clock
      .sleepUntil(clock.now().add({ nanoseconds }), { signal: mine.stop.signal })
      .then(woken, () => undefined);
  }

  function put(entry: Entry, at: bigint): void {
    if (!disposed) entry.moveTo(bucketAt(at));
  }

  function check(): void {
    const now = Number(clock.monotonic());
    for (const bucket of [...buckets.values()]) {
      const over = bucket.at * GRAIN <= now;
      if (!over && bucket.first) continue;
      buckets.delete(bucket.at);
      if (newest === bucket) newest = new Bucket(0);
      if (over) askAll(bucket, put);
    }
    if (buckets.size > 0) arm(Math.min(...buckets.keys()));
  }

  return {
    check,
    add: (at, due) => new Entry(due, bucketAt(at)),
    [Symbol.dispose]() {
      disposed = true;
      buckets.clear();
      sleeping?.stop.abort();
    },
  };
}

/** Asks each of them whether it is time, and puts those elsewhere that name a later one. */
function askAll(bucket: Bucket, put: (entry: Entry, at: bigint) => void): void {
  for (let entry = bucket.first; entry; entry = bucket.first) {
    entry[Symbol.dispose]();
    const again = entry.due();
    if (again !== undefined) put(entry, again);
  }
}
