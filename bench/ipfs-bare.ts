/**
 * A peer of the benchmark that is js-libp2p with gossipsub, and nothing else.
 *
 * @module
 */
import { gossipsub } from '@libp2p/gossipsub';
import { identify, identifyPush } from '@libp2p/identify';
import { noise } from '@libp2p/noise';
import { ping } from '@libp2p/ping';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { multiaddr } from '@multiformats/multiaddr';
import { createLibp2p } from 'libp2p';
import { until } from '../src/extensions/ipfs/fixtures/until.ts';
import { gossipOptions } from '../src/extensions/ipfs/topics/hooks.ts';
import { inLanes, type Peer, type PeerOptions, TOPICS } from './ipfs-peer.ts';

/** Starts it, with the options of gossipsub that engines have. `heard` is called for each message. */
export async function startBare({ role }: PeerOptions, heard: () => void): Promise<Peer> {
  const node = await createLibp2p({
    addresses: { listen: ['/ip4/127.0.0.1/tcp/0'] },
    transports: [tcp()],
    connectionEncrypters: [noise()],
    streamMuxers: [yamux()],
    services: {
      identify: identify(),
      identifyPush: identifyPush(),
      ping: ping(),
      pubsub: gossipsub({ globalSignaturePolicy: 'StrictSign', emitSelf: false, ...gossipOptions(() => 0) }),
    },
  });
  const { pubsub } = node.services;
  pubsub.addEventListener('message', heard);
  for (const topic of topicsOf(role)) pubsub.subscribe(topic);
  const topicOf = (one: boolean): string => (one ? TOPICS.one : TOPICS.all);
  return {
    addresses: node.getMultiaddrs().map(String),
    ready: (count) =>
      until(() => node.getPeers().length === count && pubsub.getSubscribers(TOPICS.all).length >= count - 1),
    async connect(others) {
      for (const address of others) await node.dial(multiaddr(address));
    },
    async publish({ one, times, bytes }) {
      const data = new Uint8Array(bytes);
      await inLanes(times, () => pubsub.publish(topicOf(one), data));
    },
  };
}

function topicsOf(role: PeerOptions['role']): readonly string[] {
  if (role === 'publisher') return [];
  return role === 'first' ? [TOPICS.one, TOPICS.all] : [TOPICS.all];
}
