import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import * as dagCbor from '@ipld/dag-cbor';
import fc from 'fast-check';
import { CID } from 'multiformats/cid';
import { create } from 'multiformats/hashes/digest';
import { count, seed } from '../../../../test/count.ts';
import { isCoded } from '../../../lib/errors.ts';
import { untilAborted } from '../../../lib/until-aborted.ts';
import { startNode } from '../fixtures/network.ts';
import { readAll } from './content.ts';
import { type Block, block, file, folder, leaf } from './fixtures/dags.ts';
import { openOffline } from './fixtures/offline.ts';
import { list } from './list.ts';
import { createMemory, type Memory } from './memory.ts';
import { createFilesPart } from './node-part.ts';
import { readPath } from './path.ts';
import { resolve } from './tree.ts';
import { walk } from './walk.ts';

const MIB = 1_048_576;

/** Remembers how much was taken at most. */
function watched(bytes: number): Memory & { readonly most: number } {
  const memory = createMemory(bytes);
  let most = 0;
  return {
    get held() {
      return memory.held;
    },
    get most() {
      return most;
    },
    share(refuse) {
      const share = memory.share(refuse);
      return {
        ...share,
        take(more) {
          try {
            share.take(more);
          } finally {
            most = Math.max(most, memory.held);
          }
        },
        [Symbol.dispose]: share[Symbol.dispose],
      };
    },
  };
}

/** Names of blocks that nobody has. */
function missing(amount: number): readonly CID[] {
  return Array.from({ length: amount }, () => CID.createV1(0x55, create(0x12, randomBytes(32))));
}

/** A file of pieces that nobody has. */
function wide(pieces: number): Block {
  return file(missing(pieces).map((cid) => [cid, 1] as const));
}

/** What a stranger may make up: roots, each with the blocks of it that there are. */
function hostile(): readonly (readonly [Block, ...Block[]])[] {
  const cbor = block(dagCbor.code, dagCbor.encode(missing(9_000)));
  let top = folder([['end', missing(1)[0] as CID]]);
  const chain = [top];
  for (let depth = 0; depth < 1_000; depth++) {
    top = folder([['a', top.cid]]);
    chain.push(top);
  }
  const large = Array.from({ length: 2 }, () => leaf(randomBytes(2 * MIB)));
  const over = folder([...large, ...missing(1).map((cid) => ({ cid }))].map(({ cid }, n) => [`${n}`, cid]));
  return [[wide(9_000)], [cbor], [top, ...chain], [over, ...large]];
}

test('many pins of what strangers made up hold no more together than they may', {
  timeout: 60_000,
}, async () => {
  const memory = watched(2 * MIB);
  // What is not here never comes.
  const fetch = (_: CID, signal: AbortSignal): Promise<void> =>
    untilAborted(new Promise<void>(() => {}), signal);
  using offline = openOffline(undefined, { memory, fetch });
  const stop = new AbortController();
  const ends: Promise<unknown>[] = [];
  const pin = async (root: CID): Promise<unknown> => {
    using work = offline.work({ signal: stop.signal });
    try {
      return await walk(work, root);
    } catch (error) {
      work.abandon();
      return isCoded(error) ? error.code : String(error);
    }
  };
  for (let round = 0; round < 3; round++) {
    for (const blocks of hostile()) {
      await offline.put(...blocks);
      ends.push(pin(blocks[0].cid));
    }
  }
  // Small ones go on, however full it is.
  const small = folder([['a', leaf('a').cid]]);
  await offline.put(small, leaf('a'));
  for (let n = 0; n < 100; n++) {
    assert.equal(await pin(small.cid), small.bytes.byteLength + 1);
    await turn();
  }
  assert.ok(memory.most <= 2 * MIB, `${memory.most} bytes were held`);
  assert.ok(memory.most > MIB, 'it was used');
  stop.abort('the call is over');
  const answers = await Promise.all(ends);
  const counts = Map.groupBy(answers, (answer) => answer);
  assert.deepEqual([...counts.keys()].toSorted(), ['IPFS_CROWDED', 'the call is over']);
  assert.ok((counts.get('IPFS_CROWDED')?.length ?? 0) >= 3, 'the largest were refused');
  assert.equal(memory.held, 0);
});

test('files and folders that are wide at every level are read within the memory', async () => {
  const memory = watched(8 * MIB);
  using offline = openOffline(undefined, { memory });
  const one = leaf('a');
  const tiny = CID.parse('bafkqaalb');
  // Sixteen of them would take 80 MB if they were decoded ahead of their turn.
  const pieces = Array.from({ length: 16 }, (_, n) =>
    file([[one.cid, 1], ...Array.from({ length: 8_000 + n }, () => [tiny, 0] as const)]),
  );
  const root = file(pieces.map(({ cid }) => [cid, 1]));
  const folders = folder(pieces.map(({ cid }, n) => [`${n}`, cid]));
  await offline.put(one, root, folders, ...pieces);
  {
    using work = offline.work();
    const node = await resolve(work, readPath(`${root.cid}`));
    assert.ok(node.kind === 'file');
    assert.equal(String(Buffer.from(await readAll(work, node, { maxBytes: 100 }))), 'a'.repeat(16));
    assert.equal((await list(work, readPath(`${folders.cid}`), 100)).length, 16);
  }
  assert.ok(memory.most > 4 * MIB && memory.most <= 8 * MIB, `${memory.most} bytes were held`);
  assert.equal(memory.held, 0);
  // Where there is too little for one of them, it is refused before it is decoded.
  const scarce = createMemory(3 * MIB);
  using other = openOffline(undefined, { memory: scarce });
  await other.put(one, root, ...pieces);
  using work = other.work();
  const node = await resolve(work, readPath(`${root.cid}`));
  assert.ok(node.kind === 'file');
  await assert.rejects(readAll(work, node, { maxBytes: 100 }), { code: 'IPFS_CROWDED' });
});

test('what a failed operation looked at is forgotten at once, that of others with the collection', async () => {
  const memory = createMemory(MIB);
  using offline = openOffline(undefined, { memory });
  const one = leaf('a');
  await offline.put(one);
  using collection = offline.barrier.collect();
  for (const failed of [true, false]) {
    using work = offline.work();
    await work.size(one.cid);
    assert.ok(memory.held > 0);
    if (failed) work.abandon();
    work[Symbol.dispose]();
    assert.equal(memory.held > 0, !failed);
    const before = memory.held;
    if (failed) work.take(10);
    assert.equal(memory.held, before, 'what comes late counts nowhere');
    // It is over: there is nothing left to refuse.
    using asker = memory.share(() => {});
    assert.throws(() => asker.take(2 * MIB), { code: 'IPFS_CROWDED' });
    assert.equal(memory.held > 0, !failed);
  }
  collection[Symbol.dispose]();
  assert.equal(memory.held, 0);
});

test('no order of taking and giving goes beyond the bound or loses a byte', () => {
  const step = fc.record({
    who: fc.nat(4),
    what: fc.constantFrom('take', 'give', 'over'),
    bytes: fc.nat(60),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const memory = createMemory(100);
      const held = new Map<number, number>();
      const begin = (who: number) => memory.share(() => void held.delete(who));
      const shares = Array.from({ length: 5 }, (_, who) => begin(who));
      for (const { who, what, bytes } of steps) {
        const share = shares[who] as ReturnType<typeof begin>;
        if (what === 'take') {
          held.set(who, (held.get(who) ?? 0) + bytes);
          try {
            share.take(bytes);
          } catch {
            held.delete(who);
          }
        } else if (what === 'give') {
          const less = Math.min(bytes, held.get(who) ?? 0);
          share.give(less);
          if (less > 0) held.set(who, (held.get(who) ?? 0) - less);
        } else {
          share[Symbol.dispose]();
          held.delete(who);
          shares[who] = begin(who);
        }
        assert.equal(
          memory.held,
          [...held.values()].reduce((all, one) => all + one, 0),
        );
        assert.ok(memory.held <= 100);
      }
    }),
    { numRuns: count(50_000), seed },
  );
});

test('a node refuses the largest pins, and has its memory again when they are over', {
  timeout: 60_000,
}, async () => {
  await using node = await startNode({ parts: [createFilesPart({ workBytes: 1.5 * MIB })] });
  const stop = new AbortController();
  const app = { app: 'shop', signal: stop.signal };
  const pins: Promise<unknown>[] = [];
  const codes: unknown[] = [];
  for (let n = 0; n < 8; n++) {
    const { cid, bytes } = wide(6_000);
    await node.node.store.blockstore.put(cid, bytes);
    const refused = (error: unknown): void => void codes.push(isCoded(error) ? error.code : error);
    pins.push(node.call('files.pin', [`${cid}`], app).catch(refused));
  }
  const { path } = (await node.call('files.add', [Buffer.from('small')], { app: 'shop' })) as {
    path: string;
  };
  assert.equal(
    String(Buffer.from((await node.call('files.get', [path], { app: 'bank' })) as Uint8Array)),
    'small',
  );
  stop.abort('over');
  await Promise.all(pins);
  assert.ok(codes.includes('IPFS_CROWDED'), String(codes));
  assert.ok(codes.includes('over'), String(codes));
  assert.equal(((await node.call('files.pins')) as unknown[]).length, 1);
  const all = Array.from({ length: 6_000 }, (_, n) => leaf(`${n}`));
  const root = file(all.map(({ cid, bytes }) => [cid, bytes.byteLength]));
  for (const { cid, bytes } of [root, ...all]) await node.node.store.blockstore.put(cid, bytes);
  assert.equal(await node.call('files.pin', [`${root.cid}`], { app: 'shop' }), true);
});
