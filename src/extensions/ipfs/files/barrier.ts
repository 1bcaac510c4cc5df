/**
 * What keeps a collection from blocks that somebody is just adding, reading or pinning.
 *
 * @module
 */

/** Blocks that one operation counts on. Disposal says that what it wanted to keep is in the books by now. */
export interface Held extends Disposable {
  /** Before it is asked whether the block is there. */
  hold(hash: string): void;
}

export interface Barrier {
  /** Begins an operation. */
  begin(): Held;
  /**
   * Begins a collection: what operations hold now, and what they will, is held until its end, because its list of
   * roots is older than what they enter in the books. One at a time.
   */
  collect(): Disposable;
  isHeld(hash: string): boolean;
}

/**
 * Makes one. Everything is synchronous: who asks `isHeld` and deletes in the same turn cannot be too late.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const barrier = createBarrier();
 * const adding = barrier.begin();
 * const collection = barrier.collect();
 * adding.hold('a');
 * adding[Symbol.dispose]();
 * assert.equal(barrier.isHeld('a'), true);
 * collection[Symbol.dispose]();
 * assert.equal(barrier.isHeld('a'), false);
 * ```
 */
export function createBarrier(): Barrier {
  const active = new Set<Set<string>>();
  let ended: Set<string>[] | undefined;
  return {
    begin() {
      const hashes = new Set<string>();
      active.add(hashes);
      return {
        hold: (hash) => void hashes.add(hash),
        [Symbol.dispose]() {
          if (active.delete(hashes)) ended?.push(hashes);
        },
      };
    },
    collect() {
      ended = [];
      return {
        [Symbol.dispose]() {
          ended = undefined;
        },
      };
    },
    isHeld(hash) {
      for (const hashes of active) if (hashes.has(hash)) return true;
      return ended?.some((hashes) => hashes.has(hash)) ?? false;
    },
  };
}
