import { isIP } from 'node:net';

export interface Address {
  /** An IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/**
 * An IP address with a port, as an operator writes it: `127.0.0.1:9464`, `[::1]:9464`; a port alone is one of this
 * machine only. `undefined` for anything else, names of hosts included: they may be several addresses, or another
 * one tomorrow.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(parseAddress('[::1]:9464'), { host: '::1', port: 9464 });
 * assert.deepEqual(parseAddress('9464'), { host: '127.0.0.1', port: 9464 });
 * assert.equal(parseAddress('localhost:9464'), undefined);
 * ```
 */
export function parseAddress(text: string): Address | undefined {
  const [, six, four, digits] = /^(?:(?:\[([^\]]*)\]|([^:[\]]*)):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return undefined;
  if (six !== undefined) return isIP(six) === 6 ? { host: six, port } : undefined;
  if (four !== undefined) return isIP(four) === 4 ? { host: four, port } : undefined;
  return { host: '127.0.0.1', port };
}

/**
 * The other way round.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(addressText({ host: '::1', port: 80 }), '[::1]:80');
 * ```
 */
export function addressText({ host, port }: Address): string {
  return `${isIP(host) === 6 ? `[${host}]` : host}:${port}`;
}
