/**
 * The bytes of keys: the master key of CIP-3 (Icarus), and BIP32-Ed25519 in the form that Cardano calls V2. A key is
 * 32 bytes of scalar, 32 that make nonces, 32 of chain code. Whoever is given one overwrites it in the end.
 *
 * @module
 */
import { createHmac, pbkdf2Sync } from 'node:crypto';
import { HARDENED } from './path.ts';

/**
 * The master key of an entropy: 4,096 rounds, some milliseconds.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(masterKey(new Uint8Array(16), '').length, 96);
 * ```
 */
export function masterKey(entropy: Uint8Array, passphrase: string): Uint8Array {
  const made = pbkdf2Sync(passphrase, entropy, 4096, 96, 'sha512');
  // No Buffer: its slices are the same memory.
  const key = new Uint8Array(made);
  made.fill(0);
  key[0] = (key[0] ?? 0) & 0xf8;
  key[31] = ((key[31] ?? 0) & 0x1f) | 0x40;
  return key;
}

/** The key that one step leads to; steps that are not hardened take the public key of the parent. */
export function childKey(key: Uint8Array, step: number, publicKey: () => Uint8Array): Uint8Array {
  const hard = step >= HARDENED;
  const index = new Uint8Array(4);
  new DataView(index.buffer).setUint32(0, step, true);
  const from = hard ? key.subarray(0, 64) : publicKey();
  const hmac = (tag: number): Uint8Array =>
    createHmac('sha512', key.subarray(64, 96)).update(Uint8Array.of(tag)).update(from).update(index).digest();
  const add = hmac(hard ? 0x00 : 0x02);
  const chain = hmac(hard ? 0x01 : 0x03);
  const child = new Uint8Array(96);
  addEightfold(child.subarray(0, 32), key, add);
  addModulo(child.subarray(32, 64), key.subarray(32, 64), add.subarray(32, 64));
  child.set(chain.subarray(32, 64), 64);
  add.fill(0);
  chain.fill(0);
  return child;
}

/** `onto` becomes the beginning of `key` and eight times the first 28 bytes of `add`, little-endian. */
function addEightfold(onto: Uint8Array, key: Uint8Array, add: Uint8Array): void {
  let carry = 0;
  for (let at = 0; at < onto.length; at++) {
    carry += (key[at] ?? 0) + (at < 28 ? (add[at] ?? 0) * 8 : 0);
    onto[at] = carry & 0xff;
    carry >>= 8;
  }
}

/** `onto` becomes the sum, little-endian; what does not fit is left out. */
function addModulo(onto: Uint8Array, a: Uint8Array, b: Uint8Array): void {
  let carry = 0;
  for (let at = 0; at < onto.length; at++) {
    carry += (a[at] ?? 0) + (b[at] ?? 0);
    onto[at] = carry & 0xff;
    carry >>= 8;
  }
}
