import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '../../../testkit/index.ts';
import { connect, startNode, type TestNode, until } from '../fixtures/network.ts';
import { sealEnvelope } from '../message/envelope.ts';
import type { TopicReport } from './calls.ts';
import { meshOf } from './fixtures/engine.ts';
import { gossipOptions } from './hooks.ts';
import { createTopics } from './node-part.ts';

const timeout = 60_000;

interface Scene extends AsyncDisposable {
  /** Asks a module for its verdict, and forgets no point. */
  readonly judge: TestNode;
  readonly author: TestNode;
  /** One message of so many payloads. */
  send(payloads: number): Promise<void>;
  /** Answers whatever is asked from now on, and was not answered. */
  answer(passes: boolean): Promise<void>;
  refused(): Promise<TopicReport['refused']>;
  /** Of the author, with the judge. */
  score(): number;
}

async function scene(clock = new ManualClock()): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const limits = { messageBytes: 1_000, messagesPerSecond: 5_000 };
  const { gossip, create } = createTopics({ limits, topics: {}, key: () => undefined, clock });
  const judge = stack.use(await startNode({ gossip, parts: [create] }));
  const author = stack.use(await startNode({ gossip: gossipOptions(() => 0) }));
  await judge.call('topics.listen', ['board', [{ app: 'shop', verdict: true }]]);
  author.node.pubsub.subscribe('board');
  await connect(author, judge);
  await until(() => meshOf(judge) === 1 && meshOf(author) === 1);
  let sequence = 0;
  let answered = 0;
  const running = stack.move();
  return {
    judge,
    author,
    async send(payloads) {
      const time = Temporal.Now.instant().epochMilliseconds;
      const [payload = Buffer.of(), ...more] = Array.from({ length: payloads }, (_, n) => Buffer.of(n));
      const envelope = { app: 'shop', topic: 'board', sequence: ++sequence, time, contentType: 'a/b' };
      await author.node.pubsub.publish('board', sealEnvelope({ ...envelope, payload, more }));
    },
    async answer(passes) {
      await until(() => judge.news.length > answered);
      for (const { question } of judge.news.slice(answered))
        await judge.call('topics.answer', [question, passes]);
      answered = judge.news.length;
    },
    async refused() {
      const [row] = (await judge.call('topics.list')) as TopicReport[];
      return row?.refused ?? {};
    },
    score() {
      // Only a test reaches in there: gossipsub remembers a score for a second.
      const { score } = judge.node.pubsub as unknown as {
        score: { scoreCache: Map<string, unknown>; score(peer: string): number };
      };
      score.scoreCache.clear();
      return score.score(author.peerId);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

test('a message of many payloads that a module refuses is one point', { timeout }, async () => {
  await using all = await scene();
  await all.send(64);
  await until(() => all.judge.news.length === 64);
  await all.answer(false);
  await until(async () => (await all.refused()).verdict === 64);
  assert.equal(all.score(), -1);
});

test('a message that a module refuses costs an author no place in the mesh', { timeout }, async () => {
  const clock = new ManualClock();
  await using all = await scene(clock);
  await all.send(1);
  await all.answer(false);
  await until(async () => (await all.refused()).verdict === 1);
  await clock.advance({ milliseconds: 1 });
  assert.equal(all.score(), 0);
  let beats = 0;
  all.judge.node.pubsub.addEventListener('gossipsub:heartbeat', () => void beats++);
  await until(() => beats >= 2);
  assert.deepEqual([meshOf(all.judge), meshOf(all.author)], [1, 1]);
});

test('a verdict that comes too late is the fault of nobody', { timeout }, async () => {
  await using all = await scene();
  await all.send(2);
  await until(() => all.judge.news.length === 2);
  await all.judge.call('topics.answer', [all.judge.news[0]?.['question'], false]);
  await until(async () => (await all.refused()).busy === 1);
  assert.deepEqual(await all.refused(), { busy: 1, verdict: 1 });
  assert.equal(all.score(), -1, 'for the one that was refused in time');
  await all.send(1);
  await until(async () => (await all.refused()).busy === 2);
  assert.equal(all.score(), -1);
});

test('who passes on garbage of another loses its place, and is not denied', { timeout }, async () => {
  await using all = await scene();
  const { judge, author: relay } = all;
  await using liar = await startNode({ address: '127.0.0.2', gossip: gossipOptions(() => 0) });
  // Else the two would find each other through the DHT.
  liar.deny.deny(judge.peerId, 'not in this test');
  liar.node.pubsub.subscribe('board');
  await connect(liar, relay);
  await until(() => meshOf(liar) === 1);
  for (let n = 0; n < 9; n++) await liar.node.pubsub.publish('board', Buffer.of(n));
  await until(async () => (await all.refused()).malformed === 9);
  assert.equal(all.score(), -9);
  await until(() => meshOf(judge) === 0);
  assert.deepEqual(judge.deny.list(), []);
});
