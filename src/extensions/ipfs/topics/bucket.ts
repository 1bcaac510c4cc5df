/** So many tokens in a second, and so many at once. */
export interface Rate {
  readonly perSecond: number;
  readonly burst: number;
}

interface Level {
  tokens: number;
  at: number;
}

/** Buckets of tokens by name, of which the least recently used are forgotten when there are too many. */
export interface Buckets {
  /** Takes what this costs, if there is enough. */
  take(name: string, cost: number): boolean;
  /** Milliseconds until there is enough; 0 when there is. */
  wait(name: string, cost: number): number;
  readonly size: number;
}

/**
 * Full buckets, each on first use. `now` is in milliseconds and never goes back. What costs more than a whole bucket is
 * let through when the bucket is full, and empties it for as long as it takes.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * let now = 0;
 * const buckets = createBuckets({ perSecond: 10, burst: 2 }, { now: () => now, most: 100 });
 * assert.deepEqual([1, 2, 3].map(() => buckets.take('a', 1)), [true, true, false]);
 * assert.equal(buckets.wait('a', 1), 100);
 * now = 100;
 * assert.equal(buckets.take('a', 1), true);
 * ```
 */
export function createBuckets(
  { perSecond, burst }: Rate,
  { now, most }: { readonly now: () => number; readonly most: number },
): Buckets {
  const levels = new Map<string, Level>();

  function levelOf(name: string): Level {
    const at = now();
    const level = levels.get(name) ?? { tokens: burst, at };
    level.tokens = Math.min(burst, level.tokens + ((at - level.at) / 1_000) * perSecond);
    level.at = at;
    // The map is in the order of last use.
    levels.delete(name);
    levels.set(name, level);
    if (levels.size > most) levels.delete(levels.keys().next().value ?? name);
    return level;
  }

  return {
    get size() {
      return levels.size;
    },
    take(name, cost) {
      const level = levelOf(name);
      if (level.tokens < Math.min(cost, burst)) return false;
      level.tokens -= cost;
      return true;
    },
    wait(name, cost) {
      const missing = Math.min(cost, burst) - levelOf(name).tokens;
      return missing <= 0 ? 0 : Math.ceil((missing / perSecond) * 1_000);
    },
  };
}
