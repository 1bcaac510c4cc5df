import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { ManualClock } from '../../../testkit/index.ts';
import { startHostile } from '../fixtures/hostile.ts';
import { connect, startNode, type TestNode } from '../fixtures/network.ts';
import {
  recordEngines as engines,
  getText as get,
  notePlace as note,
  putText as put,
  type RecordEngineOptions,
  recordEngine,
  untilKnown,
} from '../fixtures/records.ts';
import { until } from '../fixtures/until.ts';
import { signingKeyOfNode } from '../message/signing-key.ts';
import { dhtHooks } from './hooks.ts';
import { MAX_SKEW } from './record.ts';

const timeout = { timeout: 60_000 };
const app = { app: 'notes' };
const kept = (node: TestNode): number => node.counted('records_received_total{result="kept"}');

async function two(
  options: RecordEngineOptions,
): Promise<{ readonly a: TestNode; readonly b: TestNode } & AsyncDisposable> {
  const network = await engines(2, options);
  const [a, b] = network.nodes as [TestNode, TestNode];
  return { a, b, [Symbol.asyncDispose]: () => network[Symbol.asyncDispose]() };
}

test('a record lives for as long as its engine renews it, and not much longer', timeout, async () => {
  const clock = new ManualClock();
  await using pair = await two({ clock });
  const { a, b } = pair;
  await put(a, note(), 'one');
  for (let round = 2; round <= 6; round++) {
    await clock.advance({ hours: 13 });
    await until(() => kept(b) === round);
  }
  assert.equal(await get(b, note()), 'one', 'after 65 hours, of 48 that a record has');
  await a[Symbol.asyncDispose]();
  await clock.advance({ hours: 34 });
  assert.equal(await get(b, note()), 'one');
  await clock.advance({ hours: 15 });
  await assert.rejects(get(b, note()), { code: 'RECORD_NOT_FOUND' });
});

test('what is not put again is given up one day', timeout, async () => {
  const clock = new ManualClock();
  await using alone = await startNode(
    recordEngine({ clock, limits: { renewFor: 24 * 3_600_000, ttl: 3_600 * 15, perApp: 1 } }),
  );
  await put(alone, note(), 'one');
  await alone.call('records.provide', [note()], app);
  for (let half = 0; half < 2; half++) {
    await clock.advance({ hours: 12 });
    await until(() => get(alone, note()).then((value) => value === 'one'));
  }
  await clock.advance({ hours: 14 });
  await until(() =>
    get(alone, note()).then(
      () => false,
      () => true,
    ),
  );
  const providers = (): Promise<unknown> => alone.call('records.providers', [note()], app);
  await until(async () => ((await providers()) as string[]).length === 0);
  await put(alone, note('second'), 'two');
  await assert.rejects(put(alone, note('third'), 'three'), { code: 'RECORD_LIMIT' });
  await put(alone, note('second'), 'three');
});

test('an application has a number of records and names, and may use each again', timeout, async () => {
  await using alone = await startNode(recordEngine({ limits: { perApp: 2 } }));
  await put(alone, note('1'), 'one');
  await put(alone, note('2'), 'two');
  await put(alone, note('1'), 'again');
  await assert.rejects(put(alone, note('3'), 'three'), { code: 'RECORD_LIMIT' });
  const provide = (name: string): Promise<unknown> => alone.call('records.provide', [note(name)], app);
  await provide('1');
  await provide('2');
  await provide('2');
  await assert.rejects(provide('3'), { code: 'RECORD_LIMIT' });
  await alone.call('records.put', [note('3'), Buffer.from('x')], { app: 'other' });
});

test('whoever puts last has put the newest, also with a clock that is behind', timeout, async () => {
  const [ahead, behind] = [new ManualClock(), new ManualClock()];
  await ahead.advance({ milliseconds: MAX_SKEW - 1_000 });
  await using c = await startNode(recordEngine({ clock: behind }));
  {
    await using a = await startNode(recordEngine({ clock: ahead }));
    await connect(a, c);
    await untilKnown([a, c]);
    assert.equal(await put(a, note(), 'ahead'), true);
  }
  await using b = await startNode(recordEngine({ clock: behind }));
  await connect(b, c);
  await untilKnown([b, c], 1);
  assert.equal(await put(b, note(), 'last'), true);
  assert.equal(await get(c, note()), 'last');
});

for (const keeps of [false, true]) {
  const title = keeps
    ? 'a record that somebody has is not told again'
    : 'a record that nobody has is told again within hours, whoever said that it took it';
  test(title, timeout, async () => {
    const clock = new ManualClock();
    let record: Uint8Array | undefined;
    await using alone = await startNode(recordEngine({ clock }));
    await using peer = await startHostile({
      dht({ type, key = new Uint8Array(), record: given }) {
        if (keeps) record ??= given;
        return { type, key, ...(type === 'GET_VALUE' && record && { record }) };
      },
    });
    await peer.dial(alone);
    await untilKnown([alone], 1);
    assert.equal(await put(alone, note(), 'one'), true);
    const asked = (wanted: string): number => peer.asked.filter(({ type }) => type === wanted).length;
    const [puts, gets] = [asked('PUT_VALUE'), asked('GET_VALUE')];
    // Long before it is signed anew.
    await clock.advance({ minutes: 61 });
    await until(() => asked('GET_VALUE') > gets);
    if (!keeps) await until(() => asked('PUT_VALUE') > puts);
    const sql = alone.node.store.database.prepare('SELECT placed FROM own_records');
    await until(() => sql.get()?.['placed'] === 1);
    assert.equal(asked('PUT_VALUE') - puts, keeps ? 0 : 1);
  });
}

test('an engine whose record was replaced renews it no more', timeout, async () => {
  const clock = new ManualClock();
  await using pair = await two({ clock, limits: { perApp: 1 } });
  const { a, b } = pair;
  await put(a, note(), 'one');
  await clock.advance({ milliseconds: 1 });
  await put(b, note(), 'two');
  await clock.advance({ hours: 13 });
  await until(() => kept(a) === 2);
  for (const node of [a, b]) assert.equal(await get(node, note()), 'two');
  await until(() =>
    put(a, note('second'), 'three').then(
      () => true,
      () => false,
    ),
  );
  assert.equal(await get(b, note('second')), 'three');
});

test('an application with a key of its own signs with that', timeout, async () => {
  const key = signingKeyOfNode(await generateKeyPair('Ed25519'));
  await using pair = await two({ keys: new Map([['notes', key]]) });
  const { a, b } = pair;
  const place = note('price', [key.author]);
  assert.equal(await put(a, place, 'one'), true);
  assert.equal(await get(b, place), 'one');
  await assert.rejects(put(a, note('price', [a.peerId]), 'one'), { code: 'RECORD_AUTHOR' });
  const other = a.call('records.put', [place, Buffer.from('x')], { app: 'other' });
  await assert.rejects(other, { code: 'RECORD_AUTHOR' });
});

test('records of authors that were denied or evicted are not believed', timeout, async () => {
  await using pair = await two({});
  const { a, b } = pair;
  await put(a, note(), 'one');
  b.deny.evict('notes', a.peerId);
  await assert.rejects(get(b, note()), { code: 'RECORD_NOT_FOUND' });
  assert.deepEqual(
    await b.call('records.get', [note()], { app: 'other' }),
    new Uint8Array(Buffer.from('one')),
  );
  b.deny.deny(a.peerId, 'in a test');
  await assert.rejects(b.call('records.get', [note()], { app: 'other' }), { code: 'RECORD_NOT_FOUND' });
});

test('many calls go on at once', timeout, async () => {
  await using pair = await two({});
  const { a, b } = pair;
  const names = Array.from({ length: 40 }, (_, n) => note(String(n % 20)));
  const puts = names.map((place, n) => put(n % 2 ? a : b, place, `value ${n}`));
  assert.deepEqual(new Set(await Promise.all(puts)), new Set([true]));
  const first = await Promise.all(names.map((place) => get(a, place)));
  assert.deepEqual(await Promise.all(names.map((place) => get(b, place))), first);
});

test('a peer that never answers is asked a few times, and then left alone for a while', timeout, async () => {
  const clock = new ManualClock();
  const dht = { ...dhtHooks(), networkDialTimeout: { minTimeout: 300, maxTimeout: 300 } };
  await using a = await startNode({ ...recordEngine({ clock }), dht });
  await using silent = await startHostile({ dht: ({ type }) => (type === 'PING' ? { type } : 'silent') });
  await silent.dial(a);
  await untilKnown([a], 1);
  const gets = (): number => silent.asked.filter(({ type }) => type === 'GET_VALUE').length;
  const ask = (): Promise<void> => assert.rejects(get(a, note()), { code: 'RECORD_NOT_FOUND' });
  await Promise.all([ask(), ask(), ask()]);
  assert.equal(gets(), 3);
  for (let n = 0; n < 20; n++) await ask();
  assert.equal(gets(), 3);
  await clock.advance({ minutes: 2 });
  await ask();
  assert.equal(gets(), 4);
});

test('a call leaves nothing on its signal', timeout, async () => {
  await using pair = await two({});
  const { signal } = new AbortController();
  const options = { app: 'notes', signal };
  await pair.a.call('records.put', [note(), Buffer.from('x')], options);
  await pair.b.call('records.get', [note()], options);
  await pair.b.call('records.provide', [note()], options);
  await pair.a.call('records.providers', [note()], options);
  await until(() => getEventListeners(signal, 'abort').length === 0);
});

test('a call ends with its signal, whoever does not answer', timeout, async () => {
  await using a = await startNode(recordEngine());
  await using silent = await startHostile({ dht: ({ type }) => (type === 'PING' ? { type } : 'silent') });
  await silent.dial(a);
  await untilKnown([a], 1);
  const stop = new AbortController();
  const options = { app: 'notes', signal: stop.signal };
  const calls = [
    a.call('records.get', [note()], options),
    a.call('records.providers', [note()], options),
    a.call('records.put', [note('second'), Buffer.from('x')], options),
  ];
  await until(() => silent.asked.length >= 3);
  const reason = new Error('The event is over');
  stop.abort(reason);
  const [got, found, stored] = await Promise.allSettled(calls);
  assert.deepEqual(
    [got, found],
    [
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ],
  );
  assert.deepEqual(stored, { status: 'fulfilled', value: false }, 'it is stored here');
});
