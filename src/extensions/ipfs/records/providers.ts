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
import { boundProviders } from './bounded-providers.ts';
import type { Exchange } from './exchange.ts';
import type { AskOptions, Kad } from './kad.ts';
import type { RecordLimits } from './limits.ts';
import type { OwnStore } from './own-store.ts';
import { createPatience } from './patience.ts';
import { providedHash, type RecordName } from './wire-key.ts';

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
