/**
 * What a browser has to hear before a page of an allowed origin may send and read.
 *
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { Answer, Header } from './answer.ts';
import type { Route } from './routes/endpoints.ts';

/**
 * The method that a browser asks leave for, if this is such a question.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const headers = { origin: 'https://a.example', 'access-control-request-method': 'PUT' };
 * assert.equal(preflightMethod('OPTIONS', headers), 'PUT');
 * assert.equal(preflightMethod('OPTIONS', {}), undefined);
 * ```
 */
export function preflightMethod(method: string, headers: IncomingHttpHeaders): string | undefined {
  if (method !== 'OPTIONS' || headers.origin === undefined) return undefined;
  return headers['access-control-request-method'];
}

/**
 * Leave for what the browser asked.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const headers = { origin: 'https://a.example', 'access-control-request-method': 'PUT' };
 * assert.equal(preflightAnswer(headers).status, 204);
 * ```
 */
export function preflightAnswer(headers: IncomingHttpHeaders): Answer {
  const method = headers['access-control-request-method'] ?? '';
  const names = headers['access-control-request-headers']?.toString() ?? '';
  return {
    status: 204,
    headers: [
      ['Access-Control-Allow-Origin', headers.origin ?? ''],
      ['Access-Control-Allow-Methods', method],
      // Echoed: the origin is trusted, and its requests still meet the module.
      ...(names === '' ? [] : [['Access-Control-Allow-Headers', names] as const]),
      ['Vary', 'Origin'],
    ],
    body: undefined,
  };
}

/**
 * The answer with leave to read it for the origin that asked, if its route allows that one. What the module said
 * itself about that stands.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const answer = { status: 200, headers: [], body: undefined };
 * const shared = withOrigin(answer, 'https://a.example', new Set(['https://a.example']));
 * assert.deepEqual(shared.headers[0], ['Access-Control-Allow-Origin', 'https://a.example']);
 * assert.equal(withOrigin(answer, 'https://b.example', new Set()), answer);
 * ```
 */
export function withOrigin(
  answer: Answer,
  origin: string | undefined,
  allowed: Route['allowedOrigins'],
): Answer {
  if (origin === undefined || !allows(allowed, origin)) return answer;
  const own = answer.headers.some(([name]) => name.toLowerCase() === 'access-control-allow-origin');
  if (own) return answer;
  const added: readonly Header[] = [
    ['Access-Control-Allow-Origin', origin],
    ['Vary', 'Origin'],
  ];
  return { ...answer, headers: [...answer.headers, ...added] };
}

/** Whether an origin is named, or all are. */
export function allows(allowed: Route['allowedOrigins'], origin: string): boolean {
  return allowed.has('*') || allowed.has(origin);
}
