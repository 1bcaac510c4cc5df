/** Numbers under which two threads know things. */
export interface Numbers {
  /** One that was never used. */
  next(): number;
  /** The same one each time for this object, as long as somebody has it. */
  of(object: object): number;
}

/**
 * Numbers from 1 on.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const numbers = createNumbers();
 * const [a, b] = [{}, {}];
 * assert.deepEqual([numbers.of(a), numbers.of(b), numbers.next(), numbers.of(a)], [1, 2, 3, 1]);
 * ```
 */
export function createNumbers(): Numbers {
  const known = new WeakMap<object, number>();
  let last = 0;
  return {
    next: () => ++last,
    of(object) {
      const number = known.get(object) ?? ++last;
      known.set(object, number);
      return number;
    },
  };
}
