/**
 * A value that is made when it is first asked for, and then kept. When making it throws, the next call tries again.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * let made = 0;
 * const table = lazy(() => [++made]);
 * assert.equal(made, 0);
 * assert.equal(table(), table());
 * assert.equal(made, 1);
 * ```
 */
export function lazy<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
