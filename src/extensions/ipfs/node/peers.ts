import type { Connection } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { failures } from '../../../lib/errors.ts';
import { errors } from '../errors.ts';
import type { IpfsNode } from './compose.ts';
import { BY_COMMAND, type DenyList } from './deny-list.ts';
import type { CreatePart, NodePart, Surroundings } from './part.ts';

const fail = failures(errors);

/** A peer that is connected, as `hermes peers` shows it. */
export interface ConnectedPeer {
  readonly peer: string;
  /** Multiaddrs of the connections. */
  readonly addresses: readonly string[];
  readonly direction: 'inbound' | 'outbound';
  /** When the oldest of the connections was opened, in milliseconds since 1970. */
  readonly since: number;
  /** Milliseconds of a round trip, when it was measured. */
  readonly roundTrip?: number;
  /** What the peer calls itself. */
  readonly agent?: string;
}

export interface Peers {
  readonly peer: string;
  readonly addresses: readonly string[];
  readonly connected: readonly ConnectedPeer[];
  readonly denied: readonly { readonly peer: string; readonly reason: string; readonly since: number }[];
}

/** Peers that one application may evict: they are kept in memory. */
const MAX_EVICTED = 10_000;

/**
 * The part that speaks of the node itself and of its peers, as `node.peers`. While it lives, who is denied loses its
 * connections.
 */
export const createPeersPart: CreatePart = async (surroundings): Promise<NodePart> => {
  const { node, deny, count } = surroundings;
  const enforced = enforceDenials(surroundings);
  return {
    name: 'node',
    calls: {
      id: () => node.libp2p.peerId.toString(),
      peers: () => peersOf(surroundings),
      evict: ({ app = '' }, peer: string) => evict(deny, app, peer),
      deny(_, peer: string) {
        const isNew = deny.deny(peer, BY_COMMAND);
        if (isNew) count('peers_denied_total', { reason: 'operator' });
        return isNew;
      },
      allow: (_, peer: string) => deny.allow(peer),
    },
    async [Symbol.asyncDispose]() {
      enforced[Symbol.dispose]();
    },
  };
};

function evict(deny: DenyList, app: string, peer: string): boolean {
  if (!deny.evicted(app, peer) && deny.evictions(app) >= MAX_EVICTED)
    throw fail('IPFS_EVICTIONS', { app, max: MAX_EVICTED });
  return deny.evict(app, peer);
}

function enforceDenials({ node, deny, log }: Surroundings): Disposable {
  const { libp2p } = node;
  async function forget(peer: string): Promise<void> {
    const id = peerIdFromString(peer);
    await Promise.all([libp2p.hangUp(id), libp2p.peerStore.delete(id)]);
  }
  return deny.onDeny((peer) => {
    // Its gossip may still come through others: that is refused where it is checked.
    forget(peer).catch((error: unknown) => log.debug('Refused peer cannot be forgotten', { peer }, error));
  });
}

async function peersOf({ node, deny }: Surroundings): Promise<Peers> {
  const { libp2p } = node;
  const connections = Map.groupBy(libp2p.getConnections(), ({ remotePeer }) => remotePeer.toString());
  return {
    peer: libp2p.peerId.toString(),
    addresses: libp2p.getMultiaddrs().map(String),
    connected: await Promise.all([...connections].map(([peer, open]) => connectedPeer(node, peer, open))),
    denied: deny.list(),
  };
}

async function connectedPeer(
  { libp2p }: IpfsNode,
  peer: string,
  open: readonly Connection[],
): Promise<ConnectedPeer> {
  const [first] = open.toSorted((a, b) => a.timeline.open - b.timeline.open);
  const id = peerIdFromString(peer);
  const known = (await libp2p.peerStore.has(id)) ? await libp2p.peerStore.get(id) : undefined;
  const agent = known?.metadata.get('AgentVersion');
  const roundTrip = open.find(({ rtt }) => rtt !== undefined)?.rtt;
  return {
    peer,
    addresses: open.map(({ remoteAddr }) => remoteAddr.toString()),
    direction: first?.direction ?? 'inbound',
    since: first?.timeline.open ?? 0,
    ...(roundTrip !== undefined && { roundTrip }),
    ...(agent && { agent: new TextDecoder().decode(agent).slice(0, 100) }),
  };
}
