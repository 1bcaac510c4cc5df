/**
 * A node of helia and libp2p with what Hermes uses, and nothing of the public network.
 *
 * @module
 */
import { withBitswap } from '@helia/bitswap';
import { type HeliaWithLibp2p, withLibp2pLight } from '@helia/libp2p';
import * as dagCbor from '@ipld/dag-cbor';
import { type GossipSub, gossipsub } from '@libp2p/gossipsub';
import { type Identify, type IdentifyPush, identify, identifyPush } from '@libp2p/identify';
import type { ComponentLogger, ConnectionGater, Ed25519PrivateKey, Libp2p } from '@libp2p/interface';
import { type KadDHT, type KadDHTInit, kadDHT, passthroughMapper } from '@libp2p/kad-dht';
import { noise } from '@libp2p/noise';
import { type Ping, ping } from '@libp2p/ping';
import { preSharedKey } from '@libp2p/pnet';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createHeliaLight } from 'helia';
import type { ServiceFactoryMap } from 'libp2p';
import { keepBitswapStreams } from './bitswap-streams.ts';
import { heldKey } from './held-key.ts';
import type { Store } from './store.ts';

export interface ComposeOptions {
  readonly privateKey: Ed25519PrivateKey;
  readonly store: Store;
  /** Multiaddrs, as `/ip4/127.0.0.1/tcp/0`. */
  readonly listen: readonly string[];
  readonly announce?: readonly string[];
  /** A libp2p swarm key: only nodes that have it are spoken to. */
  readonly privateNetworkKey?: Uint8Array;
  readonly gater?: ConnectionGater;
  readonly maxConnections?: number;
  /** From one address, in each second. */
  readonly inboundPerSecond?: number;
  /** Where the libraries say what they do. */
  readonly logger?: ComponentLogger;
  readonly gossip?: Parameters<typeof gossipsub>[0];
  readonly dht?: KadDHTInit;
}

type Services = {
  identify: Identify;
  identifyPush: IdentifyPush;
  ping: Ping;
  pubsub: GossipSub;
  dht: KadDHT;
};
type Composed = HeliaWithLibp2p<Services>;

/** A node that runs; disposal stops it, and leaves its store to whoever opened that. */
export interface IpfsNode extends AsyncDisposable {
  readonly helia: Composed;
  readonly libp2p: Libp2p<Services>;
  readonly pubsub: GossipSub;
  readonly dht: KadDHT;
  readonly store: Store;
  /** What it is known by; parts sign with it. */
  readonly privateKey: Ed25519PrivateKey;
}

/** The public DHT has another: engines do not mix with it. */
export const DHT_PROTOCOL = '/hermes/kad/1.0.0';

function servicesOf({ gossip, dht }: ComposeOptions): ServiceFactoryMap<Services> {
  return {
    identify: identify(),
    identifyPush: identifyPush(),
    ping: ping(),
    pubsub: gossipsub({
      globalSignaturePolicy: 'StrictSign',
      emitSelf: false,
      // Whether anybody hears is no question of success.
      allowPublishToZeroTopicPeers: true,
      // Engines on one machine share its address.
      scoreParams: { IPColocationFactorWhitelist: new Set(['127.0.0.1', '::1']) },
      ...gossip,
    }),
    dht: kadDHT({
      protocol: DHT_PROTOCOL,
      // Every engine answers, also one that no public address leads to.
      clientMode: false,
      peerInfoMapper: passthroughMapper,
      // A node that is alone must not wait for company.
      allowQueryWithZeroPeers: true,
      ...dht,
    }),
  };
}

function composed(options: ComposeOptions): Composed {
  const { privateKey, store, privateNetworkKey } = options;
  const logger = options.logger && { logger: options.logger };
  return withBitswap(
    withLibp2pLight(
      createHeliaLight({
        blockstore: store.blockstore,
        datastore: store.datastore,
        codecs: [dagCbor],
        ...logger,
      }),
      {
        ...logger,
        privateKey: heldKey(privateKey),
        datastore: store.datastore,
        addresses: { listen: [...options.listen], appendAnnounce: [...(options.announce ?? [])] },
        transports: [tcp()],
        connectionEncrypters: [noise()],
        streamMuxers: [yamux()],
        ...(privateNetworkKey && { connectionProtector: preSharedKey({ psk: privateNetworkKey }) }),
        ...(options.gater && { connectionGater: options.gater }),
        connectionManager: {
          maxConnections: options.maxConnections ?? 300,
          inboundConnectionThreshold: options.inboundPerSecond ?? 5,
          // So many as come in one second may be at it at once: a handshake takes its time.
          maxIncomingPendingConnections: Math.max(10, 2 * (options.inboundPerSecond ?? 5)),
        },
        services: servicesOf(options),
      },
    ),
    {
      // Without these a small file waits for two timers of 10 ms.
      sendWantlistDebounce: 1,
      sendBlocksDebounce: 1,
      // Each may hold a message that is not whole yet, of 4 MiB. An honest peer has two or three open.
      maxInboundStreams: 16,
    },
  );
}

/**
 * Starts a node. Rejects with what libp2p says when it cannot listen.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { generateKeyPair } from '@libp2p/crypto/keys';
 * import { openStore } from './store.ts';
 * using store = openStore();
 * const privateKey = await generateKeyPair('Ed25519');
 * await using node = await composeNode({ privateKey, store, listen: ['/ip4/127.0.0.1/tcp/0'] });
 * assert.equal(node.libp2p.getMultiaddrs().length, 1);
 * ```
 */
export async function composeNode(options: ComposeOptions): Promise<IpfsNode> {
  const helia = composed(options);
  try {
    await helia.start();
    await keepBitswapStreams(helia.libp2p);
  } catch (error) {
    // Half of it may run.
    await helia.stop();
    throw error;
  }
  const { libp2p } = helia;
  return {
    helia,
    libp2p,
    pubsub: libp2p.services.pubsub,
    dht: libp2p.services.dht,
    store: options.store,
    privateKey: options.privateKey,
    [Symbol.asyncDispose]: async () => void (await helia.stop()),
  };
}
