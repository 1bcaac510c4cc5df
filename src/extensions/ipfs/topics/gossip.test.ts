import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, startNode, until } from '../fixtures/network.ts';
import { meshOf } from './fixtures/engine.ts';
import { guardGossip } from './gossip.ts';
import { gossipOptions } from './hooks.ts';
import { OUTBOUND } from './limits.ts';

const timeout = 60_000;

interface Missed {
  handleIWant(
    id: string,
    iwant: readonly { readonly messageIDs: readonly Uint8Array[] }[],
  ): readonly unknown[];
  readonly mcache: { readonly history: readonly (readonly { readonly msgId: Uint8Array }[])[] };
}

test('the guard stands before gossipsub until it is taken out', { timeout }, async () => {
  await using a = await startNode({ gossip: gossipOptions(() => 0) });
  await using b = await startNode({ gossip: gossipOptions(() => 0) });
  const asked: string[] = [];
  const gossip = guardGossip(a.node.pubsub, {
    admit: (sender, { topic, from, data }) => {
      const own = Buffer.compare(from ?? Buffer.alloc(0), sender.toMultihash().bytes) === 0;
      asked.push(`${topic} ${sender} ${own} ${Buffer.from(data ?? []).toString()}`);
      return false;
    },
  });
  const heard: string[] = [];
  a.node.pubsub.addEventListener('message', ({ detail }) => heard.push(Buffer.from(detail.data).toString()));
  for (const { node } of [a, b]) node.pubsub.subscribe('board');
  await connect(a, b);
  await until(() => meshOf(a) === 1 && meshOf(b) === 1);
  await b.node.pubsub.publish('board', Buffer.from('one'));
  await until(() => asked.length === 1);
  assert.deepEqual(asked, [`board ${b.peerId} true one`]);
  assert.equal(gossip.reaches(b.peerId), true);
  assert.deepEqual(gossip.behind(-1), [b.peerId]);
  assert.deepEqual(gossip.behind(OUTBOUND.slow), []);
  gossip[Symbol.dispose]();
  await b.node.pubsub.publish('board', Buffer.from('two'));
  await until(() => heard.length === 1);
  assert.deepEqual(heard, ['two']);
});

test('an answer to who asks for what it missed fits into a frame', { timeout }, async () => {
  await using a = await startNode({ gossip: gossipOptions(() => 0) });
  using _gossip = guardGossip(a.node.pubsub, { admit: () => true });
  for (let n = 0; n < 8; n++) await a.node.pubsub.publish('board', new Uint8Array(1_000_000).fill(n));
  // Only a test reaches in there.
  const inner = a.node.pubsub as unknown as Missed;
  const messageIDs = inner.mcache.history.flat().map(({ msgId }) => msgId);
  assert.equal(messageIDs.length, 8);
  assert.equal(inner.handleIWant('12D3KooWA', [{ messageIDs }]).length, 2);
});
