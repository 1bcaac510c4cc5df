import { createServer } from 'node:net';
import { Key } from 'interface-datastore';
import type { Logger } from '../../../telemetry/logger.ts';
import type { IpfsNode } from './compose.ts';
import type { Store } from './store.ts';

export interface ListenOptions {
  /** IP addresses. */
  readonly addresses: readonly string[];
  /** What the operator says; 0 for the one that was free before, or any. */
  readonly port: number;
}

/** Where a free port is remembered, so that the addresses which others were told stay true. */
const KEPT = new Key('/hermes/port');

/**
 * Starts a node on the port that the operator says, or that it had before; on another when that is taken, and
 * without listening when nothing can be listened on: it can still dial others. The log says what was done and why.
 */
export async function composeListening(
  { addresses, port }: ListenOptions,
  { store, log, compose }: ListenDeps,
): Promise<IpfsNode> {
  const wanted = port === 0 ? keptPort(store) : port;
  const tries = [wanted, 0, 0].filter((each, index) => index > 0 || each !== 0);
  let reason: unknown;
  for (const each of tries) {
    try {
      const free = await freePort(addresses, each);
      const node = await compose(addresses.map((address) => multiaddrOf(address, free)));
      // One that is taken just now stays the one that others were told.
      if (port === 0 && wanted === 0) store.datastore.put(KEPT, new TextEncoder().encode(String(free)));
      if (each !== wanted && wanted !== 0)
        log.warn(
          'Port of the IPFS node is taken, another is used: say ipfs.port to choose one',
          { addresses, taken: wanted, port: free },
          reason,
        );
      return node;
    } catch (error) {
      reason = error;
    }
  }
  const node = await compose([]);
  const advice = 'IPFS node cannot listen, nobody can dial it: correct ipfs.listen and ipfs.port';
  log.error(advice, { addresses, port: wanted }, reason);
  return node;
}

export interface ListenDeps {
  readonly store: Pick<Store, 'datastore'>;
  readonly log: Logger;
  /** Rejects when it cannot listen there. */
  readonly compose: (listen: readonly string[]) => Promise<IpfsNode>;
}

function keptPort({ datastore }: Pick<Store, 'datastore'>): number {
  if (!datastore.has(KEPT)) return 0;
  const port = Number(new TextDecoder().decode(datastore.get(KEPT)));
  return Number.isInteger(port) && port > 0 && port <= 65_535 ? port : 0;
}

/** One port that can be listened on at all addresses. Rejects when there is none: the library would say less. */
async function freePort(addresses: readonly string[], wanted: number): Promise<number> {
  let port = wanted;
  for (const host of addresses) {
    const server = createServer();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, resolve);
    await promise;
    const address = server.address();
    if (typeof address === 'object' && address !== null) port = address.port;
    await new Promise<void>((closed) => void server.close(() => closed()));
  }
  return port;
}

function multiaddrOf(address: string, port: number): string {
  return `/${address.includes(':') ? 'ip6' : 'ip4'}/${address}/tcp/${port}`;
}
