/**
 * Random bytes: the system's, or those that follow from a seed, so that a test can repeat them.
 *
 * @module
 */
import { createCipheriv, createHash, randomFillSync } from 'node:crypto';

export interface Random {
  /** Fills the bytes and answers them. */
  fill(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer>;
}

/**
 * With a seed: always the same bytes, however they are asked for piece by piece. Never for keys. Without one: the
 * system's, which nobody can guess.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const draw = (seed?: string) => createRandom(seed).fill(new Uint8Array(16));
 * assert.deepEqual(draw('a'), draw('a'));
 * assert.notDeepEqual(draw('a'), draw('b'));
 * assert.notDeepEqual(draw(), draw());
 * ```
 */
export function createRandom(seed?: string): Random {
  if (seed === undefined) return { fill: (bytes) => randomFillSync(bytes) };
  const key = createHash('sha256').update(seed).digest();
  const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  return {
    fill(bytes) {
      bytes.set(stream.update(new Uint8Array(bytes.length)));
      return bytes;
    },
  };
}
