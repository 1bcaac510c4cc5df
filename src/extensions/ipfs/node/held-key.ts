import { sign } from 'node:crypto';
import type { Ed25519PrivateKey } from '@libp2p/interface';
import { signingKeyOfNode } from '../message/signing-key.ts';

/**
 * The same key, ready to sign: libp2p's own is read anew from its text form for each signature, which takes as long as
 * the signature.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { generateKeyPair } from '@libp2p/crypto/keys';
 * const key = await generateKeyPair('Ed25519');
 * const bytes = new Uint8Array([1, 2, 3]);
 * assert.deepEqual(new Uint8Array(await heldKey(key).sign(bytes)), new Uint8Array(await key.sign(bytes)));
 * ```
 */
export function heldKey(key: Ed25519PrivateKey): Ed25519PrivateKey {
  const { privateKey } = signingKeyOfNode(key);
  return {
    type: key.type,
    publicKey: key.publicKey,
    raw: key.raw,
    equals: (other) => key.equals(other),
    sign(message, options) {
      options?.signal?.throwIfAborted();
      return sign(null, message instanceof Uint8Array ? message : message.subarray(), privateKey);
    },
  };
}
