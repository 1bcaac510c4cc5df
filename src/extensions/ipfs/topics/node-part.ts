/**
 * The half of the topics that lives beside the node.
 *
 * @module
 */
import { type GossipSub, type TopicValidatorFn, TopicValidatorResult } from '@libp2p/gossipsub';
import type { Clock } from '../../../engine/extension.ts';
import { createClock } from '../../../lib/clock.ts';
import { failures } from '../../../lib/errors.ts';
import { bearsKey } from '../message/envelope.ts';
import type { SigningKey } from '../message/signing-key.ts';
import type { CreatePart, NodeCall, NodeMethod, NodePart, Surroundings } from '../node/part.ts';
import { createAdmission } from './admission.ts';
import { type Audience, PART, type Refusal, type TopicReport, type TopicsCalls } from './calls.ts';
import {
  type Arrival,
  type Check,
  type CheckDeps,
  createCheck,
  offenceOf,
  type TopicPolicy,
} from './check.ts';
import { createDeliveries, type Deliveries } from './deliveries.ts';
import { errors } from './errors.ts';
import { guardGossip } from './gossip.ts';
import { type GossipOptions, gossipOptions } from './hooks.ts';
import { watchIntake } from './intake.ts';
import { createLedger, type Ledger } from './ledger.ts';
import { TOPICS, type TopicLimits } from './limits.ts';
import { createOffences, type Offences } from './offences.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { watchPeers } from './police.ts';
import { createPublisher, type Outgoing } from './publisher.ts';
import { createQuestions } from './questions.ts';
import { createReplayGuard, type ReplayGuard } from './replay.ts';
import { createSeenStore } from './seen-store.ts';

const fail = failures(errors);
const { Accept, Ignore, Reject } = TopicValidatorResult;

export interface TopicsOptions {
  readonly limits: TopicLimits;
  /** The operator's word on single topics. */
  readonly topics: Readonly<Record<string, { readonly raw?: boolean; readonly authors?: readonly string[] }>>;
  /** An application's own key; without one its messages are the node's. */
  readonly key: (app: string) => SigningKey | undefined;
  /** What offences of peers fade by; the machine's clock by default. */
  readonly clock?: Pick<Clock, 'monotonic'>;
}

/** The topics of one node: what gossipsub is given before it starts, and the part that runs beside it. */
export interface Topics {
  readonly gossip: GossipOptions;
  readonly create: CreatePart;
}

/**
 * The topics for a node that is to be started with `gossip`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { startNode } from '../fixtures/network.ts';
 * const limits = { messageBytes: 1_048_576, messagesPerSecond: 5_000 };
 * const { gossip, create } = createTopics({ limits, topics: {}, key: () => undefined });
 * await using test = await startNode({ gossip, parts: [create] });
 * await test.call('topics.listen', ['board', [{ app: 'shop', verdict: false }]]);
 * const [row] = (await test.call('topics.list')) as TopicReport[];
 * assert.deepEqual([row?.topic, row?.mode, row?.subscribers], ['board', 'signed', ['shop']]);
 * ```
 */
export function createTopics(options: TopicsOptions): Topics {
  // Gossipsub asks for scores before the part has the node's clock.
  const { clock = createClock() } = options;
  const now = (): number => Number(clock.monotonic() / 1_000_000n);
  const offences = createOffences({ now, flood: options.limits.messagesPerSecond });
  return {
    gossip: gossipOptions((peer) => offences.score(peer)),
    create: async (surroundings) => startPart(options, surroundings, offences),
  };
}

function startPart(options: TopicsOptions, around: Surroundings, offences: Offences): NodePart {
  const { node, clock, count, log, tell } = around;
  const { limits, key } = options;
  const { pubsub } = node;
  const self = node.libp2p.peerId.toString();
  const monotonic = (): number => Number(clock.monotonic() / 1_000_000n);
  const policy = policies(options);
  const ledger = createLedger(count);
  const gossip = guardGossip(pubsub, {
    admit: createAdmission({ limits, monotonic, ledger, offences }),
    lost: (peer, error) => log.debug('What was to be sent to a peer is lost', { peer }, error),
    overrun: (topic) => ledger.refused(topic, 'flooding'),
  });
  const police = watchPeers({ ...around, gossip, offences });
  const intake = watchIntake(pubsub, { monotonic, offences, over: police.judge, missed: police.renew });
  const questions = createQuestions({ clock, tell });
  const outbox = createOutbox({ tell, dropped: (topic) => ledger.dropped(topic) });
  const seen = createSeen(around, monotonic);
  const check = checkFor({ limits, policy, self, monotonic, seen: seen.guard }, around);
  const deliveries = createDeliveries({ push: (message) => outbox.push(message), ask: questions.ask });
  const validate = validator({ check, ledger, deliveries, offences });
  const listen = listener({ pubsub, ledger, outbox, validate });
  const sent = neighbours({ check, ledger, outbox, key, self });
  const publisher = createPublisher(limits, {
    pubsub,
    gossip,
    clock,
    key,
    sent(message) {
      count('messages_published_total');
      sent(message);
    },
  });
  const calls: Record<string, NodeMethod> = {
    listen: (_call, topic: string, audiences: readonly Audience[]) => listen(topic, audiences),
    publish: ({ app = '', signal }: NodeCall, topic: string, payload: Uint8Array) =>
      publisher.publish({ app, topic, payload, raw: policy(topic).raw, signal }),
    acknowledge: (_call, batch: number) => outbox.acknowledge(batch),
    answer: (_call, question: number, passes: boolean) => questions.answer(question, passes),
    list: (): readonly TopicReport[] =>
      ledger.report((topic) => ({
        mode: policy(topic).raw ? 'raw' : 'signed',
        peers: pubsub.getSubscribers(topic).length,
      })),
  };
  return {
    name: PART,
    calls,
    async [Symbol.asyncDispose]() {
      for (const each of [police, questions, intake, gossip, seen]) each[Symbol.dispose]();
      for (const { topic } of ledger.report(() => ({ mode: 'raw', peers: 0 }))) listen(topic, []);
    },
  };
}

/** What was seen before this node started and since; kept at every heartbeat. Disposal keeps it once more. */
function createSeen(
  { node, clock, log }: Surroundings,
  monotonic: () => number,
): Disposable & { readonly guard: ReplayGuard } {
  const store = createSeenStore(node.store.database, () => clock.now().epochMilliseconds);
  const guard = createReplayGuard({ known: store.load(), now: monotonic });
  function keep(): void {
    try {
      store.save(guard);
    } catch (error) {
      log.error('What was seen on topics cannot be kept: after a restart it may come again', {}, error);
    }
  }
  node.pubsub.addEventListener('gossipsub:heartbeat', keep);
  return {
    guard,
    [Symbol.dispose]() {
      node.pubsub.removeEventListener('gossipsub:heartbeat', keep);
      keep();
    },
  };
}

type CheckParts = Pick<CheckDeps, 'policy' | 'self' | 'monotonic' | 'seen'> & Pick<TopicsOptions, 'limits'>;

function checkFor({ limits, ...deps }: CheckParts, { clock, deny }: Surroundings): Check {
  return createCheck(limits, {
    ...deps,
    now: () => clock.now().epochMilliseconds,
    denies: (peer) => deny.denies(peer),
    evicted: (app, peer) => deny.evicted(app, peer),
  });
}

interface Parts {
  readonly check: Check;
  readonly ledger: Ledger;
  readonly deliveries: Deliveries;
  readonly offences: Offences;
  readonly outbox: Outbox;
  readonly pubsub: GossipSub;
  readonly key: TopicsOptions['key'];
  readonly self: string;
  readonly validate: TopicValidatorFn;
}

/**
 * What goes on is what is delivered: nothing is told before it is known that it passes. Payloads that came together go
 * on together when one of them passes; each engine judges them for itself.
 */
function validator({
  check,
  ledger,
  deliveries,
  offences,
}: Pick<Parts, 'check' | 'ledger' | 'deliveries' | 'offences'>): TopicValidatorFn {
  function blame({ sender, from, data }: Arrival, refusal: Refusal): boolean {
    // Somebody's copy of what has a key of its own may have come first: the author's is no offence then.
    const copied = refusal === 'replayed' && bearsKey(data);
    const kind = offenceOf(refusal, { bytes: data.length, byAuthor: from === sender && !copied });
    if (kind) offences.add(sender, refusal, kind);
    return kind === 'hard';
  }
  return async (sender, message) => {
    if (message.type !== 'signed') return Reject;
    const { topic, data } = message;
    const arrival = { topic, sender: sender.toString(), from: message.from.toString(), data };
    const passed = check.arrival(arrival, ledger.get(topic)?.audiences ?? []);
    if (typeof passed === 'string') {
      ledger.refused(topic, passed);
      return blame(arrival, passed) ? Reject : Ignore;
    }
    const { author: publisher, payloads, audiences } = passed;
    const given = payloads.map((payload) => deliveries.deliver(audiences, { topic, publisher, payload }));
    const refusals = await Promise.all(given);
    for (const refusal of refusals) {
      if (refusal === undefined) ledger.accepted(topic);
      else ledger.refused(topic, refusal);
    }
    // However many payloads were refused, it was one message.
    if (refusals.includes('verdict')) blame(arrival, 'verdict');
    return refusals.includes(undefined) ? Accept : Ignore;
  };
}

/** What one application publishes is for the others of this engine too, which gossipsub does not tell. */
function neighbours({
  check,
  ledger,
  outbox,
  key,
  self,
}: Pick<Parts, 'check' | 'ledger' | 'outbox' | 'key' | 'self'>): (message: Outgoing) => void {
  return ({ app, topic, payload, raw }) => {
    const others = ledger.get(topic)?.audiences.filter((audience) => audience.app !== app) ?? [];
    const author = (raw ? undefined : key(app)?.author) ?? self;
    const heard = check.hearing(author, self, others);
    if (typeof heard === 'string') return;
    const apps = heard.map((audience) => audience.app);
    outbox.push({ topic, apps, publisher: author, payload: new Uint8Array(payload) });
  };
}

function listener({
  pubsub,
  ledger,
  outbox,
  validate,
}: Pick<Parts, 'pubsub' | 'ledger' | 'outbox' | 'validate'>): TopicsCalls['listen'] {
  return (topic, audiences) => {
    if (audiences.length > 0 && !ledger.get(topic) && ledger.size >= TOPICS)
      throw fail('IPFS_TOPICS', { topic, max: TOPICS });
    if (!ledger.set(topic, audiences)) return;
    if (audiences.length > 0) {
      pubsub.topicValidators.set(topic, validate);
      pubsub.subscribe(topic);
    } else {
      pubsub.unsubscribe(topic);
      pubsub.topicValidators.delete(topic);
      outbox.forget(topic);
    }
  };
}

function policies({ topics }: TopicsOptions): (topic: string) => TopicPolicy {
  const known = new Map<string, TopicPolicy>();
  for (const [topic, { raw = false, authors }] of Object.entries(topics))
    known.set(topic, { raw, ...(authors && { authors: new Set(authors) }) });
  const other: TopicPolicy = { raw: false };
  return (topic) => known.get(topic) ?? other;
}
