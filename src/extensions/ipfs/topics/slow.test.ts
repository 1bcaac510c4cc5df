import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, type TestNode, until } from '../fixtures/network.ts';
import { meshOf, startEngine, type TestEngine } from './fixtures/engine.ts';
import { guardGossip } from './gossip.ts';
import { OUTBOUND } from './limits.ts';

const timeout = 60_000;

interface Streams {
  readonly streamsInbound: ReadonlyMap<string, { readonly rawStream: { pause(): void; resume(): void } }>;
}

/** What a node reads of gossip from another; only a test reaches in there. */
function inboundOf(at: TestNode, from: TestNode): { pause(): void; resume(): void } {
  const streams = (at.node.pubsub as unknown as Streams).streamsInbound;
  const stream = streams.get(from.peerId);
  assert.ok(stream);
  return stream.rawStream;
}

async function pair(a: TestEngine, b: TestEngine): Promise<void> {
  await connect(a.node, b.node);
  await until(() => meshOf(a.node) === 1 && meshOf(b.node) === 1);
}

const KIB_64 = 'x'.repeat(65_536);

test('a peer that is slow hears everything, in order', { timeout }, async () => {
  await using a = await startEngine();
  await using b = await startEngine();
  const [shop, far] = [a.load('shop'), b.load('shop')];
  await Promise.all([shop.subscribe(), far.subscribe()]);
  await pair(a, b);
  using gossip = guardGossip(a.node.node.pubsub, { admit: () => true });
  inboundOf(b.node, a.node).pause();
  const texts = Array.from({ length: 200 }, (_, n) => `${n} ${KIB_64}`);
  const sent = Promise.all(texts.map((text) => shop.publish(text)));
  await until(() => gossip.behind(OUTBOUND.slow).length === 1);
  assert.deepEqual(b.heard, []);
  inboundOf(b.node, a.node).resume();
  await sent;
  await until(() => b.heard.length === 200);
  assert.deepEqual(b.texts('shop'), texts);
});

test('a peer that takes nothing holds up nobody for long, and only so many bytes', { timeout }, async () => {
  await using a = await startEngine();
  await using stuck = await startEngine();
  await using b = await startEngine();
  // The two must not find each other, or one would hear through the other.
  stuck.node.deny.deny(b.node.peerId, 'not in this test');
  const apps = [a.load('shop'), stuck.load('shop'), b.load('shop')] as const;
  for (const app of apps) await app.subscribe();
  for (const other of [stuck, b]) await connect(a.node, other.node);
  await until(() => meshOf(a.node) === 2 && meshOf(b.node) === 1 && meshOf(stuck.node) === 1);
  inboundOf(stuck.node, a.node).pause();
  const texts = Array.from({ length: 240 }, (_, n) => `${n} ${KIB_64.repeat(4)}`);
  for (let n = 0; n < 240; n += 20) {
    await Promise.all(texts.slice(n, n + 20).map((text) => apps[0].publish(text)));
    // Nothing is to be dropped here: it is the network that is slow.
    await until(() => b.heard.length === n + 20);
  }
  assert.deepEqual(b.texts('shop'), texts);
  using gossip = guardGossip(a.node.node.pubsub, { admit: () => true });
  // Its stream is given up once it has more than 32 MiB before it.
  assert.deepEqual(gossip.behind(OUTBOUND.most), []);
  assert.equal(gossip.reaches(stuck.node.peerId), false);
  assert.deepEqual(a.node.deny.list(), []);
});
