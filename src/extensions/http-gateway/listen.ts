/**
 * The addresses that the gateway listens on.
 *
 * @module
 */
import type { Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import type { Logger } from '../../telemetry/logger.ts';
import { fail } from './errors.ts';

export interface ListenOptions {
  readonly listen: readonly string[];
  /** 0 takes one that is free on every address. */
  readonly port: number;
  /** Makes a server, not listening yet; one for each address. */
  readonly createServer: () => Server;
  readonly log: Logger;
}

export interface Listening {
  readonly servers: readonly Server[];
  /** As `http://127.0.0.1:7878`. */
  readonly addresses: readonly string[];
  readonly port: number;
}

/** A port free on one address may be taken on the next. */
const ATTEMPTS = 8;
/** Who comes with many others waits here; whom the system drops tries again after a second only. */
const BACKLOG = 4096;

/**
 * Listens on every address. A machine without IPv6 does without `::1`; every other address that cannot be had is
 * `HTTP_PORT_IN_USE` or `HTTP_LISTEN`.
 */
export async function listen(options: ListenOptions): Promise<Listening> {
  for (let attempt = 1; ; attempt++) {
    await using stack = new AsyncDisposableStack();
    try {
      const listening = await listenOnce(options, stack);
      stack.move();
      return listening;
    } catch (error) {
      const taken = codeOf(error) === 'EADDRINUSE';
      if (!taken || options.port !== 0 || attempt === ATTEMPTS) throw explain(error, options.port);
      options.log.debug('Free port is taken on another address', { attempt });
    }
  }
}

async function listenOnce(
  { listen, port, createServer, log }: ListenOptions,
  stack: AsyncDisposableStack,
): Promise<Listening> {
  const servers: Server[] = [];
  const addresses: string[] = [];
  let chosen = port;
  for (const host of listen) {
    const server = createServer();
    try {
      // Where both wildcards are wanted, each is to have its own kind.
      await bind(server, { host, port: chosen, ipv6Only: host !== '::' || listen.includes('0.0.0.0') });
    } catch (error) {
      server.close();
      if (!isAbsent(error, host)) throw Object.assign(error as Error, { host });
      log.debug('This machine has no IPv6 loopback address', { address: host }, error);
      continue;
    }
    stack.defer(() => new Promise<void>((resolve) => server.close(() => resolve())));
    servers.push(server);
    chosen = (server.address() as AddressInfo).port;
    addresses.push(`http://${isIPv6(host) ? `[${host}]` : host}:${chosen}`);
  }
  if (servers.length === 0) throw fail('HTTP_LISTEN', { listen });
  return { servers, addresses, port: chosen };
}

function bind(
  server: Server,
  options: { readonly host: string; readonly port: number; readonly ipv6Only: boolean },
): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ ...options, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function isAbsent(error: unknown, host: string): boolean {
  const code = codeOf(error);
  return host === '::1' && (code === 'EADDRNOTAVAIL' || code === 'EAFNOSUPPORT');
}

function explain(error: unknown, port: number): unknown {
  const { host } = error as { host?: string };
  if (host === undefined) return error;
  const code = codeOf(error);
  if (code === 'EADDRINUSE') return fail('HTTP_PORT_IN_USE', { address: host, port }, error);
  return fail('HTTP_LISTEN', { address: host, port, reason: code }, error);
}

function codeOf(error: unknown): string | undefined {
  return (error as { readonly code?: string }).code;
}
