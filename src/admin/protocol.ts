/**
 * What goes over the admin socket: one JSON object per line in both directions, answers in the order of their
 * requests.
 *
 * @module
 */
import type { CodedError } from '../lib/errors.ts';
import { plainError } from '../telemetry/plain.ts';

/** Name of the socket in the data folder. */
export const SOCKET_NAME = 'admin.sock';

/** Bytes of one request, its end of line not counted. */
export const MAX_LINE: number = 64 * 1024;

export type RequestId = string | number | null;

export interface Request {
  /** Comes back with the answer. */
  readonly id: RequestId;
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** An error as data: what {@link CodedError} holds, and its causes. */
export type WireError = Readonly<Record<string, unknown>>;

export type Answer =
  | { readonly id: RequestId; readonly result: unknown }
  | { readonly id: RequestId; readonly error: WireError };

/**
 * Reads one line. `undefined` when it is no request; what can be known of its id is for whoever says so.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(readRequest('{"id":1,"method":"status"}'), { id: 1, method: 'status', params: {} });
 * assert.deepEqual(readRequest('{"id":1}'), { id: 1, method: undefined, params: {} });
 * assert.deepEqual(readRequest('status'), { id: null, method: undefined, params: {} });
 * ```
 */
export function readRequest(line: string): Omit<Request, 'method'> & { readonly method: string | undefined } {
  const none = { id: null, method: undefined, params: {} };
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    // What is no JSON is no request: the answer says so.
    return none;
  }
  if (!isRecord(value)) return none;
  const own = (key: string): unknown => (Object.hasOwn(value, key) ? value[key] : undefined);
  const [id, method, params = {}] = [own('id'), own('method'), own('params')];
  const known = typeof id === 'string' || typeof id === 'number' ? id : null;
  if (typeof method !== 'string' || !isRecord(params)) return { ...none, id: known };
  return { id: known, method, params };
}

/** One line of an answer. */
export function answerLine(answer: Answer): string {
  return `${JSON.stringify(answer)}\n`;
}

/** The answer that reports a failure. */
export function refusal(id: RequestId, error: CodedError): Answer {
  return { id, error: plainError(error, { stack: false }) };
}

/** Whether a value is an object that is neither null nor a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
