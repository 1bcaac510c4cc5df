/**
 * What a worker and the main thread know of its calls at any moment, in shared memory: a worker that runs a guest
 * hears no message, and one that is gone cannot be asked.
 *
 * @module
 */

/** Bits of a call's state. */
const STARTED = 1;
const ENDED = 2;
const TAKEN = 4;

/** Both sides make one over the same memory. */
export interface Board {
  readonly memory: SharedArrayBuffer;
  /**
   * Worker: the guest of this slot is entered, for the first time or again; `now` counts the first time. False when
   * the main thread has ended or taken the call: then it must not be entered.
   */
  enter(slot: number, now: bigint): boolean;
  /** Worker: no guest runs. */
  leave(): void;
  /** Main thread: a new call has this slot. */
  reset(slot: number): void;
  /** Main thread: this guest must not be entered again. Answers whether it is running now. */
  end(slot: number): boolean;
  /** Main thread: this guest must not be entered unless it was before. Answers whether that is certain. */
  take(slot: number): boolean;
  /** When the guest of this slot was first entered; `undefined` when it was not. */
  startedAt(slot: number): bigint | undefined;
  /** The slot whose guest runs. */
  readonly running: number | undefined;
}

/**
 * A board of so many slots, or the other side's view of one.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const main = createBoard(4);
 * const worker = createBoard(main.memory);
 * assert.ok(worker.enter(2, 5n));
 * assert.deepEqual([main.running, main.startedAt(2), main.startedAt(1)], [2, 5n, undefined]);
 * worker.leave();
 * assert.equal(main.end(2), false);
 * assert.equal(worker.enter(2, 6n), false);
 * ```
 */
export function createBoard(of: number | SharedArrayBuffer): Board {
  // A word for the slot that runs, then sixteen bytes for each: its state, and when it started.
  const memory = typeof of === 'number' ? new SharedArrayBuffer(16 + 16 * of) : of;
  const words = new Int32Array(memory);
  const times = new BigInt64Array(memory);
  const stateOf = (slot: number): number => 4 + slot * 4;
  const timeOf = (slot: number): number => 3 + slot * 2;

  return {
    memory,
    enter(slot, now) {
      // First the mark, then a look at the state; `end` does it the other way round, so one of them sees the other.
      Atomics.store(words, 0, slot + 1);
      const state = Atomics.load(words, stateOf(slot));
      if ((state & ENDED) !== 0 || (state & (STARTED | TAKEN)) === TAKEN) {
        Atomics.store(words, 0, 0);
        return false;
      }
      if ((state & STARTED) === 0) {
        Atomics.store(times, timeOf(slot), now);
        Atomics.or(words, stateOf(slot), STARTED);
      }
      return true;
    },
    leave: () => void Atomics.store(words, 0, 0),
    reset: (slot) => void Atomics.store(words, stateOf(slot), 0),
    end(slot) {
      Atomics.or(words, stateOf(slot), ENDED);
      return Atomics.load(words, 0) === slot + 1;
    },
    take(slot) {
      Atomics.or(words, stateOf(slot), TAKEN);
      if (Atomics.load(words, 0) === slot + 1) return false;
      return (Atomics.load(words, stateOf(slot)) & STARTED) === 0;
    },
    startedAt: (slot) =>
      (Atomics.load(words, stateOf(slot)) & STARTED) === 0 ? undefined : Atomics.load(times, timeOf(slot)),
    get running() {
      const mark = Atomics.load(words, 0);
      return mark === 0 ? undefined : mark - 1;
    },
  };
}
