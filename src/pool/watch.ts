export interface WatchOptions {
  readonly everyMs: number;
}

/**
 * Calls `tick` once in a while, with whether this thread itself is on time: who is late has no right to find others
 * silent.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const { promise, resolve } = Promise.withResolvers<boolean>();
 * using watch = startWatch({ everyMs: 1 }, resolve);
 * const keep = setTimeout(() => {}, 1_000);
 * assert.equal(typeof (await promise), 'boolean');
 * clearTimeout(keep);
 * ```
 */
export function startWatch({ everyMs }: WatchOptions, tick: (onTime: boolean) => void): Disposable {
  let last = performance.now();
  // It is no reason for the process to go on.
  const timer = setInterval(() => {
    const now = performance.now();
    const onTime = now - last < everyMs * 1.5;
    last = now;
    tick(onTime);
  }, everyMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
