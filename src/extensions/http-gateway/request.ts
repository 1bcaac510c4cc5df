/**
 * What a client asks: host, path, headers, in the forms that HTTP allows.
 *
 * @module
 */
import type { HeaderEntry } from './events.ts';
import { type Host, parseHost } from './hosts.ts';

export interface Asked {
  readonly host: Host;
  /** As written; this is what an `Origin` is compared with. */
  readonly authority: string;
  /** Path and query, not decoded; `*` for the server as a whole. */
  readonly target: string;
  /** The target without its query. */
  readonly path: string;
  /** With its question mark; empty without one. */
  readonly query: string;
}

export interface RawRequest {
  readonly method: string;
  /** The request target as it came. */
  readonly url: string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
}

/**
 * Takes a request apart, or says in a sentence for the client why it is none.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const asked = readRequest({ method: 'GET', url: 'http://shop.localhost/a?b', rawHeaders: ['Host', 'x'] });
 * assert.deepEqual(asked, {
 *   host: { name: 'shop.localhost', port: undefined }, authority: 'shop.localhost',
 *   target: '/a?b', path: '/a', query: '?b',
 * });
 * assert.match(String(readRequest({ method: 'GET', url: '/', rawHeaders: [] })), /no Host/);
 * ```
 */
export function readRequest({ method, url, rawHeaders }: RawRequest): Asked | string {
  const hosts: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (rawHeaders[at]?.toLowerCase() === 'host') hosts.push(rawHeaders[at + 1] ?? '');
  }
  if (hosts.length === 0) return 'The request has no Host';
  if (hosts.length > 1) return 'The request has more than one Host';
  // Whoever reads another end of the target than we do must not get past a rule of ours.
  if (!/^[!-~]+$/.test(url) || url.includes('#')) return 'The request target is malformed';
  const absolute = /^https?:\/\/([^/?]*)(.*)$/i.exec(url);
  const authority = absolute?.[1] ?? hosts[0] ?? '';
  const host = parseHost(authority.trim());
  if (host === undefined) return 'The Host is malformed';
  let target = absolute === null ? url : (absolute[2] ?? '');
  // Of an absolute target the path may be empty.
  if (absolute !== null && !target.startsWith('/')) target = `/${target}`;
  if (!target.startsWith('/') && !(target === '*' && method === 'OPTIONS')) {
    return 'The request target is malformed';
  }
  const mark = target.indexOf('?');
  const path = mark < 0 ? target : target.slice(0, mark);
  return { host, authority, target, path, query: mark < 0 ? '' : target.slice(mark) };
}

/**
 * Headers as guests get them: one entry per line, names in lower case, order kept. With an absolute target its
 * host takes the place of the `Host` line.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const lines = ['Host', 'a', 'X-Tag', 'one', 'x-tag', 'two'];
 * assert.deepEqual(guestHeaders(lines, 'a'), [['host', ['a']], ['x-tag', ['one']], ['x-tag', ['two']]]);
 * ```
 */
export function guestHeaders(rawHeaders: readonly string[], authority: string): readonly HeaderEntry[] {
  const entries: HeaderEntry[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    entries.push([name, [name === 'host' ? authority : decode(rawHeaders[at + 1] ?? '')]]);
  }
  return entries;
}

/** Node gives one character per byte. Most who send more than ASCII send UTF-8. */
function decode(value: string): string {
  if (!/[\x80-\xff]/.test(value)) return value;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(value, 'latin1'));
  } catch {
    // Not UTF-8: what HTTP says these bytes are, one character each, loses nothing.
    return value;
  }
}
