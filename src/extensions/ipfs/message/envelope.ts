/**
 * A message as it travels on a topic: a CBOR array of its form, application, topic, sequence, time, content type and
 * payload, and of further payloads that were published in the same moment. Without a key its author is the peer that gossipsub's signature proves; with one the same bytes are the
 * payload of a COSE_Sign1, and its author is the key.
 *
 * @module
 */
import { parseCose, signCose, verifyCose } from './cose.ts';
import { decodeSeries, encodeFields } from './fields.ts';
import type { SigningKey } from './signing-key.ts';

/** What a signature of a message is for. */
const DOMAIN = 'hermes message v1';
/** Another form is another number. */
const FORM = 1;
const KINDS = ['uint', 'text', 'text', 'uint', 'uint', 'text', 'bytes'] as const;
/** First byte of a COSE_Sign1: tag 18. */
const TAGGED = 0xd2;

const APP = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
/** `type/subtype`, with parameters if need be. */
const CONTENT_TYPE = /^[!-~]{1,63}\/[ -~]{1,64}$/;

/** What a payload is unless somebody says so. */
export const DEFAULT_CONTENT_TYPE = 'application/octet-stream';

export interface Envelope {
  /** Name of the application that wrote it. */
  readonly app: string;
  readonly topic: string;
  /** Grows with every message of one author, application and topic; not by one. */
  readonly sequence: number;
  /** Milliseconds since 1970 by the author's clock. */
  readonly time: number;
  /** As `application/octet-stream`; 1 to 128 printable characters. */
  readonly contentType: string;
  readonly payload: Uint8Array;
  /** Those that follow it, each as if it had come by itself; absent when there are none. */
  readonly more?: readonly Uint8Array[];
}

/** Payloads of one envelope. */
export const TOGETHER = 64;

/** An envelope that was opened. `author` is `undefined` when only the network's signature can tell. */
export interface Opened {
  readonly envelope: Envelope;
  readonly author: string | undefined;
}

/** Why a message is none: no envelope, or one whose COSE signature does not hold. */
export type EnvelopeFault = 'malformed' | 'forged';

/**
 * The bytes of a message, signed when there is a key. Holds up to {@link TOGETHER} payloads.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const envelope = {
 *   app: 'shop', topic: 'board', sequence: 1, time: 0,
 *   contentType: 'text/plain', payload: new Uint8Array([104, 105]),
 * };
 * assert.deepEqual(openEnvelope(sealEnvelope(envelope)), { envelope, author: undefined });
 * ```
 */
export function sealEnvelope(envelope: Envelope, key?: SigningKey): Uint8Array<ArrayBuffer> {
  const { app, topic, sequence, time, contentType, payload, more = [] } = envelope;
  const bytes = encodeFields([FORM, app, topic, sequence, time, contentType, payload, ...more]);
  return key ? signCose(key, DOMAIN, bytes) : bytes;
}

/**
 * What a message says, or why it is none. Never throws, whatever the bytes. Which topic it came on, how old it is and
 * whether it was here before is for the caller to check.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(openEnvelope(new TextEncoder().encode('hello')), 'malformed');
 * ```
 */
export function openEnvelope(bytes: Uint8Array): Opened | EnvelopeFault {
  if (!bearsKey(bytes)) {
    const envelope = readEnvelope(bytes);
    return envelope ? { envelope, author: undefined } : 'malformed';
  }
  // The form first: it costs next to nothing, a signature does not.
  const parts = parseCose(bytes);
  const envelope = parts && readEnvelope(parts.payload);
  if (!envelope) return 'malformed';
  const signed = verifyCose(bytes, DOMAIN);
  return signed ? { envelope, author: signed.author } : 'forged';
}

/**
 * Whether these bytes claim to be signed with a key of their own, so that anybody can send a copy.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(bearsKey(new TextEncoder().encode('hello')), false);
 * ```
 */
export function bearsKey(bytes: Uint8Array): boolean {
  return bytes[0] === TAGGED;
}

function readEnvelope(bytes: Uint8Array): Envelope | undefined {
  const series = decodeSeries(bytes, KINDS, TOGETHER - 1);
  if (!series) return undefined;
  const { fields, more } = series;
  const [form, app, topic, sequence, time, contentType, payload] = fields;
  if (form !== FORM || !APP.test(app) || !CONTENT_TYPE.test(contentType)) return undefined;
  return { app, topic, sequence, time, contentType, payload, ...(more.length > 0 && { more }) };
}
