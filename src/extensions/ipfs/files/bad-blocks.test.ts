import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClock } from '../../../lib/clock.ts';
import { connect, startNode, type TestNode, until } from '../fixtures/network.ts';
import { leaf } from './fixtures/dags.ts';
import { createFilesPart } from './node-part.ts';

const parts = [createFilesPart()];

/** A clock by which the node has run for an hour: nothing that comes was asked for before it started. */
function late(): ReturnType<typeof createClock> {
  const clock = createClock();
  let calls = 0;
  return { ...clock, monotonic: () => clock.monotonic() + (calls++ > 0 ? 3_600_000_000_000n : 0n) };
}

async function spoil(node: TestNode, cid: ReturnType<typeof leaf>['cid']): Promise<void> {
  await node.node.store.blockstore.put(cid, Buffer.from(`changed ${cid}`));
}

test('changed blocks are never stored, and who sends them is not spoken to any more', {
  timeout: 60_000,
}, async () => {
  await using liar = await startNode({ parts, address: '127.0.0.2' });
  await using honest = await startNode({ parts, address: '127.0.0.3' });
  await using node = await startNode({ parts, clock: late() });
  await connect(node, liar);
  const wanted = Array.from({ length: 12 }, (_, at) => leaf(`block ${at}`));
  for (const { cid } of wanted) await spoil(liar, cid);
  const stop = new AbortController();
  const gets = wanted.map(({ cid }) =>
    node.call('files.get', [`/ipfs/${cid}`], { app: 'shop', signal: stop.signal }),
  );
  await until(() => node.deny.denies(liar.peerId));
  await until(() => node.node.libp2p.getConnections().length === 0);
  assert.equal(node.node.store.blockstore.hashes().length, 0);
  assert.ok(node.counted('unasked_blocks_total') > 8);
  assert.equal(node.counted('peers_denied_total{reason="blocks"}'), 1);
  // Who has the true ones is heard all the same, by those that still wait.
  for (const { cid, bytes } of wanted) await honest.node.store.blockstore.put(cid, bytes);
  await connect(node, honest);
  for (const [at, get] of gets.entries())
    assert.equal(String(Buffer.from((await get) as Uint8Array)), `block ${at}`);
  assert.equal(node.deny.denies(honest.peerId), false);
  assert.equal(node.log.lines.filter(({ level }) => level === 'warn').length, 1);
});

test('a node that was just started bears with blocks that it asked for before', {
  timeout: 60_000,
}, async () => {
  await using liar = await startNode({ parts, address: '127.0.0.2' });
  await using node = await startNode({ parts });
  await connect(node, liar);
  const wanted = Array.from({ length: 12 }, (_, at) => leaf(`block ${at}`));
  for (const { cid } of wanted) await spoil(liar, cid);
  const stop = new AbortController();
  const gets = wanted.map(({ cid }) =>
    node.call('files.get', [`/ipfs/${cid}`], { app: 'shop', signal: stop.signal }),
  );
  await until(() => node.counted('unasked_blocks_total') >= 9);
  stop.abort(new Error('enough'));
  for (const get of gets) await assert.rejects(get, { message: 'enough' });
  assert.equal(node.deny.denies(liar.peerId), false);
});

test('many who ask for one block share a want, and one that gives up takes it from nobody', {
  timeout: 60_000,
}, async () => {
  await using node = await startNode({ parts });
  await using other = await startNode({ parts });
  await connect(node, other);
  const { cid, bytes } = leaf('awaited');
  const stops = Array.from({ length: 5 }, () => new AbortController());
  const gets = stops.map(({ signal }, at) =>
    node.call('files.get', [`${cid}`], { app: `app-${at}`, signal }),
  );
  const over = Promise.allSettled(gets.slice(0, 4));
  for (const stop of stops.slice(0, 4)) {
    stop.abort(new Error('gives up'));
    await Promise.resolve();
  }
  for (const { status } of await over) assert.equal(status, 'rejected');
  const late = node.call('files.get', [`${cid}`], { app: 'late' });
  await other.node.helia.blockstore.put(cid, bytes);
  for (const get of [gets[4], late]) assert.equal(String(Buffer.from((await get) as Uint8Array)), 'awaited');
});

test('half-open streams of a peer are few, and hold up nobody', { timeout: 60_000 }, async () => {
  await using hostile = await startNode({ parts, address: '127.0.0.2' });
  await using honest = await startNode({ parts, address: '127.0.0.3' });
  await using node = await startNode({ parts });
  await connect(hostile, node);
  await connect(honest, node);
  const id = node.node.libp2p.peerId;
  const open = (): number =>
    node.node.libp2p
      .getConnections(hostile.node.libp2p.peerId)
      .flatMap(({ streams }) => streams)
      .filter(({ protocol, direction }) => direction === 'inbound' && protocol.includes('bitswap')).length;
  let most = 0;
  let refused = 0;
  for (let at = 0; at < 60; at++) {
    try {
      const stream = await hostile.node.libp2p.dialProtocol(id, '/ipfs/bitswap/1.2.0');
      // The length of a message of 4 MiB, and nothing of it.
      stream.send(Uint8Array.of(0x80, 0x80, 0x80, 0x02));
      stream.addEventListener('close', () => {
        refused++;
      });
    } catch {
      refused++;
    }
    most = Math.max(most, open());
  }
  await until(() => refused >= 44);
  assert.ok(most <= 17, `${most} were open at a time`);
  const { path } = (await node.call('files.add', [Buffer.from('for all')], { app: 'shop' })) as {
    path: string;
  };
  assert.equal(String(Buffer.from((await honest.call('files.get', [path])) as Uint8Array)), 'for all');
});
