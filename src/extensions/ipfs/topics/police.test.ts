import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, startNode, until } from '../fixtures/network.ts';
import { createOffences } from './offences.ts';
import { watchPeers } from './police.ts';

test('the connection of a peer that was not heard ends, but not before a flood would', async () => {
  await using a = await startNode();
  await using b = await startNode({ address: '127.0.0.2' });
  const { pubsub, libp2p } = a.node;
  const gossip = { invalid: () => new Map(), forgive() {}, reaches: () => true };
  const offences = createOffences({ now: () => 0, flood: 100 });
  await connect(a, b);
  await until(() => pubsub.getPeers().length === 1);
  const ends: string[] = [];
  const hangUp: typeof libp2p.hangUp = async (peer) => void ends.push(peer.toString());
  const node = { ...a.node, libp2p: Object.create(libp2p, { hangUp: { value: hangUp } }) };
  using police = watchPeers({ ...a.surroundings, node, gossip, offences });
  const beat = () => pubsub.dispatchEvent(new CustomEvent('gossipsub:heartbeat'));
  police.renew(b.peerId);
  for (let n = 0; n < 6; n++) {
    beat();
    police.renew(b.peerId);
  }
  assert.deepEqual(ends, []);
  beat();
  assert.deepEqual(ends, [b.peerId]);
  for (let n = 0; n < 10; n++) beat();
  assert.deepEqual(ends, [b.peerId], 'once');
  assert.deepEqual(a.deny.list(), []);
});
