import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../../../test/count.ts';
import { ManualClock } from '../../../testkit/index.ts';
import type { News } from '../node/part.ts';
import { createBuckets } from './bucket.ts';
import type { Incoming } from './calls.ts';
import { createDeliveries } from './deliveries.ts';
import { createOffences } from './offences.ts';
import { createOutbox } from './outbox.ts';
import { createQuestions } from './questions.ts';
import { createReplayGuard } from './replay.ts';
import { createSeenStore } from './seen-store.ts';

const message = { topic: 'board', publisher: '12D3KooWA', payload: Uint8Array.of(1) };

test('a replay guard admits each sequence once, in any order', () => {
  const sequences = fc.array(fc.tuple(fc.constantFrom('a', 'b'), fc.nat(50)), {
    maxLength: 200,
    size: 'max',
  });
  const property = fc.property(sequences, (each) => {
    const guard = createReplayGuard();
    const seen = new Set<string>();
    for (const [series, sequence] of each) {
      const key = `${series}${sequence}`;
      assert.equal(guard.admit(series, sequence, 0), !seen.has(key));
      seen.add(key);
    }
  });
  fc.assert(property, { numRuns: count(10_000), seed });
});

test('a replay guard forgets on the safe side', () => {
  const guard = createReplayGuard({ most: 2 });
  for (let n = 0; n < 20_000; n++) assert.equal(guard.admit('a', n, n), true);
  assert.equal(guard.admit('a', 1, 30_000), false, 'long ago, and so it may have been here');
  assert.equal(guard.admit('a', 19_999, 30_000), false);
  assert.equal(guard.admit('b', 1, 30_000), true);
  assert.equal(guard.admit('c', 1, 30_000), true);
  assert.equal(guard.size, 2);
  assert.equal(guard.admit('a', 19_999, 19_999), false, 'of a series that is not remembered');
  assert.equal(guard.admit('a', 20_000, 40_000), true);
});

test('what was seen is kept for as long as it may come again', () => {
  let now = 0;
  using database = new DatabaseSync(':memory:');
  const store = createSeenStore(database, () => now);
  const guard = createReplayGuard();
  for (const sequence of [5, 9, 7]) guard.admit('a', sequence, sequence);
  guard.admit('b', 1, 100_000);
  store.save(guard);
  assert.deepEqual(guard.changed(), [], 'nothing is kept twice');
  assert.deepEqual(store.load(), [
    { series: 'a', sequence: 9, time: 9 },
    { series: 'b', sequence: 1, time: 100_000 },
  ]);
  const again = createReplayGuard({ known: store.load() });
  assert.deepEqual(
    [5, 6, 9, 10].map((sequence) => again.admit('a', sequence, 10)),
    [false, false, false, true],
  );
  now = 200_000;
  assert.deepEqual(
    store.load().map(({ series }) => series),
    ['b'],
  );
});

test('buckets refill, and are bounded', () => {
  let now = 0;
  const buckets = createBuckets({ perSecond: 10, burst: 5 }, { now: () => now, most: 3 });
  assert.equal(buckets.take('a', 9), true, 'more than a bucket holds empties it');
  assert.equal(buckets.wait('a', 1), 500);
  now = 500;
  assert.equal(buckets.take('a', 1), true);
  for (const name of ['b', 'c', 'd', 'e']) buckets.take(name, 1);
  assert.equal(buckets.size, 3);
});

test('offences fade, and a peer is condemned for many at a time', () => {
  let now = 0;
  const offences = createOffences({ now: () => now, flood: 10, most: 5 });
  for (let n = 0; n < 7; n++) offences.add('a', 'malformed', 'hard');
  assert.equal(offences.verdict('a'), undefined);
  now = 300_000;
  offences.add('a', 'malformed', 'hard');
  assert.equal(offences.verdict('a'), undefined);
  for (let n = 0; n < 8; n++) offences.add('a', 'forged', 'hard');
  assert.equal(offences.verdict('a'), 'forged');
  for (let n = 0; n < 20; n++) offences.add(`peer ${n}`, 'stale', 'soft');
  assert.equal(offences.size, 5);
});

test('the outbox tells a few batches ahead, then drops the oldest of each topic', async () => {
  const told: News[] = [];
  const dropped: string[] = [];
  const outbox = createOutbox({
    tell: (news) => void told.push(news),
    dropped: (topic) => void dropped.push(topic),
  });
  const turn = () => new Promise(setImmediate);
  for (let n = 0; n < 20; n++) {
    outbox.push({ ...message, apps: ['shop'], payload: Uint8Array.of(n) });
    await turn();
    await turn();
  }
  assert.equal(told.length, 8, 'a batch for each turn, until eight are not acknowledged');
  for (let n = 0; n < 1_000; n++) outbox.push({ ...message, apps: ['shop'] });
  outbox.push({ ...message, topic: 'votes', apps: ['shop'] });
  assert.deepEqual(dropped, Array(12).fill('board'));
  outbox.acknowledge(1);
  await turn();
  await turn();
  const batch = told[8]?.['messages'] as readonly Incoming[];
  assert.equal(batch.length, 256);
  assert.equal(batch.filter(({ topic }) => topic === 'votes').length, 1, 'topics take turns');
  outbox.forget('board');
  outbox.acknowledge(2);
  await turn();
  await turn();
  assert.equal(told.length, 9);
});

test('a verdict that does not come in time is a no, and only so many are waited for', async () => {
  const clock = new ManualClock();
  const told: News[] = [];
  using questions = createQuestions({ clock, tell: (news) => void told.push(news) });
  const late = questions.ask('shop', message);
  const yes = questions.ask('shop', message);
  questions.answer(2, true);
  assert.equal(await yes, true);
  await clock.advance({ milliseconds: 1_000 });
  assert.equal(await late, undefined);
  questions.answer(1, true);
  const many = Array.from({ length: 257 }, () => questions.ask('shop', message));
  assert.equal(many.filter((each) => each === undefined).length, 1);
  const large = { ...message, payload: new Uint8Array(16_777_217) };
  questions[Symbol.dispose]();
  assert.ok((await Promise.all(many)).every((each) => !each));
  assert.equal(questions.ask('shop', message), undefined);
  assert.equal(clock.sleeping, 0);
  using others = createQuestions({ clock, tell: (news) => void told.push(news) });
  assert.equal(others.ask('shop', large), undefined, 'so many bytes');
});

test('messages of one author wait for the verdict on the one before', async () => {
  const answers = Array.from({ length: 3 }, () => Promise.withResolvers<boolean>());
  const pushed: number[] = [];
  let asked = 0;
  const deliveries = createDeliveries({
    push: ({ payload }) => void pushed.push(payload[0] ?? -1),
    ask: () => answers[asked++]?.promise,
  });
  const found = [0, 1, 2, 3].map((n) =>
    deliveries.deliver([{ app: 'shop', verdict: true }], { ...message, payload: Uint8Array.of(n) }),
  );
  answers[2]?.resolve(true);
  answers[1]?.resolve(false);
  await new Promise(setImmediate);
  assert.deepEqual(pushed, []);
  answers[0]?.resolve(true);
  assert.deepEqual(await Promise.all(found), [undefined, 'verdict', undefined, 'busy']);
  assert.deepEqual(pushed, [0, 2]);
});

test('who needs no verdict does not wait for that of another', async () => {
  const pushed: Incoming[] = [];
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const deliveries = createDeliveries({ push: (each) => void pushed.push(each), ask: () => promise });
  const audiences = [
    { app: 'bank', verdict: true },
    { app: 'shop', verdict: false },
  ];
  assert.equal(await deliveries.deliver(audiences, message), undefined);
  assert.deepEqual(
    pushed.map(({ apps }) => apps),
    [['shop']],
  );
  resolve(true);
  await new Promise(setImmediate);
  assert.deepEqual(
    pushed.map(({ apps }) => apps),
    [['shop'], ['bank']],
  );
  assert.notEqual(pushed[0]?.payload, pushed[1]?.payload, 'each owns its bytes');
});
