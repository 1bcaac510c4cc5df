import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import { createClock } from '../../../lib/clock.ts';
import { startHostile } from '../fixtures/hostile.ts';
import { connect, startNode, type TestNode, until } from '../fixtures/network.ts';
import {
  recordEngine as engine,
  recordEngines as engines,
  getText as get,
  notePlace as note,
  putText as put,
  untilKnown,
} from '../fixtures/records.ts';

import { guardKad } from './kad.ts';
import { providedCid } from './providers.ts';

const app = { app: 'notes' };

/** Connected, and in each other's routing tables. */
async function meet(a: TestNode, b: TestNode): Promise<void> {
  await connect(a, b);
  await untilKnown([a, b]);
}

test('a record goes from one engine to the others, each way', { timeout: 60_000 }, async () => {
  await using network = await engines(3);
  const [a, b, c] = network.nodes as [TestNode, TestNode, TestNode];
  assert.equal(await put(a, note(), 'one'), true);
  assert.equal(await get(b, note()), 'one');
  assert.equal(await get(c, note()), 'one');
  assert.equal(await put(c, note(), 'two'), true);
  for (const node of [a, b, c]) assert.equal(await get(node, note()), 'two');
  await assert.rejects(get(b, note('other')), { code: 'RECORD_NOT_FOUND' });
});

test('a clock that was wrong once does not spoil a name', { timeout: 60_000 }, async () => {
  let ahead = 10 * 24 * 3_600_000;
  const clock = createClock({ now: () => Temporal.Now.instant().add({ milliseconds: ahead }) });
  await using a = await startNode(engine({ clock }));
  await using b = await startNode(engine());
  assert.equal(await put(a, note(), 'from the future'), false);
  ahead = 0;
  await meet(a, b);
  assert.equal(await put(a, note(), 'now'), true);
  for (const node of [a, b]) assert.equal(await get(node, note()), 'now');
});

test('what was put alone is told to engines that come', { timeout: 60_000 }, async () => {
  await using a = await startNode(engine());
  assert.equal(await put(a, note(), 'early'), false);
  await a.call('records.provide', [note()], app);
  assert.equal(await get(a, note()), 'early');
  await using b = await startNode(engine());
  await meet(b, a);
  await until(() => b.counted('records_received_total{result="kept"}') === 1);
  await a[Symbol.asyncDispose]();
  assert.equal(await get(b, note()), 'early');
});

test('records outlive restarts, one’s own and those of others', { timeout: 60_000 }, async () => {
  await using folder = await mkdtempDisposable(`${tmpdir()}/hermes-`);
  await using b = await startNode(engine());
  {
    await using a = await startNode(engine({ home: folder.path }));
    await meet(a, b);
    await put(a, note(), 'mine');
    await put(b, note('second'), 'theirs');
    await until(() => a.counted('records_received_total{result="kept"}') === 1);
  }
  await using again = await startNode(engine({ home: folder.path }));
  assert.equal(await get(again, note()), 'mine');
  assert.equal(await get(again, note('second')), 'theirs');
  await meet(again, b);
  assert.equal(await get(b, note()), 'mine');
});

test('providers are found, the engine itself among them', { timeout: 60_000 }, async () => {
  await using network = await engines(3);
  const [a, b, c] = network.nodes as [TestNode, TestNode, TestNode];
  const who = async (node: TestNode): Promise<unknown> => node.call('records.providers', [note()], app);
  assert.deepEqual(await who(a), []);
  await a.call('records.provide', [note()], app);
  assert.deepEqual(await who(a), [a.peerId]);
  assert.deepEqual(await who(c), [a.peerId]);
  await b.call('records.provide', [note()], app);
  for (const node of [a, b, c])
    assert.deepEqual(((await who(node)) as string[]).toSorted(), [a.peerId, b.peerId].toSorted());
});

test('an engine that provides says so to those it has not told', { timeout: 60_000 }, async () => {
  await using a = await startNode(engine());
  await a.call('records.provide', [note()], app);
  await using stranger = await startHostile();
  await stranger.dial(a);
  const key = providedCid(note()).multihash.bytes;
  const answer = (await stranger.ask(a, { type: 'GET_PROVIDERS', key })) ?? new Uint8Array();
  assert.ok(Buffer.from(answer).includes(a.node.libp2p.peerId.toMultihash().bytes));
});

test('where authors are named only theirs are believed', { timeout: 60_000 }, async () => {
  await using network = await engines(3);
  const [a, b, c] = network.nodes as [TestNode, TestNode, TestNode];
  const place = note('price', [a.peerId, b.peerId]);
  await assert.rejects(put(c, place, 'mine'), { code: 'RECORD_AUTHOR' });
  await put(a, place, '1');
  assert.equal(await get(c, place), '1');
  await put(b, place, '2');
  assert.equal(await get(c, place), '2');
  // What c puts in the same namespace for everybody does not stand there.
  await put(c, note('price'), '3');
  assert.equal(await get(a, place), '2');
  c.deny.evict('notes', b.peerId);
  assert.equal(await get(c, place), '1');
});

test('a library that is built otherwise is noticed before anybody is answered', async () => {
  const other = { dht: { network: {}, providers: {} }, libp2p: {} } as never;
  await assert.rejects(
    guardKad(other, () => 0),
    { code: 'RECORD_LIBRARY' },
  );
});
