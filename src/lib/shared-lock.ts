/**
 * A lock in shared memory, for work of microseconds that several threads do on one thing outside of them all, such
 * as a folder.
 *
 * @module
 */
import { threadId } from 'node:worker_threads';

/** 32-bit words that a lock takes: who holds it, how often it was taken, whether it was broken. */
export const LOCK_WORDS = 3;

const FREE = 0;
/** Longer than any work that is done under a lock. */
const PATIENCE_MS = 2_000;

export interface SharedLock {
  /**
   * Runs `work` while no other thread is in it; holds up this thread until then. Work may hold the same lock again.
   * `broken` says, once, that a thread
   * ended or was overtaken in the middle of its work: what the lock protects must be looked over.
   */
  hold<T>(work: (broken: boolean) => T): T;
  /** A thread has ended, wherever it was. */
  forget(thread: number): void;
}

/** The number of this thread, never given twice in a process; 0 is the main thread. */
export function thisThread(): number {
  return threadId;
}

/**
 * A lock at `at` in memory that starts as zeros. A thread that ended with it is told by `forget`; should nobody
 * tell, whoever waited two seconds for the same holder takes it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const lock = createSharedLock(new Int32Array(new SharedArrayBuffer(LOCK_WORDS * 4)));
 * assert.equal(lock.hold(() => 'done'), 'done');
 * ```
 */
export function createSharedLock(
  words: Int32Array<SharedArrayBuffer>,
  at = 0,
  { patienceMs = PATIENCE_MS }: { readonly patienceMs?: number } = {},
): SharedLock {
  const [holder, turns, broken] = [at, at + 1, at + 2];
  const me = threadId + 1;
  let inside = false;

  /** True when it was free or its holder gave no sign of life. */
  function tryTake(): boolean {
    const found = Atomics.compareExchange(words, holder, FREE, me);
    if (found === FREE) return true;
    const turn = Atomics.load(words, turns);
    if (Atomics.wait(words, holder, found, patienceMs) !== 'timed-out') return false;
    if (Atomics.load(words, turns) !== turn) return false;
    if (Atomics.compareExchange(words, holder, found, me) !== found) return false;
    Atomics.store(words, broken, 1);
    return true;
  }

  function give(from: number): boolean {
    if (Atomics.compareExchange(words, holder, from, FREE) !== from) return false;
    Atomics.notify(words, holder, 1);
    return true;
  }

  return {
    hold(work) {
      if (inside) return work(false);
      while (!tryTake());
      Atomics.add(words, turns, 1);
      inside = true;
      try {
        return work(Atomics.exchange(words, broken, 0) === 1);
      } finally {
        inside = false;
        // Somebody lost patience while this thread was at work: what it did last is in nobody's books.
        if (!give(me)) Atomics.store(words, broken, 1);
      }
    },
    forget(thread) {
      if (Atomics.load(words, holder) !== thread + 1) return;
      Atomics.store(words, broken, 1);
      give(thread + 1);
    },
  };
}
