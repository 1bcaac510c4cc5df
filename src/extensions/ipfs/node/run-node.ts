/**
 * A whole node with its parts: what runs in the thread, and knows nothing of threads.
 *
 * @module
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { failures, isCoded } from '../../../lib/errors.ts';
import type { IpfsConfig } from '../config.ts';
import { errors } from '../errors.ts';
import type { Gauges } from '../link/protocol.ts';
import { type ComposeOptions, composeNode, type IpfsNode } from './compose.ts';
import { createDenyList } from './deny-list.ts';
import { identityIn } from './identity.ts';
import { libraryLog } from './library-log.ts';
import { composeListening } from './listen.ts';
import type { CreatePart, NodeCall, NodePart, Surroundings } from './part.ts';
import { openStore, type Store } from './store.ts';
import { supervise } from './supervise.ts';

const fail = failures(errors);

export interface RunOptions {
  /** The node's own; made if it is not there. */
  readonly folder: string;
  readonly config: IpfsConfig;
  /** What the parts give to libp2p before it starts. */
  readonly hooks?: Pick<ComposeOptions, 'gossip' | 'dht'>;
  /** Made in this order once the node runs, disposed in reverse. */
  readonly parts: readonly CreatePart[];
}

export type RunDeps = Pick<Surroundings, 'clock' | 'log' | 'count' | 'tell'>;

/** Disposal ends what is under way, the parts, and then the node. */
export interface RunningNode extends AsyncDisposable {
  readonly peer: string;
  readonly addresses: readonly string[];
  /** Answers `part.method`. Rejects with what the method throws; `IPFS_CALL` when there is none. */
  call(method: string, call: NodeCall, args: readonly unknown[]): Promise<unknown>;
  gauges(): Gauges;
}

/**
 * Starts a node in its folder. Rejects with `IPFS_IDENTITY`, `IPFS_NETWORK_KEY` or what the store says; a port that
 * is taken or nodes that do not answer are no reason.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempDisposable } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { createClock } from '../../../lib/clock.ts';
 * import { createCollector } from '../../../telemetry/collector.ts';
 * import { parseConfig } from '../config.ts';
 * await using folder = await mkdtempDisposable(`${tmpdir()}/hermes-`);
 * const deps = { clock: createClock(), log: createCollector(), count() {}, tell() {} };
 * await using node = await runNode({ folder: folder.path, config: parseConfig({}), parts: [] }, deps);
 * assert.match(node.addresses[0] ?? '', /^\/ip4\/127\.0\.0\.1\/tcp\/\d+\/p2p\/12D3KooW/);
 * ```
 */
export async function runNode(options: RunOptions, deps: RunDeps): Promise<RunningNode> {
  const { folder, config, parts } = options;
  await using stack = new AsyncDisposableStack();
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const store = stack.use(openStore(folder));
  const deny = createDenyList(store.database, () => deps.clock.now().epochMilliseconds, config.deny);
  const node = stack.use(await composed(options, { ...deps, store, gater: deny.gater }));
  const stop = new AbortController();
  const surroundings: Surroundings = { ...deps, node, deny, signal: stop.signal };
  const made = new Map<string, NodePart>();
  for (const create of parts) {
    const part = stack.use(await create(surroundings));
    made.set(part.name, part);
  }
  stack.use(supervise(config, { node, deny, log: deps.log }));
  stack.defer(() => stop.abort(new Error('The node stops')));
  const running = stack.move();
  return {
    peer: node.libp2p.peerId.toString(),
    addresses: node.libp2p.getMultiaddrs().map(String),
    async call(method, call, args) {
      const [part = '', name = ''] = method.split('.');
      const calls = made.get(part)?.calls ?? {};
      const run = Object.hasOwn(calls, name) ? calls[name] : undefined;
      if (!run) throw fail('IPFS_CALL', { method });
      return run(call, ...args);
    },
    gauges: () => ({
      peers: node.libp2p.getPeers().length,
      connections: node.libp2p.getConnections().length,
      storeBytes: sizeOf(store),
      heapBytes: process.memoryUsage().heapUsed,
      denied: deny.size,
    }),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

interface Around extends Pick<RunDeps, 'clock' | 'log'> {
  readonly store: Store;
  readonly gater: NonNullable<ComposeOptions['gater']>;
}

async function composed({ folder, config, hooks = {} }: RunOptions, around: Around): Promise<IpfsNode> {
  const { store, gater, log, clock } = around;
  const privateKey = await identityIn(join(folder, 'keypair'));
  const privateNetworkKey = await swarmKey(config.privateNetworkKey);
  const { limits, announce } = config;
  return composeListening(
    { addresses: config.listen, port: config.port },
    {
      store,
      log,
      compose: (listen) =>
        composeNode({
          privateKey,
          store,
          listen,
          announce,
          gater,
          logger: libraryLog(log, () => clock.now().epochMilliseconds),
          maxConnections: limits.connections,
          inboundPerSecond: limits.inboundPerSecond,
          ...(privateNetworkKey && { privateNetworkKey }),
          ...hooks,
        }),
    },
  );
}

/** The file that `ipfs-swarm-key-gen` and the like write. */
async function swarmKey(path: string): Promise<Uint8Array | undefined> {
  if (path === '') return undefined;
  try {
    const bytes = await readFile(path);
    if (!/^\/key\/swarm\/psk\/1\.0\.0\/\r?\n\/base16\/\r?\n[0-9a-f]{64}\s*$/.test(bytes.toString('latin1')))
      throw fail('IPFS_NETWORK_KEY', { path });
    return bytes;
  } catch (error) {
    throw isCoded(error) ? error : fail('IPFS_NETWORK_KEY', { path }, error);
  }
}

function sizeOf({ database }: Store): number {
  const pages = Number(Object.values(database.prepare('PRAGMA page_count').get() ?? {})[0] ?? 0);
  const size = Number(Object.values(database.prepare('PRAGMA page_size').get() ?? {})[0] ?? 0);
  return pages * size;
}
