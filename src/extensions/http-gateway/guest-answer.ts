/**
 * What a module answered, checked: nothing leaves that is not well-formed HTTP.
 *
 * @module
 */
import type { Answer, Header } from './answer.ts';
import { fail } from './errors.ts';
import type { HttpGatewayResponse, HttpResponse } from './generated/api.ts';

export interface CheckOptions {
  readonly method: string;
  readonly maxBytes: number;
}

/** What clients commonly take, and more than any answer needs. */
const MAX_HEADER_BYTES = 64 * 1024;

/** What only the two ends of a connection may say to each other: RFC 9110, 7.6.1. */
const CONNECTION = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The answer to send for what a module answered. Throws `HTTP_ANSWER` with `fault` when HTTP does not allow it, and
 * `HTTP_REDIRECT_UNSUPPORTED`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const http = (code: number, headers: [string, string[]][]) =>
 *   checkAnswer({ tag: 'http', val: { code, headers, body: new Uint8Array() } }, { method: 'GET', maxBytes: 10 });
 * assert.equal(http(201, [['x-tag', ['a', 'b']]]).headers.length, 2);
 * assert.throws(() => http(200, [['x-tag', ['a\r\nset-cookie: b']]]), { code: 'HTTP_ANSWER' });
 * assert.throws(() => http(101, []), { code: 'HTTP_ANSWER' });
 * ```
 */
export function checkAnswer(response: HttpGatewayResponse, { method, maxBytes }: CheckOptions): Answer {
  if (response.tag === 'internal-redirect') {
    throw fail('HTTP_REDIRECT_UNSUPPORTED', { location: response.val.slice(0, 200) });
  }
  const { code, headers: given, body } = response.val;
  if (!Number.isInteger(code) || code < 200 || code > 599)
    throw nonsense('code is not from 200 to 599', { code });
  if (body.length > maxBytes) throw nonsense('body is too long', { bytes: body.length, maxBytes });
  const bodiless = code === 204 || code === 205 || code === 304;
  if (bodiless && body.length > 0) throw nonsense('this code allows no body', { code, bytes: body.length });
  const { headers, lengths, typed } = checkHeaders(given);
  const length = checkLength(lengths, { method, code, bytes: body.length });
  // A browser must not make a page of what the module did not call one.
  if (!typed && body.length > 0) headers.push(['X-Content-Type-Options', 'nosniff']);
  return {
    status: code,
    headers,
    body: bodiless ? undefined : body,
    ...(length !== undefined && { length }),
  };
}

function checkHeaders(given: HttpResponse['headers']): {
  readonly headers: Header[];
  readonly lengths: readonly string[];
  readonly typed: boolean;
} {
  const headers: Header[] = [];
  const lengths: string[] = [];
  let typed = false;
  let bytes = 0;
  for (const [name, values] of given) {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/.test(name)) {
      throw nonsense('header name is not allowed', { name: name.slice(0, 200) });
    }
    const lower = name.toLowerCase();
    if (CONNECTION.has(lower)) throw nonsense('header belongs to the connection', { name });
    typed ||= lower === 'content-type' || lower === 'x-content-type-options';
    for (const value of values) {
      if (/[\0-\x08\x0a-\x1f\x7f]/.test(value))
        throw nonsense('header value has a control character', { name });
      bytes += name.length + value.length + 4;
      if (bytes > MAX_HEADER_BYTES) throw nonsense('headers are too long', { maxBytes: MAX_HEADER_BYTES });
      if (lower === 'content-length') lengths.push(value);
      else headers.push([name, encode(value)]);
    }
  }
  return { headers, lengths, typed };
}

/** Node writes one byte for each character; these are the bytes of UTF-8. */
function encode(value: string): string {
  return /[^\t -~]/.test(value) ? Buffer.from(value, 'utf8').toString('latin1') : value;
}

/** The length to state where it cannot be that of the body: of a `HEAD`, which may have the headers alone. */
function checkLength(
  lengths: readonly string[],
  { method, code, bytes }: { readonly method: string; readonly code: number; readonly bytes: number },
): number | undefined {
  const [first] = lengths;
  if (first === undefined) return undefined;
  const length = Number(first);
  if (!/^[0-9]{1,15}$/.test(first) || lengths.some((other) => other !== first)) {
    throw nonsense('content-length is not one number', {
      lengths: lengths.slice(0, 4).join(', ').slice(0, 200),
    });
  }
  if (code === 304 || (method === 'HEAD' && bytes === 0)) return length;
  if (length !== bytes) throw nonsense('content-length is not the length of the body', { length, bytes });
  return undefined;
}

function nonsense(fault: string, detail: Readonly<Record<string, unknown>>): Error {
  return fail('HTTP_ANSWER', { fault, ...detail });
}
