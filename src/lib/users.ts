/** How many users each thing has, by its number or name. */
export interface Users<Key> {
  /** Answers whether it is the first. */
  add(key: Key): boolean;
  remove(key: Key): void;
}

/**
 * Counts users.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const users = createUsers<number>();
 * assert.deepEqual([users.add(7), users.add(7)], [true, false]);
 * users.remove(7);
 * users.remove(7);
 * assert.equal(users.add(7), true);
 * ```
 */
export function createUsers<Key>(): Users<Key> {
  const counts = new Map<Key, number>();
  return {
    add(key) {
      const before = counts.get(key) ?? 0;
      counts.set(key, before + 1);
      return before === 0;
    },
    remove(key) {
      const left = (counts.get(key) ?? 1) - 1;
      if (left === 0) counts.delete(key);
      else counts.set(key, left);
    },
  };
}
