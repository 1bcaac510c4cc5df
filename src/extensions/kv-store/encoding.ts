/**
 * How a value stands in a file: its type as the position in the WIT's variant, and bytes. Integers take eight,
 * little-endian, floats the eight of IEEE 754, little-endian, text its UTF-8.
 *
 * @module
 */
import { type KvValue, tags } from './value.ts';

/**
 * Turns a value into what is stored.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(encode({ tag: 'kv-bstr', val: Uint8Array.of(1, 2) }), { type: 4, bytes: Uint8Array.of(1, 2) });
 * ```
 */
export function encode(value: KvValue): { readonly type: number; readonly bytes: Uint8Array } {
  return { type: tags.indexOf(value.tag), bytes: bytesOf(value) };
}

/**
 * Turns what is stored back into the value. Throws when it is nothing that `encode` makes.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const { type, bytes } = encode({ tag: 'kv-s64', val: -1n });
 * assert.deepEqual(decode({ type, value: bytes }), { tag: 'kv-s64', val: -1n });
 * ```
 */
export function decode(row: { readonly type: number; readonly value: Uint8Array }): KvValue {
  const tag = tags[row.type];
  const { buffer, byteOffset, byteLength } = row.value;
  const view = new DataView(buffer, byteOffset, byteLength);
  switch (tag) {
    case 'kv-string':
    case 'kv-json':
      return { tag, val: Buffer.from(buffer, byteOffset, byteLength).toString('utf8') };
    case 'kv-s64':
      return { tag, val: view.getBigInt64(0, true) };
    case 'kv-u64':
      return { tag, val: view.getBigUint64(0, true) };
    case 'kv-f64':
      return { tag, val: view.getFloat64(0, true) };
    case 'kv-bstr':
    case 'kv-cbor':
      return { tag, val: row.value };
    default:
      throw new RangeError(`A stored value has the unknown type ${row.type}`);
  }
}

function bytesOf(value: KvValue): Uint8Array {
  if (typeof value.val === 'string') return Buffer.from(value.val);
  if (typeof value.val === 'object') return value.val;
  const view = new DataView(new ArrayBuffer(8));
  if (value.tag === 'kv-s64') view.setBigInt64(0, value.val, true);
  if (value.tag === 'kv-u64') view.setBigUint64(0, value.val, true);
  if (value.tag === 'kv-f64') view.setFloat64(0, value.val, true);
  return new Uint8Array(view.buffer);
}
