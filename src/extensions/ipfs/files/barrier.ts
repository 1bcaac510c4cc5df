/**
 * What keeps a collection from blocks that somebody is just adding, reading or pinning.
 *
 * @module
 */

/** Blocks that one operation counts on. Disposal says that what it wanted to keep is in the books by now. */
export interface Held extends Disposable {
  /** Before it is asked whether the block is there. True when it was not held before. */
  hold(hash: string): boolean;
  /** It has failed: nothing of it is in the books. */
  abandon(): void;
}

export interface Barrier {
  /** Begins an operation; `forgotten` is called when nothing of it is remembered any more. */
  begin(forgotten?: () => void): Held;
  /**
   * Begins a collection: what operations hold now, and what they will, is held until its end, because its list of
   * roots is older than what they enter in the books. One at a time.
   */
  collect(): Disposable;
  isHeld(hash: string): boolean;
}

interface Operation {
  readonly hashes: Set<string>;
  readonly forgotten: () => void;
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
  const active = new Set<Operation>();
  let ended: Operation[] | undefined;
  return {
    begin(forgotten = () => {}) {
      const operation: Operation = { hashes: new Set(), forgotten };
      const { hashes } = operation;
      active.add(operation);
      return {
        hold: (hash) => hashes.size < hashes.add(hash).size,
        abandon() {
          if (active.delete(operation)) forgotten();
        },
        [Symbol.dispose]() {
          if (!active.delete(operation)) return;
          if (ended) ended.push(operation);
          else forgotten();
        },
      };
    },
    collect() {
      ended = [];
      return {
        [Symbol.dispose]() {
          for (const { forgotten } of ended ?? []) forgotten();
          ended = undefined;
        },
      };
    },
    isHeld(hash) {
      for (const { hashes } of active) if (hashes.has(hash)) return true;
      return ended?.some(({ hashes }) => hashes.has(hash)) ?? false;
    },
  };
}
