import type { GossipSub } from '@libp2p/gossipsub';
import type { Clock } from '../../../engine/extension.ts';
import { failures } from '../../../lib/errors.ts';
import { DEFAULT_CONTENT_TYPE, sealEnvelope } from '../message/envelope.ts';
import type { SigningKey } from '../message/signing-key.ts';
import { createBuckets } from './bucket.ts';
import { errors } from './errors.ts';
import type { Gossip } from './gossip.ts';
import { costOf, OUTBOUND, PUBLISHING, type TopicLimits } from './limits.ts';

const fail = failures(errors);

/** A message that an application wants to be sent. */
export interface Outgoing {
  readonly app: string;
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly raw: boolean;
  readonly signal: AbortSignal;
}

export interface Publisher {
  /**
   * Resolves when gossipsub has the message. Those of one topic go out in the order in which they were given. Throws
   * `IPFS_MESSAGE`, `IPFS_PUBLISH_BUSY`, or the signal's reason while it waits for its turn.
   */
  publish(message: Outgoing): Promise<void>;
}

export interface PublisherDeps {
  readonly pubsub: Pick<GossipSub, 'publish' | 'getSubscribers'>;
  readonly gossip: Pick<Gossip, 'behind'>;
  readonly clock: Clock;
  /** The application's own key, if it has one. */
  readonly key: (app: string) => SigningKey | undefined;
  /** Called in the order of the messages, when each is on its way. */
  readonly sent: (message: Outgoing) => void;
}

/**
 * Sends messages no faster than others take them, and none that they would drop.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { startNode } from '../fixtures/network.ts';
 * await using test = await startNode();
 * const { pubsub } = test.node;
 * const sent: string[] = [];
 * const publisher = createPublisher({ messageBytes: 8, messagesPerSecond: 10 }, {
 *   pubsub, gossip: { behind: () => [] }, clock: test.surroundings.clock,
 *   key: () => undefined, sent: ({ topic }) => void sent.push(topic),
 * });
 * const message = { app: 'shop', topic: 'board', raw: false, signal: test.surroundings.signal };
 * await publisher.publish({ ...message, payload: new Uint8Array(8) });
 * assert.deepEqual(sent, ['board']);
 * await assert.rejects(publisher.publish({ ...message, payload: new Uint8Array(9) }), { code: 'IPFS_MESSAGE' });
 * ```
 */
export function createPublisher(limits: TopicLimits, deps: PublisherDeps): Publisher {
  const { pubsub, gossip, clock, key, sent } = deps;
  const now = (): number => Number(clock.monotonic() / 1_000_000n);
  const rate = { perSecond: limits.messagesPerSecond, burst: limits.messagesPerSecond };
  const rates = createBuckets(rate, { now, most: 10_000 });
  const lines = new Map<string, { tail: Promise<void>; waiting: number }>();
  /** Peers that had their time and did not catch up. */
  const stuck = new Set<string>();
  let last = 0;

  /** Microseconds since 1970, and more than before, whatever the clock does. */
  function nextSequence(time: number): number {
    last = Math.max(time * 1_000, last + 1);
    return last;
  }

  async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    await clock.sleepUntil(clock.now().add({ milliseconds: Math.ceil(milliseconds) }), { signal });
  }

  /** Peers that this topic waits for. */
  function slow(topic: string): readonly string[] {
    const behind = gossip.behind(OUTBOUND.slow);
    for (const peer of stuck) if (!behind.includes(peer)) stuck.delete(peer);
    if (behind.length === 0) return behind;
    const listening = new Set(pubsub.getSubscribers(topic).map(String));
    return behind.filter((peer) => listening.has(peer) && !stuck.has(peer));
  }

  /** Waits for peers that are slow but take what they are sent; one that takes nothing holds up nobody for long. */
  async function room({ topic, signal }: Outgoing): Promise<void> {
    const end = now() + OUTBOUND.patience;
    for (let peers = slow(topic); peers.length > 0; peers = slow(topic)) {
      if (now() >= end) {
        for (const peer of peers) stuck.add(peer);
        return;
      }
      await sleep(5, signal);
    }
  }

  async function send(message: Outgoing): Promise<void> {
    const { app, topic, payload, raw, signal } = message;
    const cost = costOf(payload.length);
    while (!rates.take(topic, cost)) await sleep(Math.max(1, rates.wait(topic, cost)), signal);
    await room(message);
    signal.throwIfAborted();
    const time = clock.now().epochMilliseconds;
    const sequence = nextSequence(time);
    const envelope = { app, topic, sequence, time, contentType: DEFAULT_CONTENT_TYPE, payload };
    await pubsub.publish(topic, raw ? payload : sealEnvelope(envelope, key(app)));
    sent(message);
  }

  return {
    async publish(message) {
      const { topic, payload } = message;
      const found = payload.length;
      const max = limits.messageBytes;
      // Gossipsub says nothing when a message is too long for it.
      if (found > max) throw fail('IPFS_MESSAGE', { topic, max, found });
      const line = lines.getOrInsertComputed(topic, () => ({ tail: Promise.resolve(), waiting: 0 }));
      if (line.waiting >= PUBLISHING) throw fail('IPFS_PUBLISH_BUSY', { topic, waiting: line.waiting });
      line.waiting += 1;
      const turn = line.tail.then(() => send(message));
      // The next one's turn comes whatever became of this one.
      line.tail = turn.catch(() => {});
      try {
        await turn;
      } finally {
        line.waiting -= 1;
        if (line.waiting === 0) lines.delete(topic);
      }
    },
  };
}
