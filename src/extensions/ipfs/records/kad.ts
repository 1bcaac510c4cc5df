/**
 * What this part needs of the DHT beyond its public face, in one place: its version is pinned, and a node whose DHT
 * is built otherwise does not start. Nothing else here knows a private member.
 *
 * @module
 */
import type { Connection, PeerId, PeerInfo, Stream } from '@libp2p/interface';
import type { PeerResponseEvent, QueryEvent } from '@libp2p/kad-dht';
import { Record as KadRecord } from '@libp2p/kad-dht';
import type { CID } from 'multiformats/cid';
import { failures } from '../../../lib/errors.ts';
import { DHT_PROTOCOL, type IpfsNode } from '../node/compose.ts';
import { errors } from './errors.ts';
import { limitFrames } from './frames.ts';
import { createSilences } from './silence.ts';

const fail = failures(errors);

/** Bytes in a message: twenty peers with many addresses, twenty providers and a record are 20 KiB. */
const MAX_MESSAGE = 65_536;
/** How many peers are as near as it matters; the DHT's `k`. */
export const NEAREST = 20;
/** Errors of a peer that was awaited in vain. */
const TOO_LATE: ReadonlySet<string> = new Set(['AbortError', 'TimeoutError']);
/** Streams of one connection. */
const STREAMS = { maxInboundStreams: 32, maxOutboundStreams: 64 };

/** A peer as messages name it: its multihash, and multiaddrs in bytes. */
export interface KadPeer {
  readonly id: Uint8Array;
  readonly multiaddrs: readonly Uint8Array[];
}

/** A message of the DHT's protocol, as far as it is used here. */
export interface KadMessage {
  readonly type: 'PUT_VALUE' | 'GET_VALUE' | 'ADD_PROVIDER' | 'GET_PROVIDERS' | 'FIND_NODE' | 'PING';
  readonly key?: Uint8Array;
  record?: Uint8Array;
  providers?: readonly KadPeer[];
}

interface Handler {
  handle(peer: PeerId, message: KadMessage): Promise<KadMessage | undefined>;
}

/** Who provides what, as the DHT keeps it. */
export interface KadProviders {
  addProvider(cid: CID, provider: PeerId, options?: object): Promise<void>;
  getProviders(cid: CID, options?: object): Promise<PeerId[]>;
  removeProvider(cid: CID, provider: PeerId, options?: object): Promise<void>;
}

export interface AskOptions {
  readonly signal: AbortSignal;
}

type Path = object;
type Question = (
  asked: { readonly peer: PeerInfo } & AskOptions & { readonly path: Path },
) => AsyncIterable<unknown>;

interface Network {
  sendRequest(to: PeerId, message: KadMessage, options: object): AsyncGenerator<QueryEvent>;
  sendMessage(to: PeerId, message: KadMessage, options: object): AsyncGenerator<QueryEvent>;
  _writeReadMessage(stream: Stream, ...rest: unknown[]): Promise<unknown>;
  safeDispatchEvent(name: string, detail?: object): boolean;
}

/** The private members, as version 16.4.5 has them. */
interface Internals {
  readonly network: Network;
  readonly queryManager: { run(key: Uint8Array, ask: Question, options: object): AsyncGenerator<QueryEvent> };
  readonly rpc: {
    readonly handlers: Record<string, Handler>;
    handleMessage(peer: PeerId, message: KadMessage): Promise<unknown>;
    onIncomingStream(stream: Stream, connection: Connection): Promise<void>;
  };
  readonly routingTable: EventTarget & { readonly size: number };
  readonly providers: KadProviders;
  readonly components: {
    readonly addressManager: { getAddresses(): readonly { readonly bytes: Uint8Array }[] };
  };
}

type Answer = Promise<PeerResponseEvent | undefined>;

export interface Kad {
  /** This engine, with the addresses it has now. */
  self(): KadPeer;
  /** Peers in the routing table. */
  readonly size: number;
  readonly providers: KadProviders;
  /** Walks towards a place and asks every peer on the way with `ask`, which follows who is nearer by itself. */
  walk(
    key: Uint8Array,
    ask: (peer: PeerId, options: AskOptions) => Answer,
    options: AskOptions,
  ): Promise<void>;
  /** One message and its answer, `undefined` when none came; of who never answered lately none is awaited. */
  request(to: PeerId, message: KadMessage, options: AskOptions): Answer;
  /** Tells a peer that this engine provides what has this multihash. True when it was sent. */
  tellProvider(to: PeerId, multihash: Uint8Array, options: AskOptions): Promise<boolean>;
  /** Puts a check before every message that comes, which refuses by throwing. */
  before(check: (peer: PeerId) => void): void;
  /** Answers this kind of message in the library's place; `library` is what would have answered. */
  answer(
    type: KadMessage['type'],
    handle: (peer: PeerId, message: KadMessage, library: Handler) => Promise<KadMessage | undefined>,
  ): void;
  /** Hears of each peer that joins the routing table. */
  onPeer(listener: (peer: PeerId) => void): Disposable;
}

/**
 * Takes hold of the node's DHT, and bounds what its messages may hold. `now` is in milliseconds. Throws
 * `RECORD_LIBRARY`.
 */
export async function guardKad(
  { dht, libp2p }: Pick<IpfsNode, 'dht' | 'libp2p'>,
  now: () => number,
): Promise<Kad> {
  const inner = dht as unknown as Internals;
  check(inner);
  const { network, rpc, routingTable } = inner;
  guardNetwork(network);
  const handler = (stream: Stream, connection: Connection): Promise<void> => {
    limitFrames(stream, MAX_MESSAGE);
    return rpc.onIncomingStream(stream, connection);
  };
  await libp2p.handle(DHT_PROTOCOL, handler, { ...STREAMS, force: true });

  const silences = createSilences(now);
  async function heard(to: PeerId, events: AsyncGenerator<QueryEvent>, signal: AbortSignal): Answer {
    const peer = to.toString();
    for await (const event of events) {
      if (event.name === 'PEER_RESPONSE') {
        silences.answered(peer);
        return event;
      }
      // Who answers nonsense, or resets the stream, has not cost time.
      if (event.name === 'QUERY_ERROR' && TOO_LATE.has(event.error.name) && !signal.aborted)
        silences.failed(peer);
    }
    return undefined;
  }
  const self = (): KadPeer => ({
    id: libp2p.peerId.toMultihash().bytes,
    multiaddrs: inner.components.addressManager.getAddresses().map(({ bytes }) => bytes),
  });
  return {
    self,
    get size() {
      return routingTable.size;
    },
    providers: inner.providers,
    async walk(key, ask, { signal }) {
      const question: Question = async function* ({ peer, signal: own }) {
        const answer = await ask(peer.id, { signal: own });
        if (answer) yield answer;
      };
      const walk = inner.queryManager.run(key, question, { signal });
      for await (const _event of walk) signal.throwIfAborted();
    },
    async request(to, message, { signal }) {
      if (silences.rests(to.toString())) return undefined;
      return heard(to, network.sendRequest(to, message, { signal, path: NO_PATH }), signal);
    },
    async tellProvider(to, multihash, { signal }) {
      const message = { type: 'ADD_PROVIDER', key: multihash, providers: [self()] } as const;
      const events = network.sendMessage(to, message, { signal, path: NO_PATH });
      return (await heard(to, events, signal)) !== undefined;
    },
    before(allow) {
      const library = rpc.handleMessage.bind(rpc);
      rpc.handleMessage = async (peer, message) => {
        allow(peer);
        return library(peer, message);
      };
    },
    answer(type, handle) {
      const library = rpc.handlers[type] as Handler;
      rpc.handlers[type] = { handle: (peer, message) => handle(peer, message, library) };
    },
    onPeer(listener) {
      const heard = (event: Event): void => listener((event as CustomEvent<PeerId>).detail);
      routingTable.addEventListener('peer:add', heard);
      return { [Symbol.dispose]: () => routingTable.removeEventListener('peer:add', heard) };
    },
  };
}

const NO_PATH = { index: -1, queued: 0, running: 0, total: 0 };

/** Peers in an answer beyond those that are near say nothing, and each costs a dial. */
function guardNetwork(network: Network): void {
  const library = {
    send: network.sendRequest.bind(network),
    read: network._writeReadMessage.bind(network),
    dispatch: network.safeDispatchEvent.bind(network),
  };
  let told = 0;
  network.sendRequest = async function* (to, message, options) {
    for await (const event of library.send(to, message, options)) {
      if (event.name !== 'PEER_RESPONSE') yield event;
      else
        yield {
          ...event,
          closer: event.closer.slice(0, NEAREST),
          providers: event.providers.slice(0, NEAREST),
        };
    }
  };
  network._writeReadMessage = (stream, ...rest) => {
    limitFrames(stream, MAX_MESSAGE);
    return library.read(stream, ...rest);
  };
  // All peers of one answer are told of in one turn.
  network.safeDispatchEvent = (name, detail) => {
    if (name !== 'peer') return library.dispatch(name, detail);
    if (told === 0)
      queueMicrotask(() => {
        told = 0;
      });
    return ++told <= 2 * NEAREST && library.dispatch(name, detail);
  };
}

function check({
  network,
  queryManager,
  rpc,
  routingTable,
  providers,
  components,
}: Partial<Internals>): void {
  const found = [
    network?.sendRequest,
    network?.sendMessage,
    network?._writeReadMessage,
    network?.safeDispatchEvent,
    queryManager?.run,
    rpc?.handleMessage,
    rpc?.onIncomingStream,
    rpc?.handlers?.['PUT_VALUE']?.handle,
    rpc?.handlers?.['GET_VALUE']?.handle,
    routingTable?.addEventListener,
    providers?.addProvider,
    providers?.getProviders,
    providers?.removeProvider,
    components?.addressManager.getAddresses,
  ];
  const missing = found.findIndex((member) => typeof member !== 'function');
  if (missing >= 0) throw fail('RECORD_LIBRARY', { missing });
}

/** A value as the messages of the DHT carry it; `at` is in milliseconds. */
export function wrapValue(key: Uint8Array, value: Uint8Array, at: number): Uint8Array {
  return new KadRecord(key, value, new Date(at)).serialize();
}

/** The key and value in what a message carries; `undefined` when it is no record. */
export function unwrapValue(
  bytes: Uint8Array,
): { readonly key: Uint8Array; readonly value: Uint8Array } | undefined {
  try {
    return KadRecord.deserialize(bytes);
  } catch {
    // Not the protobuf of a record, which is an answer.
    return undefined;
  }
}
