/**
 * A fixed series of CBOR values (RFC 8949), in the one form that is deterministic: no other bytes say the same, so
 * what was signed, hashed or counted once is not met again in another dress.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer';
import { encode, rfc8949EncodeOptions, type Token, Tokenizer, Type } from 'cborg';

/** `uint` is a whole number up to 2^53 - 1. */
export type FieldKind = 'uint' | 'text' | 'bytes';

type FieldOf<Kind extends FieldKind> = Kind extends 'uint'
  ? number
  : Kind extends 'text'
    ? string
    : Uint8Array;

/** One value for every kind. */
export type Fields<Kinds extends readonly FieldKind[]> = { readonly [N in keyof Kinds]: FieldOf<Kinds[N]> };

const TYPES = { uint: Type.uint, text: Type.string, bytes: Type.bytes };

const STRICT = {
  strict: true,
  allowIndefinite: false,
  allowUndefined: false,
  allowBigInt: false,
  retainStringBytes: true,
};

/**
 * A CBOR array of these values.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(encodeFields([1, 'a', new Uint8Array([255])]), new Uint8Array([0x83, 1, 0x61, 0x61, 0x41, 255]));
 * ```
 */
export function encodeFields(values: readonly (number | string | Uint8Array)[]): Uint8Array<ArrayBuffer> {
  return encode(values, rfc8949EncodeOptions);
}

/**
 * The values of a CBOR array that has exactly these kinds, and is encoded as {@link encodeFields} would; `undefined`
 * for any other bytes. Nothing is built but what is asked for, whatever the bytes say of lengths and depths.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const bytes = encodeFields([7, 'hour']);
 * assert.deepEqual(decodeFields(bytes, ['uint', 'text']), [7, 'hour']);
 * assert.equal(decodeFields(bytes, ['text', 'uint']), undefined);
 * ```
 */
export function decodeFields<const Kinds extends readonly FieldKind[]>(
  bytes: Uint8Array,
  kinds: Kinds,
): Fields<Kinds> | undefined {
  const tokens = new Tokenizer(bytes, STRICT);
  try {
    const head = tokens.next();
    if (!Type.equals(head.type, Type.array) || head.value !== kinds.length) return undefined;
    const values: (number | string | Uint8Array)[] = [];
    for (const kind of kinds) {
      const token = tokens.next();
      if (!Type.equals(token.type, TYPES[kind]) || !wellFormed(token)) return undefined;
      values.push(token.value);
    }
    // The values were checked against their kinds one by one.
    return tokens.done() ? (values as unknown as Fields<Kinds>) : undefined;
  } catch {
    // Not CBOR, or not deterministic: the library says so by throwing, whatever it is.
    return undefined;
  }
}

/** The library replaces bytes that are no UTF-8: two series of bytes would be one text. */
function wellFormed({ byteValue }: Token): boolean {
  return byteValue === undefined || isUtf8(byteValue);
}
