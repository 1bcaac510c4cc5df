/** How many users each number has. */
export interface Users {
  /** Answers whether it is the first. */
  add(number: number): boolean;
  remove(number: number): void;
}

/**
 * Counts users.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const users = createUsers();
 * assert.deepEqual([users.add(7), users.add(7)], [true, false]);
 * users.remove(7);
 * users.remove(7);
 * assert.equal(users.add(7), true);
 * ```
 */
export function createUsers(): Users {
  const counts = new Map<number, number>();
  return {
    add(number) {
      const before = counts.get(number) ?? 0;
      counts.set(number, before + 1);
      return before === 0;
    },
    remove(number) {
      const left = (counts.get(number) ?? 1) - 1;
      if (left === 0) counts.delete(number);
      else counts.set(number, left);
    },
  };
}
