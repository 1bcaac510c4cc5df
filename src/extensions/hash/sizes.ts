import { witError } from '../../lib/wit-error.ts';
import type { Errno } from './generated/api.ts';

/** The most bytes that a function takes and gives; a tweak is a salt or a personalisation. */
export interface Sizes {
  readonly digest: number;
  readonly key: number;
  readonly tweak: number;
}

export interface GivenSizes {
  readonly outlen: number;
  readonly key?: Uint8Array | undefined;
  readonly salt?: Uint8Array | undefined;
  readonly personal?: Uint8Array | undefined;
}

/**
 * Throws the `errno` of the first size that does not fit, in the order of the WIT.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const sizes = { digest: 32, key: 32, tweak: 8 };
 * checkSizes(sizes, { outlen: 32, key: new Uint8Array(32) });
 * assert.throws(() => checkSizes(sizes, { outlen: 33, key: new Uint8Array(33) }), { payload: 'key-too-big' });
 * ```
 */
export function checkSizes(most: Sizes, { outlen, key, salt, personal }: GivenSizes): void {
  const fault = faultOf(most, { outlen, key, salt, personal });
  if (fault !== undefined) throw witError(fault);
}

function faultOf(most: Sizes, { outlen, key, salt, personal }: GivenSizes): Errno | undefined {
  if (key && key.length > most.key) return 'key-too-big';
  if (outlen > most.digest) return 'hash-too-big';
  if (outlen === 0) return 'invalid-digest-byte-length';
  if (salt && salt.length > most.tweak) return 'salt-too-big';
  if (personal && personal.length > most.tweak) return 'personal-too-big';
  return undefined;
}
