/**
 * COSE_Sign1 (RFC 9052) with EdDSA over Ed25519, in one fixed form: tag 18, the algorithm and the public key in the
 * protected header, nothing unprotected, the payload inside. Every length but the payload's is known, so there is
 * exactly one series of bytes for one payload, key and signature.
 *
 * @module
 */
import { createPublicKey, sign, verify } from 'node:crypto';
import { encode } from 'cborg';
import { authorOf, KEY_BYTES } from './author.ts';
import type { SigningKey } from './signing-key.ts';

/** `18([ << { 1: -8, 4: <key> } >>, {}, <payload>, <signature> ])`, up to the key. */
const HEAD = Uint8Array.of(0xd2, 0x84, 0x58, 0x26, 0xa2, 0x01, 0x27, 0x04, 0x58, 0x20);
/** Where the protected header begins and ends, without the head of its byte string. */
const PROTECTED = { from: 4, to: HEAD.length + KEY_BYTES };
/** The empty unprotected header. */
const UNPROTECTED = 0xa0;
const SIGNATURE_HEAD = Uint8Array.of(0x58, 0x40);
const SIGNATURE_BYTES = 64;
const TAIL = SIGNATURE_HEAD.length + SIGNATURE_BYTES;

/** What stands in a COSE_Sign1. Views of the bytes that were read, not copies. */
export interface CoseParts {
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** What was signed, and by whom. */
export interface CoseMessage {
  /** Peer id of the key. */
  readonly author: string;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly payload: Uint8Array;
}

/**
 * Signs a payload. `aad` says what the signature is for, as `hermes record v1`: it is signed but not sent, so that a
 * signature for one purpose is worth nothing for another.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { generateKeyPairSync } from 'node:crypto';
 * import { signingKeyFrom } from './signing-key.ts';
 * const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
 * const key = signingKeyFrom(pem.toString(), 'shop.pem');
 * const bytes = signCose(key, 'test v1', new Uint8Array([1]));
 * assert.equal(verifyCose(bytes, 'test v1')?.author, key.author);
 * assert.equal(verifyCose(bytes, 'test v2'), undefined);
 * ```
 */
export function signCose(key: SigningKey, aad: string, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  const head = headOf(payload.length);
  const bytes = new Uint8Array(PROTECTED.to + 1 + head.length + payload.length + TAIL);
  bytes.set(HEAD);
  bytes.set(key.publicKey, HEAD.length);
  bytes[PROTECTED.to] = UNPROTECTED;
  bytes.set(head, PROTECTED.to + 1);
  bytes.set(payload, PROTECTED.to + 1 + head.length);
  const signature = sign(null, toBeSigned(bytes, aad, payload), key.privateKey);
  bytes.set(SIGNATURE_HEAD, bytes.length - TAIL);
  bytes.set(signature, bytes.length - SIGNATURE_BYTES);
  return bytes;
}

/**
 * The parts of a COSE_Sign1 in the form above, its signature not checked; `undefined` for any other bytes.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(parseCose(new Uint8Array([0xd2, 0x84])), undefined);
 * ```
 */
export function parseCose(bytes: Uint8Array): CoseParts | undefined {
  if (!HEAD.every((byte, n) => bytes[n] === byte) || bytes[PROTECTED.to] !== UNPROTECTED) return undefined;
  const payload = payloadOf(bytes, PROTECTED.to + 1);
  if (!payload) return undefined;
  const signed = bytes.length - TAIL;
  if (!SIGNATURE_HEAD.every((byte, n) => bytes[signed + n] === byte)) return undefined;
  return {
    publicKey: bytes.subarray(HEAD.length, PROTECTED.to),
    payload,
    signature: bytes.subarray(bytes.length - SIGNATURE_BYTES),
  };
}

/**
 * What a COSE_Sign1 says, when its form is right and its signature holds for `aad`; else `undefined`. Never throws,
 * whatever the bytes. To tell a bad form from a bad signature, see {@link parseCose}.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(verifyCose(new TextEncoder().encode('hello'), 'test v1'), undefined);
 * ```
 */
export function verifyCose(bytes: Uint8Array, aad: string): CoseMessage | undefined {
  const parts = parseCose(bytes);
  if (!parts || !holds(bytes, aad, parts)) return undefined;
  const { publicKey, payload } = parts;
  return { author: authorOf(publicKey), publicKey, payload };
}

function holds(bytes: Uint8Array, aad: string, { publicKey, payload, signature }: CoseParts): boolean {
  try {
    const key = createPublicKey({ key: publicKey, format: 'raw-public', asymmetricKeyType: 'ed25519' });
    return verify(null, toBeSigned(bytes, aad, payload), key, signature);
  } catch {
    // 32 bytes that OpenSSL does not take for a key: nothing holds for them.
    return false;
  }
}

/** `Sig_structure` of RFC 9052 §4.4, whose protected header is taken as it stands in the message. */
function toBeSigned(bytes: Uint8Array, aad: string, payload: Uint8Array): Uint8Array {
  const header = bytes.subarray(PROTECTED.from, PROTECTED.to);
  return encode(['Signature1', header, new TextEncoder().encode(aad), payload]);
}

/** The byte string that starts here and leaves exactly the tail, its length in the shortest form. */
function payloadOf(bytes: Uint8Array, from: number): Uint8Array | undefined {
  const rest = bytes.length - TAIL - from;
  // With the length known there is one head for it, of one to five bytes.
  for (const size of [1, 2, 3, 5]) {
    const head = rest >= size ? headOf(rest - size) : undefined;
    if (head?.length === size && head.every((byte, n) => bytes[from + n] === byte))
      return bytes.subarray(from + size, bytes.length - TAIL);
  }
  return undefined;
}

/** Head of a byte string of this length. */
function headOf(length: number): Uint8Array {
  if (length < 24) return Uint8Array.of(0x40 + length);
  if (length < 0x100) return Uint8Array.of(0x58, length);
  if (length < 0x1_0000) return Uint8Array.of(0x59, length >> 8, length);
  return Uint8Array.of(0x5a, length >> 24, length >> 16, length >> 8, length);
}
