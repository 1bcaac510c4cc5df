import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Address, addressText } from '../lib/address.ts';
import { fail } from './errors.ts';

export interface MetricsServer extends AsyncDisposable {
  /** Where it listens, as `http://127.0.0.1:9464`. */
  readonly addresses: readonly string[];
}

/** More than the scrapers of one engine need. */
const CONNECTIONS = 64;

/**
 * Serves the pages over HTTP on these addresses, for monitors that cannot use a socket in the file system. Rejects
 * with `METRICS_PORT_IN_USE` or `METRICS_LISTEN`; nothing listens then.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const pages = (_request, response) => void response.end('here');
 * await using server = await createMetricsServer([{ host: '127.0.0.1', port: 0 }], pages);
 * assert.equal(await (await fetch(server.addresses[0])).text(), 'here');
 * ```
 */
export async function createMetricsServer(
  listen: readonly Address[],
  pages: RequestListener,
): Promise<MetricsServer> {
  await using stack = new AsyncDisposableStack();
  const addresses: string[] = [];
  for (const address of listen) {
    const server = createServer(
      {
        headersTimeout: 5_000,
        requestTimeout: 5_000,
        connectionsCheckingInterval: 1_000,
        maxHeaderSize: 16 * 1024,
      },
      pages,
    );
    server.maxConnections = CONNECTIONS;
    // Cuts off who does not take the answer.
    server.setTimeout(10_000);
    const port = await bind(server, address);
    stack.defer(() => closed(server));
    addresses.push(`http://${addressText({ ...address, port })}`);
  }
  const running = stack.move();
  return { addresses, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

async function bind(server: Server, { host, port }: Address): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject).listen({ host, port }, resolve);
  try {
    await promise;
  } catch (error) {
    const code = Error.isError(error) && 'code' in error ? error.code : undefined;
    const detail = { address: addressText({ host, port }), ...(code !== 'EADDRINUSE' && { reason: code }) };
    throw fail(code === 'EADDRINUSE' ? 'METRICS_PORT_IN_USE' : 'METRICS_LISTEN', detail, error);
  } finally {
    server.off('error', reject);
  }
  return (server.address() as AddressInfo).port;
}

function closed(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
