/**
 * A value of the store, as the WIT's `kv-values` comes to JavaScript.
 *
 * @module
 */
import type { KvValues } from './generated/api.ts';

export type KvValue = KvValues;

/** The order of the WIT: a value's position is how it is stored, so it never changes. */
export const tags: readonly KvValue['tag'][] = [
  'kv-string',
  'kv-s64',
  'kv-u64',
  'kv-f64',
  'kv-bstr',
  'kv-cbor',
  'kv-json',
];

/**
 * Bytes that a value takes: its own, UTF-8 for text; 8 for a number.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(sizeOf({ tag: 'kv-string', val: 'é' }), 2);
 * assert.equal(sizeOf({ tag: 'kv-u64', val: 1n }), 8);
 * ```
 */
export function sizeOf({ val }: KvValue): number {
  if (typeof val === 'string') return Buffer.byteLength(val);
  return typeof val === 'object' ? val.byteLength : 8;
}

/**
 * Whether two values are the same in type and value; two absent ones are. Floats are the same when not-a-number
 * both or when they are equal and have the same sign.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.ok(!same({ tag: 'kv-u64', val: 7n }, { tag: 'kv-s64', val: 7n }));
 * assert.ok(same({ tag: 'kv-f64', val: Number.NaN }, { tag: 'kv-f64', val: Number.NaN }));
 * assert.ok(same(undefined, undefined));
 * ```
 */
export function same(one: KvValue | undefined, other: KvValue | undefined): boolean {
  if (one?.tag !== other?.tag) return false;
  const a = one?.val;
  const b = other?.val;
  return typeof a === 'object' && typeof b === 'object' ? Buffer.compare(a, b) === 0 : Object.is(a, b);
}
