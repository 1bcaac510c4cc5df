import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import { Key } from 'interface-datastore';
import { startNode } from '../fixtures/network.ts';
import { forgetOldPeers } from './known-peers.ts';

test('peers that are long gone are forgotten, and no others', { timeout: 30_000 }, async () => {
  await using a = await startNode();
  const { libp2p, store } = a.node;
  const met = peerIdFromPrivateKey(await generateKeyPair('Ed25519'));
  await libp2p.peerStore.merge(met, { multiaddrs: [multiaddr('/ip4/127.0.0.1/tcp/1')] });
  const gone = peerIdFromPrivateKey(await generateKeyPair('Ed25519'));
  // As an entry reads whose time is over: nothing says when it was written.
  const at = new Key(`/peers/${gone.toCID()}`);
  store.datastore.put(at, new Uint8Array());
  assert.equal(await forgetOldPeers(a.node, a.surroundings.signal), 1);
  assert.deepEqual([store.datastore.has(at), await libp2p.peerStore.has(met)], [false, true]);
});
