/**
 * What the DHT of this node keeps of who provides what, and what it answers to others.
 *
 * @module
 */
import type { PeerId } from '@libp2p/interface';
import { CID } from 'multiformats/cid';
import type { Surroundings } from '../node/part.ts';
import { createAccounts } from './accounts.ts';
import type { Kad, KadProviders } from './kad.ts';
import type { RecordLimits } from './limits.ts';
import { ENGINE, type OwnStore } from './own-store.ts';

/** Where the library keeps them, and forgets them after 48 hours. */
const PREFIX = '/dht/provider';
/** Providers that one engine tells of. */
const TOLD = 20;

export interface BoundedProviders {
  /** Providers of this content that can still be found. */
  reachable(cid: CID): Promise<readonly PeerId[]>;
  /** Counts anew: the library forgets what has expired without telling. */
  recount(): Promise<void>;
}

interface Parts {
  readonly kad: Kad;
  readonly own: OwnStore;
  readonly limits: RecordLimits;
}

/** Puts bounds around what the library keeps, and gives the answers that it owes. */
export function boundProviders(surroundings: Surroundings, parts: Parts): BoundedProviders {
  const { kad, own } = parts;
  const { node, deny, clock } = surroundings;
  const self = node.libp2p.peerId.toString();
  const library = {
    addProvider: kad.providers.addProvider.bind(kad.providers),
    getProviders: kad.providers.getProviders.bind(kad.providers),
    removeProvider: kad.providers.removeProvider.bind(kad.providers),
  };
  const { admit, recount } = admission(surroundings, { ...parts, library });
  let turn = 0;

  async function reachable(cid: CID): Promise<readonly PeerId[]> {
    const known = (await library.getProviders(cid)).filter((peer) => !deny.denies(peer.toString()));
    // The library fails to answer at all when it has forgotten the addresses of one.
    const there = await Promise.all(known.map((peer) => node.libp2p.peerStore.has(peer)));
    return known.filter((peer, n) => there[n] || peer.toString() === self);
  }
  kad.providers.addProvider = async (cid, peer, options) => {
    if (peer.toString() !== self) return admit(cid, peer);
    own.provide(ENGINE, cid.multihash.bytes, clock.now().epochMilliseconds);
    await library.addProvider(cid, peer, options);
  };
  kad.providers.removeProvider = async (cid, peer, options) => {
    if (peer.toString() === self) own.retract(cid.multihash.bytes);
    await library.removeProvider(cid, peer, options);
  };
  kad.providers.getProviders = async (cid) => {
    // The answer to others names this engine itself.
    const all = (await reachable(cid)).filter((peer) => peer.toString() !== self);
    // Of many each is told of in turn: whoever came first does not hide the others.
    turn += TOLD;
    const from = all.length > TOLD ? turn % all.length : 0;
    return [...all.slice(from), ...all.slice(0, from)].slice(0, TOLD - 1);
  };
  answerOthers(parts);
  return { reachable, recount };
}

function answerOthers({ kad, own }: Parts): void {
  // Of whoever sends only itself counts, and only once: its addresses are known, because it is connected.
  kad.answer('ADD_PROVIDER', async (peer, { key, providers = [] }) => {
    const id = peer.toMultihash().bytes;
    if (key && providers.some((each) => Buffer.compare(each.id, id) === 0))
      await kad.providers.addProvider(CID.decode(key), peer);
    return undefined;
  });
  // The library looks for its own addresses where it has put none, and then does not name itself.
  kad.answer('GET_PROVIDERS', async (peer, message, library) => {
    const answer = await library.handle(peer, message);
    if (answer && message.key && own.provides(ENGINE, message.key))
      answer.providers = [kad.self(), ...(answer.providers ?? [])];
    return answer;
  });
}

interface Admission {
  /** Keeps a provider if there is room. */
  admit(cid: CID, peer: PeerId): Promise<void>;
  recount(): Promise<void>;
}

function admission(
  { node, count }: Surroundings,
  { limits, library }: Parts & { readonly library: KadProviders },
): Admission {
  const self = node.libp2p.peerId.toString();
  let accounts = createAccounts([]);
  let last: Promise<unknown> = Promise.resolve();
  /** One after another, so that what one adds the next has counted. */
  function inTurn(work: () => Promise<void>): Promise<void> {
    const done = last.then(work);
    last = done.catch(() => 'whoever asked for it hears of it');
    return done;
  }
  async function hasRoom(cid: CID, peer: PeerId): Promise<boolean> {
    const known = await library.getProviders(cid);
    if (known.some((each) => each.equals(peer))) return true;
    const name = peer.toString();
    if (known.length >= limits.providersOfName || accounts.count >= limits.providers) return false;
    if (accounts.of(name).count >= limits.providersOfPeer) return false;
    accounts.add(name, 1);
    return true;
  }
  return {
    admit: (cid, peer) =>
      inTurn(async () => {
        if (await hasRoom(cid, peer)) await library.addProvider(cid, peer);
        else count('providers_refused_total');
      }),
    recount: () =>
      inTurn(async () => {
        accounts = createAccounts([]);
        for await (const key of node.store.datastore.queryKeys({ prefix: PREFIX })) {
          const peer = key.name();
          if (peer !== self) accounts.add(peer, 1);
        }
      }),
  };
}
