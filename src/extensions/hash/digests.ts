/**
 * The algorithms, each from whoever does it fastest: `node:crypto` has the full-length unkeyed BLAKE2, hash-wasm
 * the common shorter ones and BLAKE3, @noble/hashes everything (fifteen times slower). All are loaded when they are
 * first needed, because every thread would pay for them.
 *
 * @module
 */
import { hash } from 'node:crypto';
import { createRequire } from 'node:module';
import { lazy } from '../../lib/lazy.ts';
import { createFastDigests, type FastDigests } from './fast-digests.ts';

/** Salt and personalisation in full length. */
export interface MacOptions {
  readonly key?: Uint8Array;
  readonly salt?: Uint8Array;
  readonly personalization?: Uint8Array;
}

/** Lengths in bytes, already checked. */
export interface Digests {
  blake2s(bytes: Uint8Array, length: number): Uint8Array;
  blake2sMac(bytes: Uint8Array, length: number, options: MacOptions): Uint8Array;
  blake2b(bytes: Uint8Array, length: number): Uint8Array;
  blake2bMac(bytes: Uint8Array, length: number, options: MacOptions): Uint8Array;
  /** The key has 32 bytes. */
  blake3(bytes: Uint8Array, length: number, key?: Uint8Array): Uint8Array;
}

/**
 * The algorithms of one thread.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const digest = createDigests().blake2b(new TextEncoder().encode('abc'), 64);
 * assert.equal(digest.subarray(0, 4).toHex(), 'ba80a53f');
 * ```
 */
export function createDigests(fast: FastDigests = createFastDigests()): Digests {
  // Host functions answer at once, so what is loaded late must be loaded at once too.
  const require = createRequire(import.meta.url);
  const blake2 = lazy(() => require('@noble/hashes/blake2.js') as typeof import('@noble/hashes/blake2.js'));
  const blake3 = lazy(() => require('@noble/hashes/blake3.js') as typeof import('@noble/hashes/blake3.js'));
  return {
    blake2s(bytes, length) {
      if (length === 32) return hash('blake2s256', bytes, 'buffer');
      return blake2().blake2s(bytes, { dkLen: length });
    },
    blake2sMac: (bytes, length, options) => blake2().blake2s(bytes, { dkLen: length, ...options }),
    blake2b(bytes, length) {
      if (length === 64) return hash('blake2b512', bytes, 'buffer');
      const found = fast.find(`blake2b-${length}`);
      return found ? found(bytes) : blake2().blake2b(bytes, { dkLen: length });
    },
    blake2bMac: (bytes, length, options) => blake2().blake2b(bytes, { dkLen: length, ...options }),
    blake3(bytes, length, key) {
      if (key) return blake3().blake3(bytes, { dkLen: length, key });
      const found = fast.find('blake3');
      return found ? found(bytes).subarray(0, length) : blake3().blake3(bytes, { dkLen: length });
    },
  };
}
