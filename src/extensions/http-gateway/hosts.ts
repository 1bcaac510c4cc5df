/**
 * From what a client wrote as host to the application that it means.
 *
 * @module
 */
import { isIP, isIPv4, isIPv6 } from 'node:net';

/** A host as in a `Host` header. */
export interface Host {
  /** In lower case, without brackets and without a final dot. */
  readonly name: string;
  /** As written; `undefined` without one. */
  readonly port: string | undefined;
}

/**
 * Takes a `Host` header, or the authority of a target, apart. `undefined` when it is none.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(parseHost('Shop.LOCALHOST:7878'), { name: 'shop.localhost', port: '7878' });
 * assert.deepEqual(parseHost('[::1]'), { name: '::1', port: undefined });
 * assert.equal(parseHost('user@shop'), undefined);
 * ```
 */
export function parseHost(text: string): Host | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+))(?::([0-9]{0,5}))?$/.exec(text);
  if (match === null) return undefined;
  const [, ipv6, name, port] = match;
  const given = port === undefined || port === '' ? undefined : port;
  if (ipv6 !== undefined) return isIPv6(ipv6) ? { name: ipv6.toLowerCase(), port: given } : undefined;
  const trimmed = (name ?? '').toLowerCase().replace(/\.$/, '');
  if (trimmed === '' || trimmed.length > 253 || trimmed.split('.').includes('')) return undefined;
  return { name: trimmed, port: given };
}

/** What a host means. */
export type Site =
  /** This application, whether there is one of this name or not. */
  | { readonly kind: 'app'; readonly app: string }
  /** This machine, no application named. */
  | { readonly kind: 'bare' }
  /** Nothing of ours. */
  | { readonly kind: 'foreign' };

export interface SiteOptions {
  /** The operator's map, hosts in lower case. */
  readonly hosts: Readonly<Record<string, string>>;
  /** The address at which the connection came in: who reached us by it may also call us by it. */
  readonly localAddress?: string | undefined;
}

/**
 * Which application a host means.
 *
 * Other names are foreign although they lead here, and answered with 421: a page of a stranger whose name was
 * made to point to this machine must not read our applications.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const hosts = { 'shop.example': 'shop' };
 * assert.deepEqual(siteOf('shop.example', { hosts }), { kind: 'app', app: 'shop' });
 * assert.deepEqual(siteOf('shop.localhost', { hosts }), { kind: 'app', app: 'shop' });
 * assert.deepEqual(siteOf('127.0.0.1', { hosts }), { kind: 'bare' });
 * assert.deepEqual(siteOf('evil.example', { hosts }), { kind: 'foreign' });
 * ```
 */
export function siteOf(name: string, { hosts, localAddress }: SiteOptions): Site {
  const mapped = Object.hasOwn(hosts, name) ? hosts[name] : undefined;
  if (mapped !== undefined) return { kind: 'app', app: mapped };
  const own = /^(.+)\.(?:localhost|hermes\.local)$/.exec(name)?.[1];
  if (own !== undefined) return { kind: 'app', app: own };
  if (name === 'localhost' || name === 'hermes.local') return { kind: 'bare' };
  if (isIP(name) === 0) return { kind: 'foreign' };
  if (isLoopback(name) || (localAddress !== undefined && sameAddress(name, localAddress))) {
    return { kind: 'bare' };
  }
  return { kind: 'foreign' };
}

function isLoopback(address: string): boolean {
  return isIPv4(address) ? address.startsWith('127.') : sameAddress(address, '::1');
}

/** A dual-stack socket names IPv4 clients `::ffff:1.2.3.4`. */
function sameAddress(a: string, b: string): boolean {
  return canonical(a) === canonical(b);
}

function canonical(address: string): string {
  const plain = address.replace(/%.*$/, '');
  if (isIPv4(plain)) return plain;
  const [, mapped] = /^::ffff:([0-9.]+)$/i.exec(plain) ?? [];
  return mapped ?? new URL(`http://[${plain}]`).hostname;
}
