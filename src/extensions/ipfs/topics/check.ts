/**
 * Whether a message may pass: one check for what applications are given and for what goes on to other peers.
 *
 * @module
 */
import { openEnvelope } from '../message/envelope.ts';
import { type Buckets, createBuckets } from './bucket.ts';
import type { Audience, Refusal } from './calls.ts';
import { costOf, ENVELOPE, FRESH, LARGEST_MESSAGE, RELAYED, type TopicLimits } from './limits.ts';
import type { ReplayGuard } from './replay.ts';

/** A message as it came from the network: gossipsub has proven that `from` wrote these bytes to this topic. */
export interface Arrival {
  readonly topic: string;
  /** The peer that brought it. */
  readonly sender: string;
  readonly from: string;
  readonly data: Uint8Array;
}

/** One that may pass. */
export interface Passed {
  readonly author: string;
  /** In their order, at least one; each owns its buffer. */
  readonly payloads: readonly Uint8Array[];
  /** Those of the listening applications that may hear it; at least one. */
  readonly audiences: readonly Audience[];
}

/** What the operator says of a topic. */
export interface TopicPolicy {
  readonly raw: boolean;
  readonly authors?: ReadonlySet<string>;
}

export interface CheckDeps {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds, never going back. */
  readonly monotonic: () => number;
  /** Peer id of this engine. */
  readonly self: string;
  readonly denies: (peer: string) => boolean;
  readonly evicted: (app: string, peer: string) => boolean;
  readonly policy: (topic: string) => TopicPolicy;
  /** What has been here. */
  readonly seen: Pick<ReplayGuard, 'admit'>;
}

/** Who of these may hear an author; the message came by `from`. */
export interface Check {
  /** What remains of an arrival, or why nothing does. */
  arrival(arrival: Arrival, audiences: readonly Audience[]): Passed | Refusal;
  /** Those of the audiences that hear this author. */
  hearing(author: string, from: string, audiences: readonly Audience[]): readonly Audience[] | Refusal;
}

/** Authors on topics whose rates are remembered. */
const RATES = 10_000;

/**
 * The check of one node; it remembers what it has seen.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createReplayGuard } from './replay.ts';
 * const check = createCheck({ messageBytes: 1_024, messagesPerSecond: 10 }, {
 *   now: () => 0, monotonic: () => 0, self: '12D3KooWMe',
 *   denies: () => false, evicted: () => false, policy: () => ({ raw: true }), seen: createReplayGuard(),
 * });
 * const listening = [{ app: 'shop', verdict: false }];
 * const hello = { topic: 'board', sender: '12D3KooWYou', from: '12D3KooWYou', data: new Uint8Array([1]) };
 * assert.deepEqual(check.arrival(hello, listening), {
 *   author: '12D3KooWYou', payloads: [new Uint8Array([1])], audiences: listening,
 * });
 * assert.equal(check.arrival({ ...hello, from: '12D3KooWMe' }, listening), 'own');
 * ```
 */
export function createCheck(limits: TopicLimits, deps: CheckDeps): Check {
  return new Memory(limits, deps);
}

class Memory implements Check {
  readonly #limits: TopicLimits;
  readonly #deps: CheckDeps;
  readonly #rates: Buckets;
  /** What one peer brings under the names of any number of authors. */
  readonly #brought: Buckets;

  constructor(limits: TopicLimits, deps: CheckDeps) {
    this.#limits = limits;
    this.#deps = deps;
    // An author's own engine lets through half of this, so that clocks and bursts do no harm.
    const perSecond = 2 * limits.messagesPerSecond;
    const rates = { now: deps.monotonic, most: RATES };
    this.#rates = createBuckets({ perSecond, burst: perSecond }, rates);
    const all = RELAYED * perSecond;
    this.#brought = createBuckets({ perSecond: all, burst: all }, rates);
  }

  arrival(arrival: Arrival, audiences: readonly Audience[]): Passed | Refusal {
    const { from, topic, data } = arrival;
    if (from === this.#deps.self) return 'own';
    if (this.#deps.denies(from)) return 'denied';
    if (!this.#deps.policy(topic).raw) return this.#signed(arrival, audiences);
    if (data.length > this.#limits.messageBytes) return 'oversized';
    const heard = this.#admitted(arrival, from, audiences);
    if (typeof heard === 'string') return heard;
    if (this.#tooMany(from, arrival, [data])) return 'flooding';
    // The bytes are a view of what came over the wire, which may be much more; `slice` of a Buffer would be one too.
    return { author: from, payloads: [new Uint8Array(data)], audiences: heard };
  }

  hearing(author: string, from: string, audiences: readonly Audience[]): readonly Audience[] | Refusal {
    const { evicted } = this.#deps;
    const near = audiences.filter(({ app }) => !evicted(app, author) && !evicted(app, from));
    if (near.length === 0) return 'evicted';
    const wanting = near.filter(({ authors }) => authors === undefined || authors.includes(author));
    return wanting.length === 0 ? 'off-list' : wanting;
  }

  #signed(arrival: Arrival, audiences: readonly Audience[]): Passed | Refusal {
    const opened = openEnvelope(arrival.data);
    if (typeof opened === 'string') return opened;
    const { app, topic, sequence, time, payload, more = [] } = opened.envelope;
    if (topic !== arrival.topic) return 'wrong-topic';
    const payloads = [payload, ...more];
    if (payloads.some(({ length }) => length > this.#limits.messageBytes)) return 'oversized';
    const author = opened.author ?? arrival.from;
    if (!this.#fresh(time)) return 'stale';
    const heard = this.#admitted(arrival, author, audiences);
    if (typeof heard === 'string') return heard;
    // Before the rate: what a stranger sends again must not be at the author's expense.
    if (!this.#deps.seen.admit(`${author} ${app} ${topic}`, sequence, time, arrival.sender))
      return 'replayed';
    if (this.#tooMany(author, arrival, payloads)) return 'flooding';
    return { author, payloads, audiences: heard };
  }

  /** Whoever may hear it, once it is known what it says and who wrote it. */
  #admitted(
    { topic, from }: Arrival,
    author: string,
    audiences: readonly Audience[],
  ): readonly Audience[] | Refusal {
    if (this.#deps.denies(author)) return 'denied';
    const { authors } = this.#deps.policy(topic);
    if (authors && !authors.has(author)) return 'off-list';
    return this.hearing(author, from, audiences);
  }

  #fresh(time: number): boolean {
    const age = this.#deps.now() - time;
    return age <= FRESH.age && age >= -FRESH.ahead;
  }

  /** Each payload counts as a message, however they came. */
  #tooMany(author: string, { topic, sender }: Arrival, payloads: readonly Uint8Array[]): boolean {
    const cost = payloads.reduce((sum, { length }) => sum + costOf(length), 0);
    if (!this.#rates.take(`${author} ${topic}`, cost)) return true;
    // One that came alone was counted before its signature was checked.
    return payloads.length > 1 && !this.#brought.take(`${sender} ${topic}`, cost);
  }
}

/**
 * How a refusal is held against the peer that sent the message. Bytes that no honest engine makes are hard when the sender
 * is the author, and soft of a peer that only passes them on: another implementation looks at gossipsub's signature alone.
 * What an honest author may do without knowing is soft, and only when the sender is the author.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const passedOn = { bytes: 10, byAuthor: false };
 * const own = { bytes: 10, byAuthor: true };
 * assert.deepEqual([offenceOf('forged', own), offenceOf('forged', passedOn)], ['hard', 'soft']);
 * assert.deepEqual([offenceOf('stale', own), offenceOf('stale', passedOn)], ['soft', undefined]);
 * ```
 */
export function offenceOf(
  refusal: Refusal,
  { bytes, byAuthor }: { readonly bytes: number; readonly byAuthor: boolean },
): 'hard' | 'soft' | undefined {
  switch (refusal) {
    case 'malformed':
    case 'forged':
    case 'wrong-topic':
      return byAuthor ? 'hard' : 'soft';
    case 'oversized':
      // An operator may allow less than others do.
      if (bytes <= LARGEST_MESSAGE + ENVELOPE) return undefined;
      return byAuthor ? 'hard' : 'soft';
    case 'stale':
    case 'replayed':
    case 'off-list':
    case 'verdict':
      return byAuthor ? 'soft' : undefined;
    default:
      return undefined;
  }
}
