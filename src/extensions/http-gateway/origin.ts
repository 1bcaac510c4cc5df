/**
 * Requests that another site makes its visitors send.
 *
 * @module
 */
import type { IncomingHttpHeaders } from 'node:http';

const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

export interface OriginCheck {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  /** Host and port that the request is for. */
  readonly authority: string;
  /** Origins that the route allows; `*` is all. */
  readonly allowed: ReadonlySet<string>;
}

/**
 * Whether a request may go on to a module. A browser says who sends (`Sec-Fetch-Site`, `Origin`); who says
 * nothing is no browser and rides on nobody's rights.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const post = { method: 'POST', authority: 'shop.localhost:7878', allowed: new Set<string>() };
 * assert.equal(originAllowed({ ...post, headers: {} }), true);
 * assert.equal(originAllowed({ ...post, headers: { origin: 'http://shop.localhost:7878' } }), true);
 * assert.equal(originAllowed({ ...post, headers: { origin: 'http://evil.example' } }), false);
 * assert.equal(originAllowed({ ...post, headers: { 'sec-fetch-site': 'cross-site' } }), false);
 * ```
 */
export function originAllowed({ method, headers, authority, allowed }: OriginCheck): boolean {
  if (SAFE.has(method)) return true;
  const { origin } = headers;
  if (allowed.has('*') || (origin !== undefined && allowed.has(origin))) return true;
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  return origin === undefined || isSame(origin, authority);
}

/** `null`, as of a sandboxed frame, is nobody's. */
function isSame(origin: string, authority: string): boolean {
  const [, scheme = '', host = ''] = /^(https?):\/\/([^/,\s]+)$/i.exec(origin) ?? [];
  if (host === '') return false;
  const port = scheme.toLowerCase() === 'https' ? ':443' : ':80';
  const bare = (text: string): string => {
    const lower = text.toLowerCase();
    return lower.endsWith(port) ? lower.slice(0, -port.length) : lower;
  };
  return bare(host) === bare(authority);
}
