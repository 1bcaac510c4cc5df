/**
 * Keeps a node in company: connected to its bootstrap nodes, and to some of those it has met.
 *
 * @module
 */
import type { PeerId } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import type { Logger } from '../../../telemetry/logger.ts';
import type { IpfsNode } from './compose.ts';
import type { DenyList } from './deny-list.ts';
import { forgetOldPeers } from './known-peers.ts';

export interface SuperviseOptions {
  /** Multiaddrs with `/p2p/…`. */
  readonly bootstrap: readonly string[];
  /** The longest pause between two dials. */
  readonly retrySeconds: number;
  /** Dials in vain, one after another, until a bootstrap node is given up; 0: never. */
  readonly maxRetries: number;
}

type Node = Pick<IpfsNode, 'libp2p' | 'dht' | 'store'>;

export interface SuperviseDeps {
  readonly node: Node;
  readonly deny: DenyList;
  readonly log: Logger;
  /** 0 to 1, so that engines that lost the same node do not dial it in one moment. */
  readonly chance?: () => number;
}

/** Until the first dial after one in vain. */
const FIRST_MS = 500;
const DIAL_MS = 5_000;
/** A connection that lasts so long was no mistake of the other side. */
const STEADY_MS = 10_000;
/** With fewer connections than these, nodes that are known from before are dialled. */
const COMPANY = 8;
const COMPANY_MS = 5_000;
/** Peers that are kept of what strangers tell in one round, and addresses of each. */
const TOLD = 64;
const TOLD_ADDRESSES = 8;
/** How often peers that are long gone are forgotten. */
const FORGET_MS = 3_600_000;
/** Peers that the connection manager should keep when it has too many. */
const TAG = 'hermes-bootstrap';

/**
 * Dials bootstrap nodes until they answer, and again when they are lost; dials known peers while there are few.
 * Disposal ends it, and waits for what is under way.
 */
export function supervise(options: SuperviseOptions, deps: SuperviseDeps): AsyncDisposable {
  const stop = new AbortController();
  const tasks = [
    ...options.bootstrap.map((address) => keep(address, options, { ...deps, signal: stop.signal })),
    company({ ...deps, signal: stop.signal }),
    forgetful({ ...deps, signal: stop.signal }),
  ];
  return {
    async [Symbol.asyncDispose]() {
      stop.abort(new Error('The node stops'));
      await Promise.all(tasks);
    },
  };
}

interface Running extends SuperviseDeps {
  readonly signal: AbortSignal;
}

/** Keeps up the connection to one bootstrap node. Never rejects. */
async function keep(address: string, options: SuperviseOptions, deps: Running): Promise<void> {
  const { node, deny, log, signal, chance = Math.random } = deps;
  const { libp2p } = node;
  const id = peerIn(address, log);
  if (!id) return;
  const isOpen = (): boolean => libp2p.getConnections(id).length > 0;
  if (id.equals(libp2p.peerId)) return;
  /** Dials since there was a connection that lasted. */
  let vain = 0;
  let since: number | undefined;
  while (!signal.aborted) {
    const steady = since !== undefined && performance.now() - since > STEADY_MS;
    if (steady) vain = 0;
    if (isOpen()) since ??= performance.now();
    else if (since !== undefined) {
      since = undefined;
      if (steady) log.warn('Bootstrap node is lost, it is dialled again', { address });
      else tell(log, ENDED, { address, vain });
    } else if (!deny.denies(id.toString())) {
      vain += 1;
      const reached = await reach({ address, id, vain }, deps);
      if (reached) since = performance.now();
      else if (vain === options.maxRetries) {
        const advice = 'Bootstrap node is given up: correct ipfs.bootstrap, or set ipfs.maxRetries to 0';
        log.error(advice, { address, vain });
        return;
      }
    }
    const doubled = Math.min(FIRST_MS * 2 ** Math.max(0, vain - 1), options.retrySeconds * 1_000);
    const pause = (isOpen() ? COMPANY_MS : doubled) * (0.5 + chance());
    await rest(pause, { libp2p, peer: isOpen() ? id : undefined, signal });
  }
}

/** The configuration has looked at the form of the name only. */
function peerIn(address: string, log: Logger): PeerId | undefined {
  try {
    return peerIdFromString(address.slice(address.lastIndexOf('/p2p/') + '/p2p/'.length));
  } catch (error) {
    log.error('Bootstrap node is left out, its peer id is none: correct ipfs.bootstrap', { address }, error);
    return undefined;
  }
}

const ENDED = 'Bootstrap node ends connections at once: it may refuse this engine, ask its operator';
const SILENT = 'Bootstrap node does not answer, it is dialled again: check ipfs.bootstrap if it stays so';

interface Reached {
  readonly address: string;
  readonly id: PeerId;
  readonly vain: number;
}

async function reach({ address, id, vain }: Reached, { node, log, signal }: Running): Promise<boolean> {
  try {
    await dial(node, multiaddr(address), signal);
    await node.libp2p.peerStore.merge(id, { tags: { [TAG]: { value: 100 } } });
    log[vain === 1 ? 'info' : 'debug']('Connected to bootstrap node', { address });
    return true;
  } catch (error) {
    if (!signal.aborted) tell(log, SILENT, { address, vain }, error);
    return false;
  }
}

interface Vain {
  readonly address: string;
  readonly vain: number;
}

/** At powers of two: it may be away for days. */
function tell(log: Logger, message: string, fields: Vain, error?: unknown): void {
  if ((fields.vain & (fields.vain - 1)) === 0) log.warn(message, { ...fields }, error);
}

/** Dials peers that are known, or that the nearest ones tell of, while there are few connections. Never rejects. */
async function company(deps: Running): Promise<void> {
  const { node, log, signal, chance = Math.random } = deps;
  const { libp2p } = node;
  /** Rounds, one after another, in which nobody was won; and how long ago the last one was. */
  let vain = 0;
  let skipped = 0;
  let before: number | undefined;
  while (!signal.aborted) {
    const count = libp2p.getPeers().length;
    skipped += 1;
    // Who came or went may change what there is to find.
    if (count < COMPANY && (count !== before || skipped >= 2 ** Math.min(vain, 4))) {
      [before, skipped] = [count, 0];
      try {
        vain = (await seek(deps, COMPANY - count)) ? 0 : vain + 1;
      } catch (error) {
        if (!signal.aborted) log.debug('Other peers cannot be looked for', {}, error);
      }
    }
    await rest(COMPANY_MS * (0.5 + chance()), { libp2p, peer: undefined, signal });
  }
}

/** Forgets peers that are long gone. Never rejects. */
async function forgetful({ node, log, signal }: Running): Promise<void> {
  const { libp2p } = node;
  while (!signal.aborted) {
    try {
      await forgetOldPeers(node, signal);
    } catch (error) {
      if (!signal.aborted) log.debug('Peers that are long gone cannot be forgotten', {}, error);
    }
    await rest(FORGET_MS, { libp2p, peer: undefined, signal });
  }
}

/** One round; true when it won a connection. */
async function seek(
  { node, deny, signal, chance = Math.random }: Running,
  missing: number,
): Promise<boolean> {
  const { libp2p } = node;
  if (libp2p.getPeers().length > 0) await askNearest(node, signal);
  const known = await libp2p.peerStore.all({ limit: 1_000 });
  const others = known
    .filter(({ id, addresses }) => addresses.length > 0 && !id.equals(libp2p.peerId))
    .filter(({ id }) => libp2p.getConnections(id).length === 0 && !deny.denies(id.toString()))
    .map((peer) => ({ peer, order: chance() }))
    .toSorted((a, b) => a.order - b.order)
    .slice(0, missing);
  const dials = await Promise.allSettled(others.map(({ peer }) => dial(node, peer.id, signal)));
  return dials.some(({ status }) => status === 'fulfilled');
}

/** Asks connected engines who is near in the DHT; what they tell is kept with the peers that are known. */
async function askNearest({ libp2p, dht }: Node, signal: AbortSignal): Promise<void> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(DIAL_MS)]);
  const self = libp2p.peerId.toMultihash().bytes;
  let told = 0;
  try {
    for await (const event of dht.getClosestPeers(self, { signal: limited })) {
      if (event.name !== 'PEER_RESPONSE') continue;
      for (const { id, multiaddrs } of event.closer) {
        if (id.equals(libp2p.peerId) || ++told > TOLD) continue;
        await libp2p.peerStore.merge(id, { multiaddrs: multiaddrs.slice(0, TOLD_ADDRESSES) });
      }
    }
  } catch (error) {
    // What was told before the time was over counts.
    if (!limited.aborted) throw error;
  }
}

async function dial(
  { libp2p }: Pick<IpfsNode, 'libp2p'>,
  to: PeerId | Multiaddr,
  signal: AbortSignal,
): Promise<void> {
  await libp2p.dial(to, { signal: AbortSignal.any([signal, AbortSignal.timeout(DIAL_MS)]) });
}

interface Rest {
  readonly libp2p: IpfsNode['libp2p'];
  /** Whose loss ends the pause. */
  readonly peer: PeerId | undefined;
  readonly signal: AbortSignal;
}

function rest(milliseconds: number, { libp2p, peer, signal }: Rest): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, milliseconds);
  const lost = ({ detail }: CustomEvent<PeerId>): void => {
    if (peer?.equals(detail)) resolve();
  };
  const stopped = (): void => resolve();
  libp2p.addEventListener('peer:disconnect', lost);
  signal.addEventListener('abort', stopped, { once: true });
  if (signal.aborted) resolve();
  return promise.finally(() => {
    clearTimeout(timer);
    libp2p.removeEventListener('peer:disconnect', lost);
    signal.removeEventListener('abort', stopped);
  });
}
