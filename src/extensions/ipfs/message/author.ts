/**
 * The name of an author: the peer id of an Ed25519 key, in base58, as `12D3KooW…`. The key is inside of it, so a name
 * can be checked against a signature without asking anybody.
 *
 * @module
 */
import { base58btc } from 'multiformats/bases/base58';

/** Length of an Ed25519 public key. */
export const KEY_BYTES = 32;

/**
 * What stands before the key in the multihash of a name: an identity hash (0x00) of 36 bytes, libp2p's message of key type
 * Ed25519 (field 1) and 32 bytes (field 2).
 */
export const PREFIX: readonly number[] = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];

/** Longer than any name: what a stranger calls a name is not decoded whole before it is refused. */
const MAX_LENGTH = 64;

/**
 * The name of who has this Ed25519 key, 32 bytes.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(authorOf(new Uint8Array(32)), '12D3KooW9pNAk8aiBuGVQtWRdbkLmo5qVL3e2h5UxbN2Nz9ttwiw');
 * ```
 */
export function authorOf(publicKey: Uint8Array): string {
  const bytes = new Uint8Array(PREFIX.length + KEY_BYTES);
  bytes.set(PREFIX);
  bytes.set(publicKey, PREFIX.length);
  return base58btc.baseEncode(bytes);
}

/**
 * The Ed25519 key in a name, 32 bytes; `undefined` when this is no name of an author. Each key has one name: another
 * spelling of it is refused.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const name = authorOf(new Uint8Array(32).fill(7));
 * assert.deepEqual(publicKeyOf(name), new Uint8Array(32).fill(7));
 * assert.equal(publicKeyOf('Alice'), undefined);
 * ```
 */
export function publicKeyOf(author: string): Uint8Array | undefined {
  if (author.length > MAX_LENGTH) return undefined;
  const bytes = decoded(author);
  if (bytes?.length !== PREFIX.length + KEY_BYTES) return undefined;
  if (PREFIX.some((byte, n) => bytes[n] !== byte)) return undefined;
  return bytes.slice(PREFIX.length);
}

function decoded(text: string): Uint8Array | undefined {
  try {
    return base58btc.baseDecode(text);
  } catch {
    // Not base58, which is an answer.
    return undefined;
  }
}
