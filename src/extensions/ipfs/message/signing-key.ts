import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { failures } from '../../../lib/errors.ts';
import { errors } from '../errors.ts';
import { authorOf, KEY_BYTES } from './author.ts';

const fail = failures(errors);

/** What messages and records are signed with. */
export interface SigningKey {
  /** Peer id of the key. */
  readonly author: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly privateKey: KeyObject;
}

/** PKCS #8 of an Ed25519 key without its 32 bytes (RFC 8410): Node reads no bare seed. */
const PKCS8 = Buffer.from('302e020100300506032b657004220420', 'hex');

/**
 * The key in a PEM file (PKCS #8, Ed25519), as `openssl genpkey -algorithm ed25519` writes it. Throws
 * `IPFS_SIGNING_KEY` when it holds anything else; `path` is only for that error.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { generateKeyPairSync } from 'node:crypto';
 * const { privateKey } = generateKeyPairSync('ed25519');
 * const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
 * assert.match(signingKeyFrom(pem, 'shop.pem').author, /^12D3KooW/);
 * assert.throws(() => signingKeyFrom('secret', 'shop.pem'), { code: 'IPFS_SIGNING_KEY' });
 * ```
 */
export function signingKeyFrom(pem: string, path: string): SigningKey {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch (error) {
    throw fail('IPFS_SIGNING_KEY', { path }, error);
  }
  const type = privateKey.asymmetricKeyType;
  if (type !== 'ed25519') throw fail('IPFS_SIGNING_KEY', { path, type });
  return signingKey(privateKey);
}

/**
 * The key of a node as libp2p holds it: 32 bytes of seed, then 32 bytes of public key (`privateKey.raw`).
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { generateKeyPair } from '@libp2p/crypto/keys';
 * import { peerIdFromPrivateKey } from '@libp2p/peer-id';
 * const key = await generateKeyPair('Ed25519');
 * assert.equal(signingKeyOfNode(key).author, peerIdFromPrivateKey(key).toString());
 * ```
 */
export function signingKeyOfNode({ raw }: { readonly raw: Uint8Array }): SigningKey {
  const key = Buffer.concat([PKCS8, raw.subarray(0, KEY_BYTES)]);
  return signingKey(createPrivateKey({ key, format: 'der', type: 'pkcs8' }));
}

function signingKey(privateKey: KeyObject): SigningKey {
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' });
  const publicKey = new Uint8Array(Buffer.from(x, 'base64url'));
  return { author: authorOf(publicKey), publicKey, privateKey };
}
