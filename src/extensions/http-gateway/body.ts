/**
 * The body of a request, as far as it is wanted.
 *
 * @module
 */
import type { IncomingMessage } from 'node:http';

/** Bytes of bodies in memory, over all requests. */
export interface Budget {
  readonly max: number;
  used: number;
}

export type BodyResult =
  /** `release` gives the bytes back to the budget once nobody holds them. */
  | { readonly kind: 'body'; readonly body: Uint8Array; readonly release: () => void }
  /** More than one request may have. */
  | { readonly kind: 'too-large' }
  /** More than all may have together. */
  | { readonly kind: 'busy' }
  /** The client is gone, or nobody can tell where the body ends. */
  | { readonly kind: 'broken' };

export interface ReadBodyOptions {
  readonly max: number;
  readonly budget: Budget;
  /** Called before the first byte is waited for: the client may want to hear that it is wanted. */
  readonly onWanted?: (() => void) | undefined;
  /** Aborts when the rest cannot come. */
  readonly signal: AbortSignal;
}

/** Reads all of a body. What is not read stays in `request`. */
export async function readBody(request: IncomingMessage, options: ReadBodyOptions): Promise<BodyResult> {
  const { max, budget, onWanted, signal } = options;
  const { 'content-length': length, 'transfer-encoding': encoding } = request.headers;
  if (encoding === undefined && (length === undefined || length === '0')) {
    return { kind: 'body', body: new Uint8Array(), release: () => undefined };
  }
  if (length !== undefined && Number(length) > max) return { kind: 'too-large' };
  if (signal.aborted || request.destroyed) return { kind: 'broken' };
  onWanted?.();
  const { promise, resolve } = Promise.withResolvers<BodyResult>();
  const chunks: Uint8Array[] = [];
  let held = 0;
  const release = (): void => {
    budget.used -= held;
    held = 0;
  };
  const settle = (result: BodyResult): void => {
    request.off('data', take).off('end', end).off('error', broken).off('close', broken);
    signal.removeEventListener('abort', broken);
    if (result.kind !== 'body') {
      release();
      request.pause();
      // What comes after this is of no interest, but an unheard error would end the process.
      request.on('error', () => undefined);
    }
    resolve(result);
  };
  const take = (chunk: Uint8Array): void => {
    held += chunk.length;
    budget.used += chunk.length;
    chunks.push(chunk);
    if (held > max) settle({ kind: 'too-large' });
    else if (budget.used > budget.max) settle({ kind: 'busy' });
  };
  const end = (): void => settle({ kind: 'body', body: join(chunks, held), release });
  const broken = (): void => settle({ kind: 'broken' });
  request.on('data', take).on('end', end).on('error', broken).on('close', broken);
  signal.addEventListener('abort', broken);
  return promise;
}

function join(chunks: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
