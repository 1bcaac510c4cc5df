import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Stream } from '@libp2p/interface';
import fc from 'fast-check';
import { count, seed } from '../../../../test/count.ts';
import { leaf } from '../files/fixtures/dags.ts';
import { createFilesPart } from '../files/node-part.ts';
import { startHostile } from '../fixtures/hostile.ts';
import { framed } from '../fixtures/kad-wire.ts';
import { connect, startNode, type TestNode, until } from '../fixtures/network.ts';
import { keepBitswapStreams, partialFrame } from './bitswap-streams.ts';

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

test('a peer has no more streams over several connections than over one', { timeout: 60_000 }, async () => {
  await using node = await startNode();
  await using hostile = await startHostile();
  await hostile.dial(node);
  const peer = hostile.libp2p.peerId;
  const connections = () => node.node.libp2p.getConnections(peer);
  for (let at = 1; at < 4; at++) await hostile.libp2p.dial([...node.addresses], { force: true });
  await until(() => connections().length === 4);
  let most = 0;
  for (const connection of hostile.libp2p.getConnections(node.node.libp2p.peerId)) {
    for (let at = 0; at < 20; at++) {
      const options = { maxOutboundStreams: 10_000 };
      await connection.newStream(BITSWAP, options).catch(() => undefined);
      most = Math.max(most, openAt(node, peer));
    }
  }
  assert.ok(most > 4 && most <= 17, `${most} were open at a time`);
  await connections()[0]?.close();
  await until(() => openAt(node, peer) === 0);
  const again = await hostile.open(node, BITSWAP);
  await until(() => openAt(node, peer) === 1);
  again.abort(new Error('The test is over'));
});

test('messages that never come as a whole take so much memory and no more, over all peers', {
  timeout: 60_000,
}, async () => {
  const parts = [createFilesPart()];
  await using node = await startNode({ parts });
  await using honest = await startNode({ parts, address: '127.0.0.3' });
  await using one = await startHostile({ address: '127.0.0.66' });
  await using other = await startHostile({ address: '127.0.0.67' });
  await keepBitswapStreams(node.node.libp2p, { partialBytes: 1_000_000 });
  await connect(honest, node);
  const streams: Stream[] = [];
  for (const hostile of [one, other]) {
    await hostile.dial(node);
    for (let at = 0; at < 4; at++) {
      const stream = await hostile.open(node, BITSWAP);
      // The length of a message of 4 MiB, that of the bytes which are all of it, and some of them.
      const begin = Buffer.of(0x80, 0x80, 0x80, 0x02, 0x12, 0xfb, 0xff, 0xff, 0x01);
      stream.send(Buffer.concat([begin, Buffer.alloc(180_000 + 10_000 * at)]));
      streams.push(stream);
    }
  }
  const ended = (): number => streams.filter(({ status }) => status !== 'open').length;
  await until(() => ended() === 3);
  assert.deepEqual(
    streams.map(({ status }) => status === 'open'),
    streams.map((_, at) => at > 2),
    'those on which nothing has come for longest',
  );
  // Who goes on is not held up by those that stand still.
  const { path } = (await honest.call('files.add', [Buffer.alloc(700_000, 'b')], { app: 'shop' })) as {
    path: string;
  };
  const bytes = (await node.call('files.get', [path], { app: 'shop' })) as Uint8Array;
  assert.equal(bytes.byteLength, 700_000);
});

test('what is unfinished is counted the same however it is cut', () => {
  const frame = fc.uint8Array({ maxLength: 300 });
  fc.assert(
    fc.property(fc.array(frame), frame, fc.nat(299), fc.array(fc.nat(2_000)), (whole, last, kept, cuts) => {
      const head = framed(new Uint8Array(300)).subarray(0, 2);
      const part = last.subarray(0, kept);
      const all = Buffer.concat([...whole.map(framed), head, part]);
      const unfinished = partialFrame();
      let answer = 0;
      let at = 0;
      for (const cut of [
        ...cuts.map((each) => each % (all.length + 1)).toSorted((a, b) => a - b),
        all.length,
      ]) {
        answer = unfinished([all.subarray(at, cut)]);
        at = cut;
      }
      assert.equal(answer, part.length % 300);
    }),
    { numRuns: count(20_000), seed },
  );
});
