/**
 * A record as it stands in the DHT: a COSE_Sign1 over a CBOR array of its form, namespace, name, sequence, time,
 * time to live and value. Who wrote it is its key; nothing else in it is believed before the signature holds.
 *
 * @module
 */
import { parseCose, signCose, verifyCose } from '../message/cose.ts';
import { decodeFields, encodeFields } from '../message/fields.ts';
import type { SigningKey } from '../message/signing-key.ts';
import { MAX_KEY, MAX_VALUE } from './limits.ts';
import { authorKey, openKey, type RecordName } from './wire-key.ts';

export { MAX_KEY, MAX_VALUE };

/** What a signature of a record is for. */
const DOMAIN = 'hermes record v1';
/** Another form is another number. */
const FORM = 1;
const KINDS = ['uint', 'text', 'bytes', 'uint', 'uint', 'uint', 'bytes'] as const;
const NAMESPACE = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/** Bytes in a whole record: name, value, namespace, numbers and signature. */
export const MAX_RECORD: number = MAX_KEY + MAX_VALUE + 300;
/** Seconds that a record may live without being renewed. */
export const MAX_TTL: number = 7 * 24 * 3_600;
/** Milliseconds by which the clocks of engines may differ. */
export const MAX_SKEW = 300_000;

export interface RecordContent extends RecordName {
  /** Orders the values of a name: milliseconds since 1970, or one more than the last. */
  readonly sequence: number;
  /** Milliseconds since 1970, by the author's clock, when it was signed. */
  readonly time: number;
  /** Seconds from `time`. */
  readonly ttl: number;
  readonly value: Uint8Array;
}

/** A record whose signature holds. `namespace`, `key` and `value` are views of `bytes`. */
export interface SignedRecord extends RecordContent {
  /** Peer id of the key that signed. */
  readonly author: string;
  readonly bytes: Uint8Array;
}

/**
 * Why bytes are no record for a place: too large, not in form, signed by nobody, of another place, past their time
 * to live, or from the future. The last two may be the fault of a clock.
 */
export type RecordFault = 'oversized' | 'malformed' | 'forged' | 'misplaced' | 'expired' | 'early';

/**
 * The bytes of a record, signed. The same content and key give the same bytes.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { generateKeyPair } from '@libp2p/crypto/keys';
 * import { signingKeyOfNode } from '../message/signing-key.ts';
 * import { openKey } from './wire-key.ts';
 * const key = signingKeyOfNode(await generateKeyPair('Ed25519'));
 * const name = { namespace: 'notes', key: new Uint8Array([1]) };
 * const bytes = signRecord({ ...name, sequence: 5, time: 5, ttl: 60, value: new Uint8Array([7]) }, key);
 * const record = checkRecord(openKey(name), bytes, 5);
 * assert.equal(typeof record === 'string' ? record : record.author, key.author);
 * assert.equal(checkRecord(openKey({ ...name, namespace: 'news' }), bytes, 5), 'misplaced');
 * ```
 */
export function signRecord(content: RecordContent, key: SigningKey): Uint8Array<ArrayBuffer> {
  const { namespace, key: name, sequence, time, ttl, value } = content;
  return signCose(key, DOMAIN, encodeFields([FORM, namespace, name, sequence, time, ttl, value]));
}

/**
 * The record in these bytes if it may stand under `wireKey` at the time `now` (milliseconds), else why not. Never
 * throws, whatever the bytes. What costs most, the signature, is checked last.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { openKey } from './wire-key.ts';
 * const place = openKey({ namespace: 'notes', key: new Uint8Array([1]) });
 * assert.equal(checkRecord(place, new TextEncoder().encode('hello'), 0), 'malformed');
 * ```
 */
export function checkRecord(wireKey: Uint8Array, bytes: Uint8Array, now: number): SignedRecord | RecordFault {
  if (bytes.length > MAX_RECORD) return 'oversized';
  const parts = parseCose(bytes);
  const content = parts && readContent(parts.payload);
  if (!content) return 'malformed';
  const fits = (place: Uint8Array): boolean => Buffer.compare(place, wireKey) === 0;
  if (!fits(openKey(content)) && !fits(authorKey(content, parts.publicKey))) return 'misplaced';
  const { sequence, time, ttl } = content;
  if (Math.max(sequence, time) > now + MAX_SKEW) return 'early';
  if (time + ttl * 1_000 <= now) return 'expired';
  const signed = verifyCose(bytes, DOMAIN);
  return signed ? { ...content, author: signed.author, bytes } : 'forged';
}

function readContent(payload: Uint8Array): RecordContent | undefined {
  const fields = decodeFields(payload, KINDS);
  if (!fields) return undefined;
  const [form, namespace, key, sequence, time, ttl, value] = fields;
  if (form !== FORM || !NAMESPACE.test(namespace)) return undefined;
  if (key.length === 0 || key.length > MAX_KEY) return undefined;
  if (value.length === 0 || value.length > MAX_VALUE || ttl === 0 || ttl > MAX_TTL) return undefined;
  return { namespace, key, sequence, time, ttl, value };
}

type Ranked = Pick<SignedRecord, 'sequence' | 'time' | 'bytes'>;

/**
 * Orders records of one place: above zero when `a` takes the place of `b`, zero when they are the same bytes. First
 * by sequence; of two with the same one the renewed, then whichever has the larger bytes, so that all engines agree.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const bytes = new Uint8Array([1]);
 * assert.ok(compareRecords({ sequence: 2, time: 1, bytes }, { sequence: 1, time: 9, bytes }) > 0);
 * ```
 */
export function compareRecords(a: Ranked, b: Ranked): number {
  return a.sequence - b.sequence || a.time - b.time || Buffer.compare(a.bytes, b.bytes);
}
