import { setTimeout as timer } from 'node:timers/promises';
import type { GossipSub } from '@libp2p/gossipsub';
import type { Clock } from '../../../engine/extension.ts';
import { failures } from '../../../lib/errors.ts';
import { untilAborted } from '../../../lib/until-aborted.ts';
import { DEFAULT_CONTENT_TYPE, sealEnvelope, TOGETHER } from '../message/envelope.ts';
import type { SigningKey } from '../message/signing-key.ts';
import { type Buckets, createBuckets } from './bucket.ts';
import { errors } from './errors.ts';
import type { Gossip } from './gossip.ts';
import { costOf, ENVELOPE_PAYLOADS, OUTBOUND, PUBLISHING, type TopicLimits } from './limits.ts';

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
   * Resolves when gossipsub has the message. Those of one application and topic go out in the order in which they were
   * given; what waits when one has its turn goes with it, under one signature. Throws `IPFS_MESSAGE`,
   * `IPFS_PUBLISH_BUSY`, or at once the signal's reason while it waits for its turn.
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

interface Waiting {
  readonly message: Outgoing;
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
  /** It is with gossipsub, and cannot be given up any more. */
  sending: boolean;
}

/** Messages of one application and topic, the oldest first; one that is being sent still stands in it. */
type Line = Waiting[];

/** Those that left before are not in it any more. */
function leave(line: Line, all: readonly Waiting[]): void {
  for (const each of all) {
    const at = line.indexOf(each);
    if (at >= 0) line.splice(at, 1);
  }
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
    const { topic, payload, signal } = message;
    const found = payload.length;
    const max = this.#limits.messageBytes;
    // Gossipsub says nothing when a message is too long for it.
    if (found > max) throw fail('IPFS_MESSAGE', { topic, max, found });
    signal.throwIfAborted();
    const line = this.#lineOf(`${message.app} ${topic}`);
    if (line.length >= PUBLISHING) throw fail('IPFS_PUBLISH_BUSY', { topic, waiting: line.length });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiting: Waiting = { message, resolve, reject, sending: false };
    const abort = (): void => {
      if (waiting.sending) return;
      leave(line, [waiting]);
      reject(signal.reason);
    };
    signal.addEventListener('abort', abort, { once: true });
    line.push(waiting);
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', abort);
    }
  }

  #lineOf(name: string): Line {
    return this.#lines.getOrInsertComputed(name, () => {
      const line: Line = [];
      // Those that were asked for in this turn of the event loop are there when it begins.
      setImmediate(() => void this.#run(name, line));
      return line;
    });
  }

  /** Never throws: whatever becomes of one, the next ones have their turn. */
  async #run(name: string, line: Line): Promise<void> {
    for (let [first] = line; first; [first] = line) {
      let taken: readonly Waiting[] = [first];
      try {
        await this.#turn(first.message);
        // From here on nobody can give it up.
        first.message.signal.throwIfAborted();
        taken = this.#together(line);
        for (const each of taken) each.sending = true;
        await this.#send(first.message, taken);
        for (const { resolve } of taken) resolve();
      } catch (error) {
        for (const { reject } of taken) reject(error);
      }
      leave(line, taken);
    }
    this.#lines.delete(name);
  }

  /** Resolves when it may be sent. */
  async #turn(message: Outgoing): Promise<void> {
    const { topic, payload, signal } = message;
    const cost = costOf(payload.length);
    while (!this.#rates.take(topic, cost)) await this.#sleep(this.#rates.wait(topic, cost), signal);
    await this.#room(message);
  }

  /** The first of the line, and those behind it that may go with it. */
  #together(line: Line): readonly Waiting[] {
    let bytes = 0;
    const end = line.findIndex(({ message: { topic, payload, raw } }, n) => {
      bytes += payload.length;
      if (n === 0) return false;
      if (raw || n >= TOGETHER || bytes > ENVELOPE_PAYLOADS) return true;
      return !this.#rates.take(topic, costOf(payload.length));
    });
    return end === -1 ? [...line] : line.slice(0, end);
  }

  async #send({ app, topic, payload, raw }: Outgoing, taken: readonly Waiting[]): Promise<void> {
    const { pubsub, clock, key, sent } = this.#deps;
    const time = clock.now().epochMilliseconds;
    // Microseconds since 1970, and more than before, whatever the clock does.
    this.#last = Math.max(time * 1_000, this.#last + 1);
    const more = taken.slice(1).map(({ message }) => message.payload);
    const contentType = DEFAULT_CONTENT_TYPE;
    const envelope = { app, topic, sequence: this.#last, time, contentType, payload, more };
    await pubsub.publish(topic, raw ? payload : sealEnvelope(envelope, key(app)));
    for (const { message } of taken) sent(message);
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

  /**
   * Whoever calls looks again whether it is time. The wall clock may be set back, which holds up no timer; a clock that
   * is moved by hand wakes its sleepers before one. It is the clock that keeps the thread alive.
   */
  async #sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    const over = new AbortController();
    const options = { signal: over.signal };
    const time = Math.max(1, milliseconds);
    const slept = clock.sleepUntil(clock.now().add({ milliseconds: time }), options);
    try {
      await untilAborted(Promise.race([slept, timer(time, undefined, { ...options, ref: false })]), signal);
    } finally {
      over.abort();
    }
  }

  #now(): number {
    return Number(this.#deps.clock.monotonic() / 1_000_000n);
  }
}
