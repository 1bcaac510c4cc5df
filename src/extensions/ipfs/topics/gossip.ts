/**
 * What is needed of gossipsub beside its interface. The version is pinned, and a test says that these members are there
 * and do what is relied on here.
 *
 * @module
 */
import type { GossipSub } from '@libp2p/gossipsub';
import type { PeerId } from '@libp2p/interface';
import { gatherFrames, type Outbound } from './frames.ts';
import { OUTBOUND } from './limits.ts';
import { createTurns } from './turns.ts';

/** A message as it came, nothing about it checked. */
export interface RawMessage {
  readonly topic: string;
  readonly from?: Uint8Array;
  readonly data?: Uint8Array;
  readonly seqno?: Uint8Array;
  readonly signature?: Uint8Array;
  readonly key?: Uint8Array;
}

interface TopicStats {
  invalidMessageDeliveries: number;
}

interface OutboundStream extends Outbound {
  readonly rawStream: Outbound['rawStream'] & { readonly writeBufferLength: number };
}

interface Inner {
  handleReceivedMessage(from: PeerId, message: RawMessage): Promise<void>;
  handleIWant(id: string, iwant: unknown): readonly RawMessage[];
  readonly opts: { readonly scoreParams: { topics: object } };
  readonly streamsOutbound: Map<string, OutboundStream>;
  readonly score: Score;
}

interface Score {
  readonly peerStats: ReadonlyMap<string, PeerStats>;
  addPeer(id: string): void;
  duplicateMessage(from: string, id: string, topic: string): void;
}

interface PeerStats {
  topics: Record<string, TopicStats>;
}

/** How a topic counts in the score of a peer: nothing but messages that break the rules, each more than the last. */
export const TOPIC_SCORE: object = Object.freeze({
  topicWeight: 1,
  timeInMeshWeight: 0,
  timeInMeshQuantum: 1_000,
  timeInMeshCap: 1,
  firstMessageDeliveriesWeight: 0,
  firstMessageDeliveriesDecay: 0.5,
  firstMessageDeliveriesCap: 1,
  meshMessageDeliveriesWeight: 0,
  meshMessageDeliveriesDecay: 0.5,
  meshMessageDeliveriesCap: 1,
  meshMessageDeliveriesThreshold: 1,
  meshMessageDeliveriesWindow: 10,
  meshMessageDeliveriesActivation: 1_000,
  meshFailurePenaltyWeight: 0,
  meshFailurePenaltyDecay: 0.5,
  invalidMessageDeliveriesWeight: -1,
  invalidMessageDeliveriesDecay: 0.95,
});

export interface Guard {
  /** Asked for each message before its signature is checked, which is what costs. */
  readonly admit: (sender: PeerId, message: RawMessage) => boolean;
  /** Hears of what could not be sent to a peer. */
  readonly lost?: (peer: string, error: unknown) => void;
  /** Hears of the topic of a message that is dropped: its sender sends more than this thread can look at. */
  readonly overrun?: (topic: string) => void;
}

/** What the topics do inside gossipsub; disposal takes it out again. */
export interface Gossip extends Disposable {
  /** Messages of a peer that gossipsub or a validator rejected lately, of all topics. */
  invalid(): ReadonlyMap<string, number>;
  /** Forgets those of a peer, and what waits of it: gossipsub keeps them for an hour after it has gone, and none of them fades. */
  forgive(peer: string): void;
  /** Whether there is a stream to this peer. */
  reaches(peer: string): boolean;
  /** Peers that have more than so many bytes before them. */
  behind(bytes: number): readonly string[];
}

/**
 * Puts a guard before gossipsub's door, gives every topic a score, and bounds what one answer may hold: an honest peer
 * cannot read a frame of more than 4 MiB, and would lose its stream. What goes to one peer in one turn goes together.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { startNode } from '../fixtures/network.ts';
 * await using test = await startNode();
 * using gossip = guardGossip(test.node.pubsub, { admit: () => true });
 * assert.deepEqual([gossip.invalid().size, gossip.reaches('12D3KooWA'), gossip.behind(0)], [0, false, []]);
 * ```
 */
export function guardGossip(
  pubsub: GossipSub,
  { admit, lost = () => {}, overrun = () => {} }: Guard,
): Gossip {
  // The class has these; the interface that its package exports has not.
  const inner = pubsub as unknown as Inner;
  const { handleReceivedMessage, handleIWant } = inner;
  inner.handleReceivedMessage = async (sender, message) => {
    if (!admit(sender, message)) return;
    let kept = message;
    const run = (): Promise<void> => handleReceivedMessage.call(inner, sender, kept);
    const running = turns.take(sender.toString(), sizeOf(message), run, () => {
      kept = copyOf(kept);
    });
    if (running) await running;
    else overrun(message.topic);
  };
  inner.handleIWant = (id, iwant) => bounded(handleIWant.call(inner, id, iwant));
  const turns = createTurns();
  const scores = mendScores(inner.score);
  const gathering = gatherFrames(inner.streamsOutbound, lost);
  // A topic is scored from its first message on; the guard lets in only those that somebody here listens to.
  inner.opts.scoreParams.topics = new Proxy({}, { get: () => TOPIC_SCORE });
  return {
    invalid() {
      const sums = new Map<string, number>();
      for (const [peer, { topics }] of inner.score.peerStats) {
        let sum = 0;
        for (const topic in topics) sum += topics[topic]?.invalidMessageDeliveries ?? 0;
        if (sum > 0) sums.set(peer, sum);
      }
      return sums;
    },
    forgive(peer) {
      turns.forget(peer);
      for (const stats of Object.values(inner.score.peerStats.get(peer)?.topics ?? {}))
        stats.invalidMessageDeliveries = 0;
    },
    reaches: (peer) => inner.streamsOutbound.has(peer),
    behind(bytes) {
      const peers: string[] = [];
      for (const [peer, { rawStream }] of inner.streamsOutbound)
        if (rawStream.writeBufferLength > bytes) peers.push(peer);
      return peers;
    },
    [Symbol.dispose]() {
      gathering[Symbol.dispose]();
      turns[Symbol.dispose]();
      scores[Symbol.dispose]();
      Object.assign(inner, { handleReceivedMessage, handleIWant });
    },
  };
}

/**
 * The name of a message is of its author's making: one that signs two under one name, a bad one for us and a good one for
 * others, would have all who pass on the good one counted as bringers of the bad. Nothing else is scored by copies here.
 * And topics are names of strangers' making: none of them may be what every object has.
 */
function mendScores(score: Score): Disposable {
  const { addPeer, duplicateMessage } = score;
  const plain = (stats: PeerStats | undefined): void =>
    void (stats && Object.setPrototypeOf(stats.topics, null));
  for (const stats of score.peerStats.values()) plain(stats);
  score.addPeer = (id) => {
    addPeer.call(score, id);
    plain(score.peerStats.get(id));
  };
  score.duplicateMessage = () => {};
  return { [Symbol.dispose]: () => void Object.assign(score, { addPeer, duplicateMessage }) };
}

/** Every field of a message. */
const FIELDS = ['from', 'data', 'seqno', 'signature', 'key'] as const;

function sizeOf(message: RawMessage): number {
  return FIELDS.reduce((sum, field) => sum + (message[field]?.length ?? 0), message.topic.length);
}

/** What came are views of a frame, which may be much more. */
function copyOf(message: RawMessage): RawMessage {
  const copy: Partial<Record<(typeof FIELDS)[number], Uint8Array>> = {};
  for (const field of FIELDS) {
    const bytes = message[field];
    if (bytes) copy[field] = Uint8Array.from(bytes);
  }
  return { topic: message.topic, ...copy };
}

/** As many as fit; whoever asked can ask another for the rest. */
function bounded(messages: readonly RawMessage[]): readonly RawMessage[] {
  let bytes = 0;
  return messages.filter(({ data }, index) => {
    bytes += data?.length ?? 0;
    return index === 0 || bytes <= OUTBOUND.answer;
  });
}
