/**
 * Where records and providers stand in the DHT. A name is hashed together with its namespace, so that namespaces
 * cannot meet; where only certain authors may write, each has a place of its own that no other can fill.
 *
 * @module
 */
import { hash } from 'node:crypto';
import { encodeFields } from '../message/fields.ts';

/** What a record is called: a namespace, and a name in it. */
export interface RecordName {
  readonly namespace: string;
  readonly key: Uint8Array;
}

/** The DHT finds who checks a record by the word between the slashes. */
const PREFIX = new TextEncoder().encode('/hermes/');

/** Length of every key that this file makes. */
export const WIRE_KEY_BYTES: number = PREFIX.length + 32;

/**
 * The place of a record that anybody may write.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const key = openKey({ namespace: 'notes', key: new Uint8Array([1]) });
 * assert.equal(key.length, WIRE_KEY_BYTES);
 * assert.notDeepEqual(key, openKey({ namespace: 'news', key: new Uint8Array([1]) }));
 * ```
 */
export function openKey({ namespace, key }: RecordName): Uint8Array<ArrayBuffer> {
  return placed(encodeFields(['open', namespace, key]));
}

/**
 * The place of one author's record; `publicKey` is 32 bytes of Ed25519.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const name = { namespace: 'prices', key: new Uint8Array([1]) };
 * assert.notDeepEqual(authorKey(name, new Uint8Array(32)), authorKey(name, new Uint8Array(32).fill(1)));
 * ```
 */
export function authorKey({ namespace, key }: RecordName, publicKey: Uint8Array): Uint8Array<ArrayBuffer> {
  return placed(encodeFields(['author', namespace, key, publicKey]));
}

/**
 * The SHA-256 under which providers of a name are found.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(providedHash({ namespace: 'notes', key: new Uint8Array([1]) }).length, 32);
 * ```
 */
export function providedHash({ namespace, key }: RecordName): Uint8Array<ArrayBuffer> {
  return sha256(encodeFields(['provide', namespace, key]));
}

function placed(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const key = new Uint8Array(WIRE_KEY_BYTES);
  key.set(PREFIX);
  key.set(sha256(bytes), PREFIX.length);
  return key;
}

function sha256(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(hash('sha256', bytes, 'buffer'));
}
