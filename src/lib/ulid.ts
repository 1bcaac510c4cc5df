import { randomBytes } from 'node:crypto';

/** Crockford's base 32: no I, L, O, U. */
const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';

/**
 * A ULID: 48 bits of time (milliseconds since 1970) and 80 random ones, as 26 characters that sort by time.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(ulid(0, () => new Uint8Array(10)), '00000000000000000000000000');
 * assert.match(ulid(1_700_000_000_000), /^01HF7YAT00[0-9A-HJKMNP-TV-Z]{16}$/);
 * ```
 */
export function ulid(milliseconds: number, random: (bytes: number) => Uint8Array = randomBytes): string {
  let number = BigInt(milliseconds);
  for (const byte of random(10)) number = (number << 8n) | BigInt(byte);
  let text = '';
  for (let digit = 0; digit < 26; digit++) {
    text = DIGITS.charAt(Number(number & 31n)) + text;
    number >>= 5n;
  }
  return text;
}
