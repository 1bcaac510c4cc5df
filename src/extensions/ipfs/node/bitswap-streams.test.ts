import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stream } from '@libp2p/interface';
import { leaf } from '../files/fixtures/dags.ts';
import { createFilesPart } from '../files/node-part.ts';
import { startHostile } from '../fixtures/hostile.ts';
import { framed } from '../fixtures/kad-wire.ts';
import { connect, startNode, type TestNode, until } from '../fixtures/network.ts';

const BITSWAP = '/ipfs/bitswap/1.2.0';

/** More than are taken of one peer. */
const OPENED = 60;

/** A message that asks for one block. */
function wants(cid: Uint8Array): Uint8Array {
  const entry = Buffer.concat([Buffer.of(0x0a, cid.length), cid]);
  const list = Buffer.concat([Buffer.of(0x0a, entry.length), entry]);
  return framed(Buffer.concat([Buffer.of(0x0a, list.length), list]));
}

function openAt(node: TestNode, peer: Parameters<TestNode['node']['libp2p']['getConnections']>[0]): number {
  return node.node.libp2p
    .getConnections(peer)
    .flatMap(({ streams }) => streams)
    .filter(({ protocol, direction }) => direction === 'inbound' && protocol === BITSWAP).length;
}

for (const [what, bytes] of [
  ['ask on them', wants(leaf('nobody has this').cid.bytes)],
  ['say nothing on them', undefined],
] as const) {
  test(`streams that a peer opens to ${what} and never closes are few, end, and hold up nobody`, {
    timeout: 60_000,
  }, async () => {
    const parts = [createFilesPart()];
    await using node = await startNode({ parts });
    await using honest = await startNode({ parts, address: '127.0.0.3' });
    await using hostile = await startHostile();
    await connect(honest, node);
    await hostile.dial(node);
    const peer = hostile.libp2p.peerId;
    const open = (): number => openAt(node, peer);
    let most = 0;
    const streams: Stream[] = [];
    for (let at = 0; at < OPENED; at++) {
      const stream = await hostile.open(node, BITSWAP).catch(() => undefined);
      if (bytes && stream?.status === 'open') stream.send(bytes);
      if (stream) streams.push(stream);
      most = Math.max(most, open());
    }
    assert.ok(most > 4 && most <= 17, `${most} were open at a time`);
    const { path } = (await node.call('files.add', [Buffer.from('for all')], { app: 'shop' })) as {
      path: string;
    };
    assert.equal(String(Buffer.from((await honest.call('files.get', [path])) as Uint8Array)), 'for all');
    assert.ok(open() > 0, 'the others were still open');
    // Those that were taken are ended as well, when nothing has come for a while.
    await until(() => open() === 0);
    await until(() => streams.every(({ status }) => status !== 'open'));
    assert.equal(node.node.libp2p.getConnections(peer).length, 1, 'a connection is no stream');
    const again = await hostile.open(node, BITSWAP);
    await until(() => open() === 1);
    again.abort(new Error('The test is over'));
  });
}
