import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { connect, startNode, type TestNode, until } from '../fixtures/network.ts';
import { sealEnvelope } from '../message/envelope.ts';
import { type SigningKey, signingKeyFrom } from '../message/signing-key.ts';
import { meshOf, startEngine, type TestEngine } from './fixtures/engine.ts';
import { gossipOptions } from './hooks.ts';

const timeout = 60_000;

/** What gossipsub thinks of its peers, and thought within the last second. */
interface Scored {
  readonly score: { readonly scoreCache: Map<string, unknown>; score(peer: string): number };
}

function newKey(): SigningKey {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' });
  return signingKeyFrom(pem.toString(), 'test.pem');
}

/** Both engines know that the other listens. */
async function met(a: TestEngine, b: TestEngine, topic = 'board'): Promise<void> {
  await until(async () => (await a.report(topic)).peers > 0 && (await b.report(topic)).peers > 0);
}

/** A line of nodes, in which each passes on to the next. */
async function meshed(...nodes: readonly TestNode[]): Promise<void> {
  for (const [index, node] of nodes.entries()) {
    const next = nodes[index + 1];
    if (next) await connect(node, next);
  }
  await until(() => nodes.every((node, n) => meshOf(node) === (n === 0 || n === nodes.length - 1 ? 1 : 2)));
}

test('two engines hear each other, in order, and know who wrote', { timeout }, async () => {
  await using a = await startEngine();
  await using b = await startEngine();
  await connect(a.node, b.node);
  const [left, right] = [a.load('shop'), b.load('shop')];
  await Promise.all([left.subscribe(), right.subscribe()]);
  await met(a, b);
  const texts = Array.from({ length: 1_000 }, (_, n) => `note ${n}`);
  await Promise.all(texts.map((text) => left.publish(text).catch(() => {})));
  for (const text of texts.slice(0, 10)) await right.publish(text);
  await until(() => b.heard.length >= 256 && a.heard.length === 10);
  // What was asked beyond the line of waiting messages was refused; what was sent came, and in order.
  assert.deepEqual(b.texts('shop'), texts.slice(0, b.heard.length));
  assert.deepEqual(a.texts('shop'), texts.slice(0, 10));
  assert.deepEqual(new Set(b.heard.map(({ publisher }) => publisher)), new Set([a.node.peerId]));
});

test('a message is for other applications of the engine too, and never for its own', {
  timeout,
}, async () => {
  await using a = await startEngine();
  const apps = ['shop', 'bank', 'news'].map((name) => a.load(name));
  for (const app of apps) await app.subscribe();
  for (const [n, app] of apps.entries()) await app.publish(`${n}`);
  await until(() => a.heard.length === 6);
  assert.deepEqual(a.texts('shop'), ['1', '2']);
  assert.deepEqual(a.texts('bank'), ['0', '2']);
  assert.deepEqual(a.texts('news'), ['0', '1']);
  assert.ok(a.heard.every(({ publisher }) => publisher === a.node.peerId));
});

test('an application with a key of its own is known by it', { timeout }, async () => {
  const key = newKey();
  await using a = await startEngine({ keys: { shop: key } });
  await using b = await startEngine();
  await connect(a.node, b.node);
  const topics = [{ topic: 'board', authors: [key.author] }];
  const [shop, other, listener] = [a.load('shop'), a.load('other'), b.load('listener', { topics })];
  await listener.subscribe();
  await shop.subscribe();
  await met(a, b);
  await other.publish('by the engine');
  await shop.publish('by the key');
  await until(() => b.heard.length === 1);
  assert.deepEqual(b.heard[0], {
    app: 'listener',
    module: 'api',
    topic: 'board',
    publisher: key.author,
    text: 'by the key',
  });
  assert.deepEqual((await b.report()).refused, { 'off-list': 1 });
});

test('a raw topic takes and sends bare bytes, under the names that others give messages', {
  timeout,
}, async () => {
  await using a = await startEngine({ topics: { board: { raw: true } } });
  await using plain = await startNode({ gossip: gossipOptions(() => 0) });
  const shop = a.load('shop');
  await shop.subscribe();
  const heard: string[] = [];
  plain.node.pubsub.addEventListener('message', ({ detail }) =>
    heard.push(Buffer.from(detail.data).toString()),
  );
  plain.node.pubsub.subscribe('board');
  await meshed(a.node, plain);
  await shop.publish('bare');
  await plain.node.pubsub.publish('board', Buffer.from('bytes'));
  await until(() => heard.length === 1 && a.heard.length === 1);
  assert.deepEqual([heard, a.texts('shop')], [['bare'], ['bytes']]);
  assert.equal(a.heard[0]?.publisher, plain.peerId);
  assert.equal((await a.report()).mode, 'raw');
});

test('an author that one engine does not want is heard by others, and who passes it on is not blamed', {
  timeout,
}, async () => {
  await using a = await startEngine();
  await using relay = await startEngine();
  await using stranger = await startEngine();
  const topics = [{ topic: 'board', authors: [relay.node.peerId] }];
  const [shop, between, far] = [a.load('shop', { topics }), relay.load('shop'), stranger.load('shop')];
  await Promise.all([shop.subscribe(), between.subscribe(), far.subscribe()]);
  await meshed(a.node, relay.node, stranger.node);
  for (let n = 0; n < 30; n++) await far.publish(`strange ${n}`);
  await until(async () => relay.heard.length === 30 && (await a.report()).refused['off-list'] === 30);
  await between.publish('known');
  await until(() => a.heard.length > 0);
  assert.deepEqual(a.texts('shop'), ['known']);
  assert.deepEqual(a.node.deny.list(), []);
});

test('an evicted peer is not heard by that application, not through others either', { timeout }, async () => {
  await using a = await startEngine();
  await using relay = await startEngine();
  await using evicted = await startEngine();
  const [shop, bank, between, far] = [
    a.load('shop'),
    a.load('bank'),
    relay.load('shop'),
    evicted.load('shop'),
  ];
  await Promise.all([shop, bank, between, far].map((app) => app.subscribe()));
  await meshed(a.node, relay.node, evicted.node);
  a.node.deny.evict('shop', evicted.node.peerId);
  await far.publish('from afar');
  await between.publish('from here');
  await until(() => a.texts('bank').length === 2 && a.texts('shop').length > 0);
  assert.deepEqual(a.texts('shop'), ['from here']);
  assert.deepEqual(a.texts('bank').toSorted(), ['from afar', 'from here']);
});

test('a module decides what may pass, and order stays', { timeout }, async () => {
  const slow = Promise.withResolvers<boolean>();
  await using a = await startEngine({ verdict: ({ text }) => (text === '0' ? slow.promise : text !== '2') });
  await using b = await startEngine();
  await connect(a.node, b.node);
  const topics = [{ topic: 'board', verdict: 'moderator' }];
  const shop = a.load('shop', { topics, modules: ['api', 'moderator'] });
  const far = b.load('shop');
  await Promise.all([shop.subscribe(), far.subscribe()]);
  await met(a, b);
  for (const text of ['0', '1', '2', '3']) await far.publish(text);
  await until(async () => (await a.report()).refused['verdict'] === 1 || a.node.news.length >= 4);
  slow.resolve(true);
  await until(() => a.heard.length === 3);
  assert.deepEqual(a.texts('shop'), ['0', '1', '3']);
  await until(async () => (await a.report()).refused['verdict'] === 1);
});

test('of messages that came together each is judged for itself, and by each engine', {
  timeout,
}, async () => {
  await using author = await startEngine();
  await using middle = await startEngine({ verdict: ({ text }) => text !== 'no' });
  await using far = await startEngine();
  const shop = author.load('shop');
  const topics = [{ topic: 'board', verdict: 'moderator' }];
  const moderated = middle.load('shop', { topics, modules: ['api', 'moderator'] });
  const hearing = far.load('shop');
  await Promise.all([shop.subscribe(), moderated.subscribe(), hearing.subscribe()]);
  await meshed(author.node, middle.node, far.node);
  await Promise.all(['yes', 'no', 'also'].map((text) => shop.publish(text)));
  await until(() => middle.heard.length === 2 && far.heard.length === 3);
  assert.deepEqual(middle.texts('shop'), ['yes', 'also']);
  assert.deepEqual(far.texts('shop'), ['yes', 'no', 'also'], 'no module is asked here');
  const { accepted, refused } = await middle.report();
  assert.deepEqual([accepted, refused], [2, { verdict: 1 }]);
  await Promise.all(['no', 'no'].map((text) => shop.publish(text)));
  await shop.publish('end');
  await until(() => far.heard.length === 4);
  assert.deepEqual(far.texts('shop').slice(3), ['end'], 'what nobody takes does not go on');
});

test('subscriptions are told to a node that has started anew', { timeout }, async () => {
  await using a = await startEngine();
  await using b = await startEngine();
  await connect(a.node, b.node);
  const [shop, far] = [a.load('shop'), b.load('shop')];
  await Promise.all([shop.subscribe(), far.subscribe()]);
  await met(a, b);
  await a.restart();
  await until(async () => (await b.report()).peers === 1);
  await far.publish('again');
  await until(() => a.heard.length === 1);
  assert.deepEqual((await a.report()).subscribers, ['shop']);
});

test('what nobody may publish is refused before it is sent', { timeout }, async () => {
  await using a = await startEngine({ limits: { messageBytes: 10 } });
  const shop = a.load('shop', { topics: ['board/*'] });
  await shop.publish('0123456789', 'board/a');
  await assert.rejects(shop.publish('0123456789.', 'board/a'), { payload: 'invalid-pubsub-message' });
  for (const topic of ['', 'board', 'votes', `board/${'a'.repeat(251)}`]) {
    await assert.rejects(shop.publish('1', topic), { payload: 'pubsub-publish-error' }, topic);
    await assert.rejects(shop.subscribe(topic), { payload: 'pubsub-subscribe-error' }, topic);
    assert.equal(shop.binding.validate(topic, new Uint8Array()), false, topic);
  }
  assert.equal(shop.unsubscribe('board/a'), false);
  assert.equal(shop.binding.validate('board/a', new Uint8Array(10)), true);
  assert.equal(shop.binding.validate('board/a', new Uint8Array(11)), false);
});

test('an engine listens to as many topics as others remember', { timeout }, async () => {
  await using a = await startEngine();
  const listen = (topic: string) => a.node.call('topics.listen', [topic, [{ app: 'shop', verdict: false }]]);
  for (let n = 0; n < 800; n++) await listen(`${n}`);
  await assert.rejects(listen('more'), { code: 'IPFS_TOPICS' });
  await listen('7');
  await a.node.call('topics.listen', ['7', []]);
  await listen('more');
});

test('a copy of a signed message is refused, whoever sends it', { timeout }, async () => {
  const key = newKey();
  await using a = await startEngine();
  await using thief = await startNode();
  const shop = a.load('shop');
  await shop.subscribe();
  thief.node.pubsub.subscribe('board');
  await meshed(a.node, thief);
  const time = Temporal.Now.instant().epochMilliseconds;
  const envelope = {
    app: 'shop',
    topic: 'board',
    sequence: 1,
    time,
    contentType: 'text/plain',
    payload: Buffer.from('1'),
  };
  for (let n = 0; n < 3; n++) await thief.node.pubsub.publish('board', sealEnvelope(envelope, key));
  await until(async () => (await a.report()).refused['replayed'] === 2 && a.heard.length > 0);
  assert.deepEqual(a.texts('shop'), ['1']);
  // Only a test reaches in there.
  const { score } = a.node.node.pubsub as unknown as Scored;
  score.scoreCache.clear();
  assert.equal(score.score(thief.peerId), 0, 'whoever sends it may be the author that was copied');
  // Nor after a restart.
  await a.restart();
  await until(() => thief.node.pubsub.getSubscribers('board').length === 1);
  await thief.node.pubsub.publish('board', sealEnvelope(envelope, key));
  await until(async () => (await a.report()).refused['replayed'] === 1);
  await thief.node.pubsub.publish('board', sealEnvelope({ ...envelope, sequence: 2 }, key));
  await until(() => a.heard.length === 2);
  assert.deepEqual(a.node.deny.list(), []);
});
