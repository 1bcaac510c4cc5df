/** A tuple type of `N` numbers. */
type Words<N extends 4 | 8> = N extends 4
  ? readonly [bigint, bigint, bigint, bigint]
  : readonly [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];

/**
 * Bytes as `b256` or `b512`: eight at a time, big-endian.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const bytes = new Uint8Array(32);
 * bytes[7] = 5;
 * assert.deepEqual(toWords(bytes, 4), [5n, 0n, 0n, 0n]);
 * assert.deepEqual(fromWords([5n, 0n, 0n, 0n]), bytes);
 * ```
 */
export function toWords<N extends 4 | 8>(bytes: Uint8Array, length: N): Words<N> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, length * 8);
  // A tuple of this length, which TypeScript cannot see.
  return Array.from({ length }, (_, at) => view.getBigUint64(at * 8)) as readonly bigint[] as Words<N>;
}

/** The reverse of {@link toWords}. */
export function fromWords(words: readonly bigint[]): Uint8Array {
  const bytes = new Uint8Array(words.length * 8);
  const view = new DataView(bytes.buffer);
  for (const [at, word] of words.entries()) view.setBigUint64(at * 8, word);
  return bytes;
}
