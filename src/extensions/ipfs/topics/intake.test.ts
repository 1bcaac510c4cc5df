import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { long } from '../../../../test/count.ts';
import { type Flood, floods } from '../../../../test/ipfs/fixtures/gossip-floods.ts';
import { startHostile } from '../fixtures/hostile.ts';
import { connect, until } from '../fixtures/network.ts';
import { meshOf, startEngine, type TestEngine } from './fixtures/engine.ts';

const timeout = 60_000;
const PROTOCOL = '/meshsub/1.2.0';

/** What is no message, and what a peer is denied for that sends nothing else; in `npm test` some of them. */
const REASONS: Readonly<Partial<Record<Flood, string>>> = {
  crowded: 'malformed',
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

/** Sends frames of a kind as a new peer until it is denied. Answers why. */
async function flood(
  kind: Flood,
  { node, deny, addresses }: TestEngine['node'],
): Promise<string | undefined> {
  await using hostile = await startHostile();
  const { libp2p, privateKey, peerId } = hostile;
  const { promise: greeted, resolve } = Promise.withResolvers<void>();
  await libp2p.handle(PROTOCOL, (stream) => {
    stream.addEventListener('message', () => resolve());
  });
  const connection = await libp2p.dial([...addresses]);
  await greeted;
  const stream = await connection.newStream(PROTOCOL);
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
