import type { GossipSub } from '@libp2p/gossipsub';
import type { Clock } from '../../../engine/extension.ts';
import { failures } from '../../../lib/errors.ts';
import { DEFAULT_CONTENT_TYPE, sealEnvelope } from '../message/envelope.ts';
import type { SigningKey } from '../message/signing-key.ts';
import { type Buckets, createBuckets } from './bucket.ts';
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
  return new Lines(limits, deps);
}

/** Messages of one topic, one after another. */
interface Line {
  tail: Promise<void>;
  waiting: number;
}

class Lines implements Publisher {
  readonly #limits: TopicLimits;
  readonly #deps: PublisherDeps;
  readonly #lines = new Map<string, Line>();
  readonly #rates: Buckets;
  /** Peers that had their time and did not catch up. */
  readonly #stuck = new Set<string>();
  #last = 0;

  constructor(limits: TopicLimits, deps: PublisherDeps) {
    this.#limits = limits;
    this.#deps = deps;
    const { messagesPerSecond } = limits;
    const rate = { perSecond: messagesPerSecond, burst: messagesPerSecond };
    this.#rates = createBuckets(rate, { now: () => this.#now(), most: 10_000 });
  }

  async publish(message: Outgoing): Promise<void> {
    const { topic, payload } = message;
    const found = payload.length;
    const max = this.#limits.messageBytes;
    // Gossipsub says nothing when a message is too long for it.
    if (found > max) throw fail('IPFS_MESSAGE', { topic, max, found });
    const line = this.#lines.getOrInsertComputed(topic, () => ({ tail: Promise.resolve(), waiting: 0 }));
    if (line.waiting >= PUBLISHING) throw fail('IPFS_PUBLISH_BUSY', { topic, waiting: line.waiting });
    line.waiting += 1;
    const turn = line.tail.then(() => this.#send(message));
    // The next one's turn comes whatever became of this one.
    line.tail = turn.catch(() => {});
    try {
      await turn;
    } finally {
      line.waiting -= 1;
      if (line.waiting === 0) this.#lines.delete(topic);
    }
  }

  async #send(message: Outgoing): Promise<void> {
    const { pubsub, clock, key, sent } = this.#deps;
    const { app, topic, payload, raw, signal } = message;
    const cost = costOf(payload.length);
    while (!this.#rates.take(topic, cost)) await this.#sleep(this.#rates.wait(topic, cost), signal);
    await this.#room(message);
    signal.throwIfAborted();
    const time = clock.now().epochMilliseconds;
    // Microseconds since 1970, and more than before, whatever the clock does.
    this.#last = Math.max(time * 1_000, this.#last + 1);
    const contentType = DEFAULT_CONTENT_TYPE;
    const envelope = { app, topic, sequence: this.#last, time, contentType, payload };
    await pubsub.publish(topic, raw ? payload : sealEnvelope(envelope, key(app)));
    sent(message);
  }

  /** Waits for peers that are slow but take what they are sent; one that takes nothing holds up nobody for long. */
  async #room({ topic, signal }: Outgoing): Promise<void> {
    const end = this.#now() + OUTBOUND.patience;
    for (let peers = this.#slow(topic); peers.length > 0; peers = this.#slow(topic)) {
      if (this.#now() >= end) {
        for (const peer of peers) this.#stuck.add(peer);
        return;
      }
      await this.#sleep(5, signal);
    }
  }

  /** Peers that this topic waits for. */
  #slow(topic: string): readonly string[] {
    const { pubsub, gossip } = this.#deps;
    const behind = gossip.behind(OUTBOUND.slow);
    for (const peer of this.#stuck) if (!behind.includes(peer)) this.#stuck.delete(peer);
    if (behind.length === 0) return behind;
    const listening = new Set(pubsub.getSubscribers(topic).map(String));
    return behind.filter((peer) => listening.has(peer) && !this.#stuck.has(peer));
  }

  async #sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    await clock.sleepUntil(clock.now().add({ milliseconds: Math.max(1, milliseconds) }), { signal });
  }

  #now(): number {
    return Number(this.#deps.clock.monotonic() / 1_000_000n);
  }
}
