/**
 * Who provides what: what others say is kept within bounds, and asking hears everybody near the place, so that one
 * peer can neither fill the answer nor hide others.
 *
 * @module
 */
import type { PeerId } from '@libp2p/interface';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { create as digestOf } from 'multiformats/hashes/digest';
import { sha256 } from 'multiformats/hashes/sha2';
import type { Surroundings } from '../node/part.ts';
import { createAccounts } from './accounts.ts';
import { createPatience, type Exchange } from './exchange.ts';
import type { AskOptions, Kad } from './kad.ts';
import type { RecordLimits } from './limits.ts';
import { ENGINE, type OwnStore } from './own-store.ts';
import { providedHash, type RecordName } from './wire-key.ts';

/** Where the library keeps them, and forgets them after 48 hours. */
const PREFIX = '/dht/provider';
/** Providers that one engine tells of. */
const TOLD = 20;
/** Providers in an answer to an application. */
const MOST = 64;

export interface ProvideOptions extends AskOptions {
  /** Called each time that an engine has been told. */
  readonly told: () => void;
}

export interface Providers {
  /** Peer ids of who says they provide this, this engine too; at most 64. */
  find(cid: CID, options: AskOptions): Promise<readonly string[]>;
  /** Says so to those who are nearest, and keeps saying so. */
  provide(cid: CID, options: ProvideOptions): Promise<void>;
  /** Counts anew: the library forgets what has expired without telling. */
  recount(): Promise<void>;
}

interface Parts {
  readonly kad: Kad;
  readonly own: OwnStore;
  readonly exchange: Exchange;
  readonly limits: RecordLimits;
}

/**
 * The content that a name stands for: itself when it is the bytes of a CID, else one that is made of it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const cid = providedCid({ namespace: 'notes', key: new Uint8Array([1]) });
 * assert.deepEqual(providedCid({ namespace: 'any', key: cid.bytes }), cid);
 * ```
 */
export function providedCid(name: RecordName): CID {
  try {
    return CID.decode(name.key);
  } catch {
    // No CID: a name like any other.
    return CID.createV1(raw.code, digestOf(sha256.code, providedHash(name)));
  }
}

/** Bounds what the DHT of this node keeps of providers, and asks and tells others. */
export async function createProviders(surroundings: Surroundings, parts: Parts): Promise<Providers> {
  const { kad, exchange, limits } = parts;
  const { node, deny } = surroundings;
  const { reachable, recount } = boundProviders(surroundings, parts);
  async function provide(cid: CID, { signal, told }: ProvideOptions): Promise<void> {
    const { bytes } = cid.multihash;
    // The library keeps saying so from then on.
    await kad.providers.addProvider(cid, node.libp2p.peerId);
    const tell = async (peer: PeerId): Promise<void> => {
      if (await kad.tellProvider(peer, bytes, { signal })) told();
    };
    await exchange.reach(bytes, tell, { signal });
  }
  async function find(cid: CID, { signal }: AskOptions): Promise<readonly string[]> {
    /** By who answered, in the order of the answers. */
    const answers: string[][] = [(await reachable(cid)).map(String)];
    using enough = createPatience(signal, limits.grace);
    if (answers[0]?.length) enough.begin();
    const ask = async (peer: PeerId, options: AskOptions): ReturnType<Kad['request']> => {
      const message = { type: 'GET_PROVIDERS', key: cid.multihash.bytes } as const;
      const answer = await kad.request(peer, message, options);
      const found = answer?.providers.map(({ id }) => id.toString()) ?? [];
      if (found.length > 0) {
        answers.push(found);
        enough.begin();
      }
      return answer;
    };
    try {
      await exchange.walking(() => kad.walk(cid.multihash.bytes, ask, enough), { signal });
    } catch (error) {
      if (!enough.signal.aborted) throw error;
    }
    if (answers.every(({ length }) => length === 0)) signal.throwIfAborted();
    return taken(answers.map((each) => each.filter((peer) => !deny.denies(peer))));
  }
  await recount();
  return { recount, provide, find };
}

interface Bounded {
  /** Providers of this content that can still be found. */
  reachable(cid: CID): Promise<readonly PeerId[]>;
  recount(): Promise<void>;
}

/** Puts bounds around what the library keeps, and what it answers. */
function boundProviders(surroundings: Surroundings, { kad, own, limits }: Parts): Bounded {
  const { node, deny, count, clock } = surroundings;
  const self = node.libp2p.peerId.toString();
  const library = {
    add: kad.providers.addProvider.bind(kad.providers),
    get: kad.providers.getProviders.bind(kad.providers),
    remove: kad.providers.removeProvider.bind(kad.providers),
  };
  let accounts = createAccounts([]);
  let turn = 0;

  async function reachable(cid: CID): Promise<readonly PeerId[]> {
    const known = (await library.get(cid)).filter((peer) => !deny.denies(peer.toString()));
    // The library fails to answer at all when it has forgotten the addresses of one.
    const there = await Promise.all(known.map((peer) => node.libp2p.peerStore.has(peer)));
    return known.filter((_peer, n) => there[n]);
  }
  /** One after another, so that what one adds the next has counted. */
  let last: Promise<unknown> = Promise.resolve();
  function inTurn(add: () => Promise<void>): Promise<void> {
    const done = last.then(add);
    last = done.catch(() => 'whoever added hears of it');
    return done;
  }
  async function hasRoom(cid: CID, peer: PeerId): Promise<boolean> {
    const known = await library.get(cid);
    if (known.some((each) => each.equals(peer))) return true;
    const name = peer.toString();
    if (known.length >= limits.providersOfName || accounts.count >= limits.providers) return false;
    if (accounts.of(name).count >= limits.providersOfPeer) return false;
    accounts.add(name, 1);
    return true;
  }
  kad.providers.addProvider = async (cid, peer, options) => {
    if (peer.toString() === self) {
      own.provide(ENGINE, cid.multihash.bytes, clock.now().epochMilliseconds);
      return library.add(cid, peer, options);
    }
    return inTurn(async () => {
      if (await hasRoom(cid, peer)) await library.add(cid, peer, options);
      else count('providers_refused_total');
    });
  };
  kad.providers.removeProvider = async (cid, peer, options) => {
    if (peer.toString() === self) own.retract(cid.multihash.bytes);
    await library.remove(cid, peer, options);
  };
  kad.providers.getProviders = async (cid) => {
    const all = await reachable(cid);
    // Of many each is told of in turn: whoever came first does not hide the others.
    turn += TOLD;
    const from = all.length > TOLD ? turn % all.length : 0;
    return [...all.slice(from), ...all.slice(0, from)].slice(0, TOLD);
  };
  // Of whoever sends only itself counts, and only once: its addresses are known, because it is connected.
  kad.answer('ADD_PROVIDER', async (peer, { key, providers = [] }) => {
    const id = peer.toMultihash().bytes;
    if (key && providers.some((each) => Buffer.compare(each.id, id) === 0))
      await kad.providers.addProvider(CID.decode(key), peer);
    return undefined;
  });
  // The library looks for its own addresses where it has put none, and then does not name itself.
  kad.answer('GET_PROVIDERS', async (peer, message, from) => {
    const answer = await from.handle(peer, message);
    if (!answer || !message.key || !own.provides(ENGINE, message.key)) return answer;
    const me = kad.self();
    const others = answer.providers?.filter(({ id }) => Buffer.compare(id, me.id) !== 0) ?? [];
    answer.providers = [me, ...others];
    return answer;
  });
  return {
    reachable,
    async recount() {
      accounts = createAccounts([]);
      for await (const key of node.store.datastore.queryKeys({ prefix: PREFIX })) {
        const peer = key.name();
        if (peer !== self) accounts.add(peer, 1);
      }
    },
  };
}

/** One of each answer in turn, each peer once. */
function taken(answers: readonly (readonly string[])[]): readonly string[] {
  const all = new Set<string>();
  const longest = Math.max(0, ...answers.map(({ length }) => length));
  for (let n = 0; n < longest; n++)
    for (const answer of answers) {
      const peer = answer[n];
      if (peer !== undefined && all.size < MOST) all.add(peer);
    }
  return [...all];
}
