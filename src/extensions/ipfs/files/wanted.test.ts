import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import type { CID } from 'multiformats/cid';
import { type Hostile, startHostile } from '../fixtures/hostile.ts';
import { framed } from '../fixtures/kad-wire.ts';
import { connect, startNode, type TestNode, until } from '../fixtures/network.ts';
import { bitswapOf } from './bitswap.ts';
import { leaf } from './fixtures/dags.ts';
import { createFilesPart } from './node-part.ts';

const timeout = 60_000;
const parts = [createFilesPart()];
const PROTOCOL = '/ipfs/bitswap/1.2.0';

interface Said {
  readonly cid: CID;
  readonly cancel?: boolean;
}

/** A message that asks for these, or takes it back. */
function wantlist(all: readonly Said[]): Uint8Array {
  const entries = all.map(({ cid, cancel = false }) => {
    const entry = Buffer.concat([
      Uint8Array.of(0x0a, cid.bytes.length),
      cid.bytes,
      Uint8Array.of(0x18, Number(cancel)),
    ]);
    return framedField(entry);
  });
  return framed(framedField(Buffer.concat(entries)));
}

/** Field 1, as both a wantlist in a message and an entry in it. */
function framedField(bytes: Uint8Array): Uint8Array {
  return Buffer.concat([Uint8Array.of(0x0a), framed(bytes)]);
}

const nobodyHas = (many: number): readonly Said[] =>
  Array.from({ length: many }, () => ({ cid: leaf(randomBytes(32)).cid }));

async function send(hostile: Hostile, node: TestNode, message: Uint8Array): Promise<void> {
  try {
    const stream = await hostile.open(node, PROTOCOL);
    stream.send(message);
    await stream.close();
  } catch {
    // Refused: the test looks at the node for that.
  }
}

/** Lookups of blocks for others. */
function countLookups(node: TestNode): () => number {
  const lists = bitswapOf(node.node.helia)?.peerWantLists as unknown as {
    readonly blockstore: { has(...args: readonly unknown[]): unknown };
  };
  const { blockstore } = lists;
  const has = blockstore.has.bind(blockstore);
  let lookups = 0;
  blockstore.has = (...args) => {
    lookups++;
    return has(...args);
  };
  return () => lookups;
}

test('the library has what is relied on', async () => {
  await using node = await startNode();
  const bitswap = bitswapOf(node.node.helia);
  assert.ok(bitswap?.wantList instanceof EventTarget);
  for (const method of ['receiveMessage', 'receivedBlock', 'peerDisconnected'] as const)
    assert.equal(typeof bitswap.peerWantLists[method], 'function');
  assert.equal(typeof bitswap.peerWantLists.ledgerMap.get, 'function');
});

test('who wants without end is not looked at, and not spoken to any more', { timeout }, async () => {
  await using hostile = await startHostile();
  await using node = await startNode({ parts });
  const lookups = countLookups(node);
  await hostile.dial(node);
  const message = wantlist(nobodyHas(50_000));
  await until(async () => {
    await send(hostile, node, message);
    return node.deny.denies(hostile.peerId);
  });
  await until(() => node.node.libp2p.getConnections().length === 0);
  assert.equal(lookups(), 0);
  assert.equal(node.counted('wants_refused_total'), 17);
  assert.equal(node.counted('peers_denied_total{reason="wants"}'), 1);
  assert.equal(node.log.lines.filter(({ level }) => level === 'warn').length, 1);
});

for (const [kind, body] of Object.entries({
  'entries of nothing': Buffer.concat([Uint8Array.of(0x0a), framed(Buffer.alloc(400_000, '\n\0'))]),
  'empty blocks': Buffer.alloc(400_000, Uint8Array.of(0x1a, 0)),
  'word of blocks': Buffer.alloc(400_000, Uint8Array.of(0x22, 0)),
  'no fields at all': Buffer.alloc(400_000, Uint8Array.of(0x30)),
})) {
  test(`who sends ${kind} without end is not spoken to any more`, { timeout }, async () => {
    await using hostile = await startHostile();
    await using node = await startNode({ parts });
    await hostile.dial(node);
    await until(async () => {
      await send(hostile, node, framed(body));
      return node.deny.denies(hostile.peerId);
    });
    assert.equal(node.counted('peers_denied_total{reason="wants"}'), 1);
  });
}

test('wants for blocks that are not here are looked up once, and served when they come', {
  timeout,
}, async () => {
  await using peer = await startHostile();
  await using node = await startNode({ parts });
  const lookups = countLookups(node);
  await peer.dial(node);
  let heard = Buffer.alloc(0);
  await peer.libp2p.handle(PROTOCOL, (stream) => {
    stream.addEventListener('message', ({ data }) => {
      heard = Buffer.concat([heard, data.subarray()]);
    });
  });
  const kept = leaf('comes later');
  const second = leaf('comes, too');
  const taken = leaf('taken back');
  await send(peer, node, wantlist([...nobodyHas(500), kept, taken].map(({ cid }) => ({ cid }))));
  await until(() => lookups() === 502);
  for (let n = 0; n < 20; n++) {
    const { cid } = leaf(`${n}`);
    await send(peer, node, wantlist([{ cid: taken.cid, cancel: true }, { cid }]));
    await until(() => lookups() === 503 + n);
  }
  for (const { cid, bytes } of [taken, kept, second]) await node.node.helia.blockstore.put(cid, bytes);
  await until(() => heard.includes('comes later'));
  await send(peer, node, wantlist([{ cid: second.cid }]));
  await until(() => heard.includes('comes, too'));
  assert.ok(!heard.includes('taken back'));
  assert.equal(node.deny.denies(peer.peerId), false);
});

interface WantBlock {
  wantBlock(cid: CID, options: object): Promise<{ readonly block: Uint8Array }>;
}

test('an honest peer that wants thousands of blocks gets them', { timeout }, async () => {
  await using node = await startNode({ parts });
  await using honest = await startNode({ parts, address: '127.0.0.2' });
  const wanted = Array.from({ length: 4_000 }, (_, at) => leaf(`block ${at}`));
  for (const { cid, bytes } of wanted) await node.node.store.blockstore.put(cid, bytes);
  await connect(honest, node);
  const list = bitswapOf(honest.node.helia)?.wantList as unknown as WantBlock;
  const signal = AbortSignal.timeout(timeout);
  // The library, and kubo too, keep no more wants of a peer than this.
  for (let at = 0; at < wanted.length; at += 1_000) {
    const some = wanted.slice(at, at + 1_000);
    const got = await Promise.all(some.map(({ cid }) => list.wantBlock(cid, { signal })));
    assert.deepEqual(
      got.map(({ block }) => Buffer.from(block).toString()),
      some.map((_, n) => `block ${at + n}`),
    );
  }
  assert.equal(node.counted('wants_refused_total'), 0);
});

test('a list of thousands of wants at once is no reason to refuse a peer', { timeout }, async () => {
  await using peer = await startHostile();
  await using node = await startNode({ parts });
  const lookups = countLookups(node);
  await peer.dial(node);
  await send(peer, node, wantlist(nobodyHas(5_000)));
  // The library looks at as many as it keeps.
  await until(() => lookups() === 1_024);
  assert.equal(node.counted('wants_refused_total'), 0);
  assert.equal(node.node.libp2p.getConnections().length, 1);
});
