/**
 * A fixed series of CBOR values (RFC 8949), in the one form that is deterministic: no other bytes say the same, so
 * what was signed, hashed or counted once is not met again in another dress.
 *
 * @module
 */
import { isUtf8 } from 'node:buffer';
import { encodeInto, type Token, Tokenizer, Type } from 'cborg';

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

/** Of a value: its kind and its length, or the number. */
const HEAD_BYTES = 9;

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
  const room = values.reduce<number>((bytes, value) => bytes + HEAD_BYTES + lengthOf(value), HEAD_BYTES);
  const bytes = new Uint8Array(room);
  // Written where it stays: an array of these has one encoding, and no maps that had to be sorted.
  return bytes.subarray(0, encodeInto(values, bytes).written);
}

/** In UTF-8 no unit of a string takes more than three bytes. */
function lengthOf(value: number | string | Uint8Array): number {
  if (typeof value === 'number') return 0;
  return typeof value === 'string' ? 3 * value.length : value.length;
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
  // No field beyond those that were named.
  return decodeSeries(bytes, kinds, 0)?.fields;
}

/**
 * As {@link decodeFields}, with up to `most` byte strings after the fields. Byte strings own their buffers.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const bytes = encodeFields([7, new Uint8Array([1]), new Uint8Array([2])]);
 * assert.deepEqual(decodeSeries(bytes, ['uint'], 2), { fields: [7], more: [Uint8Array.of(1), Uint8Array.of(2)] });
 * assert.equal(decodeSeries(bytes, ['uint'], 1), undefined);
 * ```
 */
export function decodeSeries<const Kinds extends readonly FieldKind[]>(
  bytes: Uint8Array,
  kinds: Kinds,
  most: number,
): { readonly fields: Fields<Kinds>; readonly more: readonly Uint8Array[] } | undefined {
  // The library cuts byte strings out with `slice`: of a Buffer that is a view, which keeps all that came with it.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
  const tokens = new Tokenizer(plain, STRICT);
  try {
    const head = tokens.next();
    const more = head.value - kinds.length;
    if (!Type.equals(head.type, Type.array) || more < 0 || more > most) return undefined;
    const values: (number | string | Uint8Array)[] = [];
    for (let n = 0; n < head.value; n++) {
      const token = tokens.next();
      if (!Type.equals(token.type, TYPES[kinds[n] ?? 'bytes']) || !wellFormed(token)) return undefined;
      values.push(token.value);
    }
    if (!tokens.done()) return undefined;
    // The values were checked against their kinds one by one.
    const rest = values.splice(kinds.length) as Uint8Array[];
    return { fields: values as unknown as Fields<Kinds>, more: rest };
  } catch {
    // Not CBOR, or not deterministic: the library says so by throwing, whatever it is.
    return undefined;
  }
}

/** The library replaces bytes that are no UTF-8: two series of bytes would be one text. */
function wellFormed({ byteValue }: Token): boolean {
  return byteValue === undefined || isUtf8(byteValue);
}
