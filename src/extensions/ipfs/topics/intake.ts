/**
 * What peers send on streams of gossipsub, frame by frame, before anything in it is looked at. Gossipsub takes whatever
 * comes: frames of nothing, thousands of subscriptions, grafts and prunes in each of them, and for each prune it writes
 * to the database.
 *
 * @module
 */
import type { GossipSub } from '@libp2p/gossipsub';
import type { PeerId } from '@libp2p/interface';
import { createBuckets } from './bucket.ts';
import { OFFENCES, TOPICS } from './limits.ts';
import type { Offences } from './offences.ts';

/** Subscriptions, grafts, prunes and frames of nothing: all topics of an engine, ended and begun twice, and some. */
const CHANGES = { perSecond: TOPICS, burst: 10 * TOPICS };
/** Names of messages that a peer has, wants or does not want: an engine tells 5,000 for each topic in a second. */
const NAMES = { perSecond: 50_000, burst: 100_000 };
/** Beyond these, so many changes or names are what a peer is denied for, whatever the rate of messages. */
const EXCESS = { changes: 5_000, names: 50_000 };
/** So many frames that hold more than gossipsub reads: an engine with larger limits than these may send one. */
const CROWDED = 8;
/** Peers whose rates are remembered. */
const PEERS = 10_000;
/** Messages after which it is looked whether too many of those before were forged; and how many, so that some are left
 * of them when the time comes to deny it. */
const UNPROVEN = { looked: 64, forged: 4 * OFFENCES.hard };

interface Named {
  readonly messageIDs?: readonly unknown[];
}

interface Changed {
  readonly topicID?: string;
}

/** A frame as gossipsub has read it. */
interface Rpc {
  readonly subscriptions: readonly unknown[];
  readonly messages: readonly unknown[];
  readonly control?: Control | undefined;
}

interface Control {
  readonly ihave?: readonly Named[];
  readonly iwant?: readonly Named[];
  readonly idontwant?: readonly Named[];
  readonly graft?: readonly Changed[];
  readonly prune?: readonly Changed[];
}

interface Bytes {
  readonly byteLength: number;
  subarray(): Uint8Array;
}

interface Stats {
  readonly topics: Readonly<Record<string, { readonly invalidMessageDeliveries: number }>>;
}

interface Inner {
  pipePeerReadStream(peer: PeerId, source: AsyncIterable<Bytes>): Promise<void>;
  decodeRpc(bytes: Uint8Array): Rpc;
  handleGraft(peer: string, graft: readonly Changed[]): Promise<unknown>;
  handlePrune(peer: string, prune: readonly Changed[]): Promise<void>;
  readonly mesh: ReadonlyMap<string, ReadonlySet<string>>;
  readonly score: { readonly peerStats: ReadonlyMap<string, Stats> };
}

export interface IntakeDeps {
  /** Milliseconds, never going back. */
  readonly monotonic: () => number;
  readonly offences: Pick<Offences, 'add' | 'flood' | 'verdict'>;
  /** Told of a peer of which nothing more is read. */
  readonly over: (peer: string) => void;
  /** Told of a peer whose changes were dropped: it says them once for each connection. */
  readonly missed: (peer: string) => void;
}

/**
 * Stands before gossipsub's streams: frames that cannot be read are held against their sender, and so is more of them
 * than any engine sends. Of a peer that is to be denied nothing more is read. Disposal takes it away.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { startNode } from '../fixtures/network.ts';
 * import { createOffences } from './offences.ts';
 * await using test = await startNode();
 * const offences = createOffences({ now: () => 0, flood: 100 });
 * using intake = watchIntake(test.node.pubsub, { monotonic: () => 0, offences, over() {}, missed() {} });
 * assert.equal(typeof intake[Symbol.dispose], 'function');
 * ```
 */
export function watchIntake(
  pubsub: GossipSub,
  { monotonic, offences, over: tell, missed }: IntakeDeps,
): Disposable {
  // The class has these; the interface that its package exports has not.
  const inner = pubsub as unknown as Inner;
  const { pipePeerReadStream, decodeRpc } = inner;
  const changes = createBuckets(CHANGES, { now: monotonic, most: PEERS });
  const names = createBuckets(NAMES, { now: monotonic, most: PEERS });
  const senders = new WeakMap<Uint8Array, Reading>();

  /** What is not taken is as if it had not been there. */
  function meter(peer: string, rpc: Rpc): Rpc {
    const { named, changed } = sizeOf(rpc);
    const empty = named + changed + rpc.messages.length === 0;
    const weight = empty ? 1 : changed;
    const tooMany = weight > 0 && !changes.take(peer, weight);
    // No backlog is of these, and a million of them come in one turn: there is no time to wait for more.
    if (tooMany && empty) offences.add(peer, 'flooding', 'hard');
    const tooManyNames = named > 0 && !names.take(peer, named);
    if (tooMany) offences.flood(peer, { times: weight, of: EXCESS.changes });
    if (tooMany && changed > 0) missed(peer);
    if (tooManyNames) offences.flood(peer, { times: named, of: EXCESS.names });
    if (!tooMany && !tooManyNames) return rpc;
    const { subscriptions, control } = rpc;
    const left = control && {
      ...control,
      ...(tooMany && { graft: [], prune: [] }),
      ...(tooManyNames && { ihave: [], iwant: [], idontwant: [] }),
    };
    return { ...rpc, subscriptions: tooMany ? [] : subscriptions, control: left };
  }

  inner.pipePeerReadStream = (id, source) => {
    const peer = id.toString();
    const reading = { peer, unproven: 0 };
    function over(): boolean {
      const ends = offences.verdict(peer) !== undefined || forges(inner.score.peerStats.get(peer), reading);
      if (ends) tell(peer);
      return ends;
    }
    return pipePeerReadStream.call(
      inner,
      id,
      frames(source, { over, sent: (bytes) => senders.set(bytes, reading) }),
    );
  };
  inner.decodeRpc = (bytes) => {
    const reading = senders.get(bytes);
    if (!reading) return decodeRpc.call(inner, bytes);
    try {
      const rpc = meter(reading.peer, decodeRpc.call(inner, bytes));
      reading.unproven += rpc.messages.length;
      return rpc;
    } catch (error) {
      // Its class is not among what gossipsub's package exports.
      const crowded = error instanceof Error && error.name === 'MaxLengthError';
      if (crowded) offences.flood(reading.peer, { times: 1, of: CROWDED });
      else offences.add(reading.peer, 'malformed', 'hard');
      throw error;
    }
  };
  const once = eachOnce(inner);
  return {
    [Symbol.dispose]() {
      Object.assign(inner, { pipePeerReadStream, decodeRpc });
      once[Symbol.dispose]();
    },
  };
}

/** One stream of a peer. */
interface Reading {
  readonly peer: string;
  /** Messages whose signatures may be looked at, since somebody looked whether they held. */
  unproven: number;
}

interface FramesOptions {
  readonly over: () => boolean;
  readonly sent: (bytes: Uint8Array) => void;
}

async function* frames(source: AsyncIterable<Bytes>, { over, sent }: FramesOptions): AsyncGenerator<Bytes> {
  for await (const frame of source) {
    if (over()) return;
    const bytes = frame.subarray();
    sent(bytes);
    // Gossipsub reads exactly these bytes, by which their sender is known.
    yield { byteLength: bytes.length, subarray: () => bytes };
  }
}

/** Whether gossipsub has found so many signatures of this peer that do not hold, that it will be denied. */
function forges(stats: Stats | undefined, reading: Reading): boolean {
  if (!stats || reading.unproven < UNPROVEN.looked) return false;
  reading.unproven = 0;
  let invalid = 0;
  for (const { invalidMessageDeliveries } of Object.values(stats.topics)) invalid += invalidMessageDeliveries;
  return invalid >= UNPROVEN.forged;
}

function sizeOf({ subscriptions, control: { ihave, iwant, idontwant, graft, prune } = {} }: Rpc): {
  readonly named: number;
  readonly changed: number;
} {
  let named = 0;
  // One that names nothing counts as well.
  for (const { messageIDs = [] } of [...(ihave ?? []), ...(iwant ?? []), ...(idontwant ?? [])])
    named += 1 + messageIDs.length;
  return { named, changed: subscriptions.length + (graft?.length ?? 0) + (prune?.length ?? 0) };
}

/**
 * For each graft and prune gossipsub writes to the database: a topic counts once in each frame, and who prunes a mesh
 * that it is not in says nothing.
 */
function eachOnce(inner: Inner): Disposable {
  const { handleGraft, handlePrune } = inner;
  inner.handleGraft = (peer, graft) => handleGraft.call(inner, peer, topicsOf(graft));
  inner.handlePrune = (peer, prune) => {
    const present = topicsOf(prune).filter(({ topicID = '' }) => inner.mesh.get(topicID)?.has(peer));
    return handlePrune.call(inner, peer, present);
  };
  return { [Symbol.dispose]: () => void Object.assign(inner, { handleGraft, handlePrune }) };
}

/** Each topic once. */
function topicsOf(all: readonly Changed[]): readonly Changed[] {
  const topics = new Set<string>();
  return all.filter(({ topicID = '' }) => !topics.has(topicID) && topics.add(topicID));
}
