import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { PeerId } from '@libp2p/interface';
import { connect, startNode, type TestNode, until } from '../fixtures/network.ts';
import { type Envelope, sealEnvelope } from '../message/envelope.ts';
import { meshOf, startEngine, type TestEngine } from './fixtures/engine.ts';
import { gossipOptions } from './hooks.ts';

const timeout = 60_000;

/** A peer that speaks gossipsub, and says what it likes. */
interface Stranger {
  readonly node: TestNode;
  /** Envelopes of its own, as an engine would send them. */
  say(change?: Partial<Envelope>): Promise<void>;
  send(bytes: Uint8Array): Promise<void>;
  /** Claims to be somebody else in all that it sends from now on. */
  pretend(author: PeerId): void;
}

async function speaker(node: TestNode, to: TestNode): Promise<Stranger> {
  const { pubsub } = node.node;
  pubsub.subscribe('board');
  await connect(node, to);
  await until(() => pubsub.getSubscribers('board').length > 0 && meshOf(to) > 0);
  let sequence = 0;
  return {
    node,
    async send(bytes) {
      await pubsub.publish('board', bytes);
    },
    async say(change = {}) {
      const time = Temporal.Now.instant().epochMilliseconds;
      const payload = Buffer.from(`strange ${++sequence}`);
      const envelope = { app: 'shop', topic: 'board', sequence, time, contentType: 'text/plain', payload };
      await pubsub.publish('board', sealEnvelope({ ...envelope, ...change }));
    },
    pretend(author) {
      // What gossipsub signs with; only a test reaches in there.
      (pubsub as unknown as { publishConfig: { author: PeerId } }).publishConfig.author = author;
    },
  };
}

interface Scene extends AsyncDisposable {
  readonly a: TestEngine;
  readonly honest: TestEngine;
  readonly stranger: Stranger;
  /** As the honest engine. */
  speak(text: string): Promise<void>;
  /** Asserts that the honest engine is heard, now that all this has happened, and nobody else was. */
  stillHeard(): Promise<void>;
}

/** Engine A, an honest one and a stranger, each connected to A alone. */
async function scene(options: Parameters<typeof startEngine>[0] = {}): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const a = stack.use(await startEngine(options));
  const honest = stack.use(await startEngine());
  await a.load('shop').subscribe();
  const far = honest.load('shop');
  await far.subscribe();
  await connect(honest.node, a.node);
  await until(() => meshOf(a.node) === 1 && meshOf(honest.node) === 1);
  const stranger = stack.use(await startNode({ address: '127.0.0.2', gossip: gossipOptions(() => 0) }));
  // Else the two would find each other through the DHT, and what came through A could not be told from what did not.
  honest.node.deny.deny(stranger.peerId, 'not in this test');
  const speaks = await speaker(stranger, a.node);
  const running = stack.move();
  return {
    a,
    honest,
    stranger: speaks,
    speak: (text) => far.publish(text),
    async stillHeard() {
      await far.publish('honest');
      await until(() => a.texts('shop').includes('honest'));
      assert.deepEqual(
        a.texts('shop').filter((text) => text !== 'honest'),
        [],
      );
      // Nothing that A refused went on to others.
      assert.deepEqual(honest.heard, []);
      assert.deepEqual((await honest.report()).refused, {});
      assert.equal(a.node.deny.denies(honest.node.peerId), false);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

async function denied({ a, stranger }: Scene, reason: string): Promise<void> {
  await until(() => a.node.deny.denies(stranger.node.peerId));
  assert.deepEqual(
    a.node.deny.list().map((each) => each.reason),
    [`topics: ${reason}`],
  );
  const [line] = a.node.log.find('Peer denied: it kept sending messages that break the rules');
  assert.deepEqual([line?.fields['peer'], line?.fields['reason']], [stranger.node.peerId, reason]);
  await until(() => a.node.node.libp2p.getConnections(stranger.node.node.libp2p.peerId).length === 0);
  assert.equal(a.node.counted(`peers_denied_total{reason="${reason}"}`), 1);
}

/** Sends until the peer is not heard any more. */
async function keepOn({ a, stranger }: Scene, send: () => Promise<void>): Promise<void> {
  await until(async () => {
    if (!a.node.deny.denies(stranger.node.peerId)) await send();
    return a.node.deny.denies(stranger.node.peerId);
  });
}

test('a peer that signs in the name of another is denied, and the other is not', { timeout }, async () => {
  await using all = await scene();
  all.stranger.pretend(all.honest.node.node.libp2p.peerId);
  await keepOn(all, () => all.stranger.say());
  await denied(all, 'bad-signature');
  await all.stillHeard();
});

test('a peer whose COSE signatures do not hold is denied', { timeout }, async () => {
  const { signingKeyOfNode } = await import('../message/signing-key.ts');
  await using all = await scene();
  const key = signingKeyOfNode(all.honest.node.node.privateKey);
  await keepOn(all, async () => {
    const time = Temporal.Now.instant().epochMilliseconds;
    const envelope = {
      app: 'shop',
      topic: 'board',
      sequence: 1,
      time,
      contentType: 'a/b',
      payload: randomBytes(9),
    };
    const bytes = sealEnvelope(envelope, key);
    bytes[bytes.length - 1]! ^= 1;
    await all.stranger.send(bytes);
  });
  await denied(all, 'forged');
  await all.stillHeard();
});

test('a peer that sends garbage is denied', { timeout }, async () => {
  await using all = await scene();
  let length = 0;
  await keepOn(all, () => all.stranger.send(randomBytes(length++ % 200)));
  await denied(all, 'malformed');
  await all.stillHeard();
});

test('a peer that the operator allows again begins anew', { timeout }, async () => {
  await using all = await scene();
  await keepOn(all, () => all.stranger.send(randomBytes(20)));
  await denied(all, 'malformed');
  const { a, stranger } = all;
  a.node.deny.allow(stranger.node.peerId);
  let beats = 0;
  a.node.node.pubsub.addEventListener('gossipsub:heartbeat', () => void beats++);
  await until(() => beats >= 2);
  assert.deepEqual(a.node.deny.list(), []);
  await connect(stranger.node, a.node);
  await until(async () => {
    await stranger.say({ payload: Buffer.from('again') });
    return a.texts('shop').includes('again');
  });
  assert.deepEqual(a.node.deny.list(), []);
});

test('a peer that sends messages of one topic on another is denied', { timeout }, async () => {
  await using all = await scene();
  await keepOn(all, () => all.stranger.say({ topic: 'votes' }));
  await denied(all, 'wrong-topic');
  await all.stillHeard();
});

test('a peer that sends more than anybody may in one message is denied', { timeout }, async () => {
  await using all = await scene();
  await keepOn(all, () => all.stranger.say({ payload: new Uint8Array(1_060_000) }));
  await denied(all, 'oversized');
  await all.stillHeard();
});

test('a flood ends on the deny list, and an honest author is heard through it', { timeout }, async () => {
  await using all = await scene({ limits: { messagesPerSecond: 50 } });
  await keepOn(all, async () => {
    await Promise.all(Array.from({ length: 50 }, () => all.stranger.say()));
  });
  await denied(all, 'flooding');
  await all.speak('honest');
  await until(() => all.a.texts('shop').includes('honest'));
  const { accepted, refused } = await all.a.report();
  // What still waited when it was denied is dropped with it.
  assert.ok(accepted > 0, `accepted ${accepted}`);
  assert.ok((refused['flooding'] ?? 0) >= 50, `refused ${JSON.stringify(refused)}`);
  assert.equal(all.a.node.deny.denies(all.honest.node.peerId), false);
});

test('messages out of their time are dropped, and their author may have a wrong clock', {
  timeout,
}, async () => {
  await using all = await scene();
  const now = Temporal.Now.instant().epochMilliseconds;
  for (const time of [0, now - 200_000, now + 100_000, now + 10 ** 9]) await all.stranger.say({ time });
  await until(async () => (await all.a.report()).refused['stale'] === 4);
  assert.deepEqual(all.a.node.deny.list(), []);
  await all.stillHeard();
});

test('what nobody listens to is not even looked at', { timeout }, async () => {
  await using all = await scene();
  const { pubsub } = all.stranger.node.node;
  all.stranger.pretend(all.honest.node.node.libp2p.peerId);
  // As if A had said that it listens.
  const topics = (pubsub as unknown as { topics: Map<string, Set<string>> }).topics;
  topics.set('other', new Set([all.a.node.peerId]));
  for (let n = 0; n < 50; n++) await pubsub.publish('other', randomBytes(10));
  await all.stillHeard();
  assert.deepEqual(all.a.node.deny.list(), []);
});
