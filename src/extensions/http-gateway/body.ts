/**
 * The body of a request, as far as it is wanted.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';
import type { Intake } from './intake.ts';
import type { Held } from './room.ts';

export type BodyResult =
  | { readonly kind: 'body'; readonly body: Uint8Array }
  /** More than one request may have. */
  | { readonly kind: 'too-large' }
  /** More than there is room for. */
  | { readonly kind: 'busy' }
  /** The client is gone, or nobody can tell where the body ends. */
  | { readonly kind: 'broken' };

export interface ReadBodyOptions {
  readonly max: number;
  readonly intake: Intake;
  /** Room for the length that is stated. */
  readonly held: Pick<Held, 'grow'>;
  /** Called before the first byte is waited for: the client may want to hear that it is wanted. */
  readonly onWanted?: (() => void) | undefined;
  /** Aborts when the rest cannot come. */
  readonly signal: AbortSignal;
}

/**
 * The length of a request's body; `undefined` when the client does not say.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(statedLength({ 'content-length': '12' }), 12);
 * assert.equal(statedLength({ 'transfer-encoding': 'chunked' }), undefined);
 * assert.equal(statedLength({}), 0);
 * ```
 */
export function statedLength(headers: IncomingMessage['headers']): number | undefined {
  const { 'content-length': length, 'transfer-encoding': encoding } = headers;
  return encoding === undefined ? Number(length ?? 0) : undefined;
}

/** Reads all of a body. What is not read stays in `request`. */
export async function readBody(request: IncomingMessage, options: ReadBodyOptions): Promise<BodyResult> {
  const { max, intake, held, onWanted, signal } = options;
  const stated = statedLength(request.headers);
  if (stated === 0) return { kind: 'body', body: new Uint8Array() };
  if (signal.aborted || request.destroyed) return { kind: 'broken' };
  onWanted?.();
  const { promise, resolve } = Promise.withResolvers<BodyResult>();
  const bytes = stated === undefined ? new Growing(max) : new Fixed(stated);
  const settle = (result: BodyResult): void => {
    stop();
    request.off('end', end).off('error', broken).off('close', broken);
    signal.removeEventListener('abort', broken);
    if (result.kind !== 'body') {
      request.pause();
      // What comes after this is of no interest, but an unheard error would end the process.
      request.on('error', () => undefined);
    }
    resolve(result);
  };
  const take = (chunk: Uint8Array): void => {
    if (bytes.length + chunk.length > max) settle({ kind: 'too-large' });
    else if (stated === undefined && !held.grow(chunk.length)) settle({ kind: 'busy' });
    else bytes.add(chunk);
  };
  const end = (): void => settle({ kind: 'body', body: bytes.whole() });
  const broken = (): void => settle({ kind: 'broken' });
  const stop = intake.read(request, take);
  request.on('end', end).on('error', broken).on('close', broken);
  signal.addEventListener('abort', broken);
  return promise;
}

/** Bodies above this cross to other threads without a copy. */
const SHARED_BYTES = 64 * 1024;
/** Room for the first bytes of a body of unknown length. */
const FIRST_BYTES = 16 * 1024;

/** Bytes put one behind the other, each chunk when it comes: a long copy at the end would hold up others. */
interface Bytes {
  readonly length: number;
  add(chunk: Uint8Array): void;
  whole(): Uint8Array;
}

/** Of a body whose length is known; the parser sees to it that no more come. */
class Fixed implements Bytes {
  readonly #size: number;
  #all: Uint8Array | undefined;
  length = 0;

  constructor(size: number) {
    this.#size = size;
  }

  add(chunk: Uint8Array): void {
    this.#all ??= new Uint8Array(
      this.#size > SHARED_BYTES ? new SharedArrayBuffer(this.#size) : new ArrayBuffer(this.#size),
    );
    this.#all.set(chunk, this.length);
    this.length += chunk.length;
  }

  whole(): Uint8Array {
    return this.#all ?? new Uint8Array();
  }
}

/** Of a body whose length nobody knows. */
class Growing implements Bytes {
  readonly #max: number;
  #buffer: SharedArrayBuffer | undefined;
  length = 0;

  constructor(max: number) {
    this.#max = max;
  }

  add(chunk: Uint8Array): void {
    const wanted = this.length + chunk.length;
    this.#buffer ??= new SharedArrayBuffer(Math.min(this.#max, FIRST_BYTES), { maxByteLength: this.#max });
    const { byteLength } = this.#buffer;
    if (wanted > byteLength) this.#buffer.grow(Math.min(this.#max, Math.max(wanted, 2 * byteLength)));
    new Uint8Array(this.#buffer).set(chunk, this.length);
    this.length = wanted;
  }

  whole(): Uint8Array {
    const all = new Uint8Array(this.#buffer ?? new ArrayBuffer(0), 0, this.length);
    return this.length > SHARED_BYTES ? all : all.slice();
  }
}
