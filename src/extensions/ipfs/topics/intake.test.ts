import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Stream } from '@libp2p/interface';
import { long } from '../../../../test/count.ts';
import { type Flood, floods } from '../../../../test/ipfs/fixtures/gossip-floods.ts';
import { field, frame, repeated } from '../../../../test/ipfs/fixtures/protobuf.ts';
import { type Hostile, startHostile } from '../fixtures/hostile.ts';
import { connect, startNode, type TestNode, until } from '../fixtures/network.ts';
import { meshOf, startEngine, type TestEngine } from './fixtures/engine.ts';
import { watchIntake } from './intake.ts';
import { createOffences, type Offences } from './offences.ts';

const timeout = 60_000;
const PROTOCOL = '/meshsub/1.2.0';

/** What is no message, and what a peer is denied for that sends nothing else; in `npm test` some of them. */
const REASONS: Readonly<Partial<Record<Flood, string>>> = {
  crowded: 'flooding',
  empty: 'flooding',
  prune: 'flooding',
  ...(long && {
    subscriptions: 'flooding',
    ihave: 'flooding',
    iwant: 'flooding',
    idontwant: 'flooding',
    graft: 'flooding',
    unheard: 'flooding',
  }),
};

/** A stream to a node that has said who it is. */
async function speak({ libp2p }: Hostile, { addresses }: Pick<TestNode, 'addresses'>): Promise<Stream> {
  const { promise: greeted, resolve } = Promise.withResolvers<void>();
  await libp2p.handle(PROTOCOL, (stream) => {
    stream.addEventListener('message', () => resolve());
  });
  const connection = await libp2p.dial([...addresses]);
  await greeted;
  return connection.newStream(PROTOCOL);
}

/** Sends frames of a kind as a new peer until it is denied. Answers why. */
async function flood(
  kind: Flood,
  { node, deny, addresses }: TestEngine['node'],
): Promise<string | undefined> {
  await using hostile = await startHostile();
  const { libp2p, privateKey, peerId } = hostile;
  const stream = await speak(hostile, { addresses });
  const frames = await floods[kind]({ privateKey, topic: 'board', app: 'shop', messages: 1 });
  for (let n = 0; stream.status === 'open' && !deny.denies(peerId); n++) {
    if (stream.writeBufferLength < 1_048_576) stream.send(frames[n % frames.length] ?? new Uint8Array());
    await turn();
  }
  await until(() => deny.denies(peerId) && node.libp2p.getConnections(libp2p.peerId).length === 0);
  return deny.list().find(({ peer }) => peer === peerId)?.reason;
}

test('peers are denied for frames that no engine sends, and others are heard', { timeout }, async () => {
  await using a = await startEngine();
  await using honest = await startEngine();
  await a.load('shop').subscribe();
  const far = honest.load('shop');
  await far.subscribe();
  await connect(honest.node, a.node);
  await until(() => meshOf(a.node) === 1 && meshOf(honest.node) === 1);
  for (const [kind, reason] of Object.entries(REASONS)) {
    assert.equal(await flood(kind as Flood, a.node), `topics: ${reason}`, kind);
    await far.publish(kind);
    await until(() => a.texts('shop').includes(kind));
  }
  assert.equal(a.node.deny.denies(honest.node.peerId), false);
});

test('prunes of a mesh that a peer is not in are not written down', { timeout }, async () => {
  await using a = await startEngine();
  await a.load('shop').subscribe();
  await using honest = await startEngine();
  await honest.load('shop').subscribe();
  await connect(honest.node, a.node);
  await until(() => meshOf(a.node) === 1);
  const pruned: unknown[] = [];
  const { pubsub } = a.node.node;
  pubsub.addEventListener('gossipsub:prune', ({ detail }) => pruned.push(detail));
  // Only a test reaches in there.
  const inner = pubsub as unknown as {
    handlePrune(peer: string, prune: readonly { readonly topicID: string }[]): Promise<void>;
  };
  const prunes = Array.from({ length: 100 }, () => ({ topicID: 'board' }));
  await inner.handlePrune('12D3KooWA', prunes);
  assert.deepEqual(pruned, []);
  await inner.handlePrune(honest.node.peerId, prunes);
  assert.equal(pruned.length, 1);
  assert.equal(meshOf(a.node), 0);
});

/** What a node without topics takes of a peer, whose points do not fade. */
interface Scene extends AsyncDisposable {
  readonly offences: Offences;
  readonly peer: string;
  readonly stream: Stream;
  readonly missed: readonly string[];
  /** Whether the node has heard of this topic of the peer. */
  hears(topic: string): boolean;
}

async function scene(): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const offences = createOffences({ now: () => 0, flood: 5_000 });
  const missed: string[] = [];
  const node = stack.use(await startNode());
  const { pubsub } = node.node;
  const told = { over() {}, missed: (peer: string) => void missed.push(peer) };
  stack.use(watchIntake(pubsub, { monotonic: () => 0, offences, ...told }));
  // It tells a new peer its topics, when there are any.
  pubsub.subscribe('board');
  const hostile = stack.use(await startHostile());
  const { peerId: peer } = hostile;
  const stream = await speak(hostile, node);
  const running = stack.move();
  return {
    offences,
    peer,
    stream,
    missed,
    hears: (topic) => pubsub.getSubscribers(topic).some((each) => each.toString() === peer),
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** Of what an engine says when it begins and ends to listen, in the control of a frame. */
const GRAFT = 3;
const PRUNE = 4;

const subscription = (topic: string, subscribes = true): Uint8Array =>
  field(1, Buffer.concat([field(1, subscribes), field(2, topic)]));

test('too many names of messages take no subscriptions with them', { timeout }, async () => {
  await using all = await scene();
  const ihave = field(3, field(1, repeated(field(2, '12345678'), 4_999)));
  for (let n = 0; n < 30; n++) all.stream.send(frame(subscription(`t${n}`), ihave));
  await until(() => all.hears('t29'));
  for (let n = 0; n < 30; n++) assert.ok(all.hears(`t${n}`), `${n}`);
  assert.deepEqual([all.missed, all.offences.score(all.peer)], [[], -20]);
});

test('of a peer that says more of its topics than is read it is told, and names are read', {
  timeout,
}, async () => {
  await using all = await scene();
  const changes = (n: number) => Buffer.concat(Array.from({ length: 1_000 }, () => subscription(`t${n}`)));
  for (let n = 0; n < 9; n++) all.stream.send(frame(changes(n)));
  await until(() => all.missed.length > 0);
  assert.deepEqual([all.hears('t7'), all.hears('t8')], [true, false]);
  assert.deepEqual([all.missed, all.offences.score(all.peer)], [[all.peer], -16]);
});

test('an engine may begin and end all its topics twice within a second', { timeout }, async () => {
  await using all = await scene();
  const topics = Array.from({ length: 800 }, (_, n) => `t${n}`);
  const change = (kind: number, topic: string): Uint8Array => field(3, field(kind, field(1, topic)));
  for (let n = 0; n < 2; n++)
    for (const [subscribes, kind] of [
      [true, GRAFT],
      [false, PRUNE],
    ] as const) {
      for (const topic of topics) all.stream.send(frame(subscription(topic, subscribes)));
      for (const topic of topics) all.stream.send(frame(change(kind, topic)));
    }
  all.stream.send(frame(subscription('end')));
  await until(() => all.hears('end'));
  assert.deepEqual(
    topics.filter((topic) => all.hears(topic)),
    [],
  );
  assert.deepEqual([all.missed, all.offences.score(all.peer)], [[], 0]);
});

test('frames that cannot be read are garbage, those that hold too much are a flood', {
  timeout,
}, async () => {
  await using all = await scene();
  const names = field(3, field(5, repeated(field(1, '12345678'), 513)));
  for (let n = 0; n < 9; n++) all.stream.send(frame(names));
  all.stream.send(frame(subscription('read')));
  await until(() => all.hears('read'));
  assert.deepEqual([all.offences.verdict(all.peer), all.offences.score(all.peer)], [undefined, -20]);
  for (let n = 0; n < 8; n++) all.stream.send(frame(Buffer.of(255)));
  await until(() => all.offences.verdict(all.peer) === 'malformed');
});

test('more frames of nothing than any engine sends condemn at once', { timeout }, async () => {
  await using all = await scene();
  all.stream.send(repeated(frame(), 8_000));
  all.stream.send(frame(subscription('t')));
  await until(() => all.missed.length > 0);
  assert.equal(all.offences.verdict(all.peer), undefined);
  all.stream.send(repeated(frame(), 8));
  await until(() => all.offences.verdict(all.peer) === 'flooding');
});
