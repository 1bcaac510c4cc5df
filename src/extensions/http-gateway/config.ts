import { isIP } from 'node:net';
import { integer, type Key, type Keys, oneOf, readConfig } from '../../lib/config.ts';
import { parseHost } from './hosts.ts';

/** The gateway's configuration; every key may be left out. */
export interface HttpGatewayConfig {
  /** One port for every address; 0 takes a free one. */
  readonly port: number;
  /** IP addresses, instead of the two loopback ones. */
  readonly listen: readonly string[];
  /** Host → application, for hosts other than `<app>.localhost` and `<app>.hermes.local`. */
  readonly hosts: Readonly<Record<string, string>>;
  /** `Cross-Origin-Opener-Policy` of pages and files. */
  readonly coop: 'same-origin' | 'same-origin-allow-popups' | 'noopener-allow-popups' | 'unsafe-none' | 'off';
  /** `Cross-Origin-Embedder-Policy` of pages and files. */
  readonly coep: 'require-corp' | 'credentialless' | 'unsafe-none' | 'off';
  /** Bytes of one request's body; more is answered with 413. */
  readonly maxRequestBytes: number;
  /** Bytes of one answer's body; more is answered with 502. */
  readonly maxResponseBytes: number;
  /** Bytes of a request's line and headers; more is answered with 431. */
  readonly maxHeaderBytes: number;
  /** Bytes of all bodies that are being received or wait for a module; more wait unread. */
  readonly maxWaitingBytes: number;
  /**
   * Connections at one time. In a quarter more, requests begin only for applications that have less than half of
   * them; above that those go that rest or wait, and where there are none, the new one.
   */
  readonly maxConnections: number;
  /** A request for which there is no room waits this long; then 503. */
  readonly roomTimeoutMs: number;
  /** A client has this long for its request line and headers; then 408. */
  readonly headersTimeoutMs: number;
  /** A client has this long for a whole request; then 408. */
  readonly requestTimeoutMs: number;
  /** A connection without a request is closed after this long. */
  readonly keepAliveTimeoutMs: number;
  /** A client that takes no byte of an answer for this long is cut off. */
  readonly sendTimeoutMs: number;
  /** Memory for files and their compressed variants. */
  readonly cacheBytes: number;
}

const MIB = 1024 * 1024;
const timeout = (ms: number): Key<number> => integer(ms, { min: 10, max: 3_600_000 });

const keys: Keys<HttpGatewayConfig> = {
  port: integer(7878, { max: 65_535 }),
  listen: { default: Object.freeze(['127.0.0.1', '::1']), fault: listenFault },
  hosts: { default: Object.freeze({}), fault: hostsFault },
  coop: oneOf(['same-origin', 'same-origin-allow-popups', 'noopener-allow-popups', 'unsafe-none', 'off']),
  coep: oneOf(['require-corp', 'credentialless', 'unsafe-none', 'off']),
  maxRequestBytes: integer(10 * MIB, { max: 1024 * MIB }),
  maxResponseBytes: integer(32 * MIB, { max: 1024 * MIB }),
  maxHeaderBytes: integer(16 * 1024, { min: 1024, max: MIB }),
  maxWaitingBytes: integer(256 * MIB, { min: 1 }),
  maxConnections: integer(1024, { min: 1, max: 1_000_000 }),
  roomTimeoutMs: timeout(5_000),
  headersTimeoutMs: timeout(10_000),
  requestTimeoutMs: timeout(60_000),
  keepAliveTimeoutMs: timeout(10_000),
  sendTimeoutMs: timeout(30_000),
  cacheBytes: integer(64 * MIB, { min: MIB }),
};

/**
 * Reads the gateway's slice of the configuration; the answer is frozen, hosts are in lower case. Throws
 * `CONFIG_INVALID` naming every fault.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(parseConfig(undefined).port, 7878);
 * assert.equal(parseConfig({ hosts: { 'Shop.example': 'shop' } }).hosts['shop.example'], 'shop');
 * assert.throws(() => parseConfig({ prot: 80 }), { code: 'CONFIG_INVALID' });
 * ```
 */
export function parseConfig(input: unknown): HttpGatewayConfig {
  const config = readConfig(input, 'http-gateway', keys);
  const hosts = Object.entries(config.hosts).map(([host, app]) => [parseHost(host)?.name, app]);
  return Object.freeze({
    ...config,
    listen: Object.freeze([...new Set(config.listen)]),
    // A prototype would make hosts of its own: `constructor`.
    hosts: Object.freeze(Object.assign(Object.create(null), Object.fromEntries(hosts))),
  });
}

function listenFault(value: unknown): string | undefined {
  const wanted = 'must be a list of IP addresses, as ["0.0.0.0"]';
  if (!Array.isArray(value) || value.length === 0) return wanted;
  const wrong = value.find((address) => typeof address !== 'string' || isIP(address) === 0);
  return wrong === undefined ? undefined : `${wanted}; found ${JSON.stringify(wrong)}`;
}

function hostsFault(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return 'must be an object from host to application, as {"shop.example": "shop"}';
  }
  for (const [host, app] of Object.entries(value)) {
    const parsed = parseHost(host);
    if (parsed === undefined || parsed.port !== undefined) {
      return `must have hosts without port as keys; found ${JSON.stringify(host)}`;
    }
    if (typeof app !== 'string' || !/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(app)) {
      return `must have names of applications as values; found ${JSON.stringify(app)} for ${JSON.stringify(host)}`;
    }
  }
  return undefined;
}
