import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as dagCbor from '@ipld/dag-cbor';
import fc from 'fast-check';
import { CID } from 'multiformats/cid';
import { count, seed } from '../../../../test/count.ts';
import { content, readAll } from './content.ts';
import { block, file, folder, leaf, shard } from './fixtures/dags.ts';
import { openOffline } from './fixtures/offline.ts';
import { links } from './links.ts';
import { list } from './list.ts';
import { readPath } from './path.ts';
import { openNode, resolve } from './tree.ts';
import { walk } from './walk.ts';

const abc = leaf('abc');

async function read(
  offline: ReturnType<typeof openOffline>,
  cid: ReturnType<typeof leaf>['cid'],
  maxBlocks = 10_000,
) {
  using work = offline.work({ maxBlocks });
  const node = await resolve(work, { cid, names: [] });
  assert.ok(node.kind === 'file');
  return Buffer.from(await readAll(work, node, { maxBytes: 1_000_000 })).toString();
}

test('a file that says untrue sizes ends in an error, before or after its true bytes', async () => {
  using offline = openOffline();
  const honest = file([
    [abc.cid, 3],
    [abc.cid, 3],
  ]);
  const liars = [
    file([[abc.cid, 4]]),
    file([
      [abc.cid, 2],
      [abc.cid, 4],
    ]),
    file([[abc.cid, Number.MAX_SAFE_INTEGER]]),
    file([[honest.cid, 7]]),
    file([[honest.cid, 5]]),
  ];
  await offline.put(abc, honest, ...liars);
  assert.equal(await read(offline, honest.cid), 'abcabc');
  for (const { cid } of liars) {
    await assert.rejects(read(offline, cid), (error: { code?: string }) =>
      ['IPFS_CONTENT', 'IPFS_TOO_LARGE'].includes(error.code ?? ''),
    );
  }
});

test('a file of endless blocks costs no more than its bounds', async () => {
  using offline = openOffline();
  // Doubles itself at each level: 2^20 empty pieces, or pieces of one byte.
  for (const size of [0, 1]) {
    const start = leaf(Buffer.alloc(size, 'x'));
    await offline.put(start);
    let below = start;
    for (let level = 0; level < 20; level++) {
      const each = size * 2 ** level;
      below = file([
        [below.cid, each],
        [below.cid, each],
      ]);
      await offline.put(below);
    }
    if (size === 0) assert.equal(await read(offline, below.cid), '');
    else await assert.rejects(read(offline, below.cid, 1_000), { code: 'IPFS_TOO_LARGE' });
  }
});

test('a file deeper than any is refused', async () => {
  using offline = openOffline();
  let below = abc;
  await offline.put(abc);
  for (let level = 0; level < 100; level++) {
    below = file([[below.cid, 3]]);
    await offline.put(below);
  }
  await assert.rejects(read(offline, below.cid), { code: 'IPFS_CONTENT' });
});

test('blocks that are not what their CID says are refused', async () => {
  using offline = openOffline();
  const large = leaf(Buffer.alloc(2 * 1_048_576 + 1));
  const wrong = [
    block(0x70, Buffer.from('no protobuf')),
    block(0x70, new Uint8Array()),
    block(0x70, Uint8Array.of(0x0a, 2, 8, 99)),
    large,
  ];
  await offline.put(...wrong);
  for (const { cid } of wrong) {
    using work = offline.work();
    await assert.rejects(openNode(work, cid), { code: 'IPFS_CONTENT' }, String(cid));
  }
  const link = block(0x70, Uint8Array.of(0x0a, 5, 8, 4, 0x12, 1, 47));
  await offline.put(link);
  using work = offline.work();
  await assert.rejects(openNode(work, link.cid), { code: 'IPFS_KIND' });
});

test('folders over several blocks are read, those with impossible numbers refused', async () => {
  using offline = openOffline();
  const good = shard(256, [
    ['00a', abc.cid],
    ['F3long name', abc.cid],
  ]);
  await offline.put(abc, good);
  using work = offline.work();
  assert.deepEqual(await list(work, readPath(`${good.cid}`), 10), [
    { name: 'a', kind: 'file' },
    { name: 'long name', kind: 'file' },
  ]);
  assert.equal((await resolve(work, readPath(`${good.cid}/long name`))).size, 3);
  await assert.rejects(resolve(work, readPath(`${good.cid}/b`)), { code: 'IPFS_NAME_UNKNOWN' });
  for (const fanout of [0, 1, 3, 2_048, 2 ** 40]) {
    const bad = shard(fanout, [
      ['0a', abc.cid],
      ['0b', abc.cid],
    ]);
    await offline.put(bad);
    await assert.rejects(resolve(work, readPath(`${bad.cid}/b`)), { code: 'IPFS_CONTENT' }, `${fanout}`);
  }
});

test('names that are no names are left out of a folder', async () => {
  using offline = openOffline();
  const odd = folder([
    ['ok', abc.cid],
    ['..', abc.cid],
    ['a/b', abc.cid],
    ['', abc.cid],
    ['n\0', abc.cid],
  ]);
  await offline.put(abc, odd);
  using work = offline.work();
  assert.deepEqual(await list(work, readPath(`${odd.cid}`), 10), [{ name: 'ok', kind: 'file' }]);
  await assert.rejects(list(work, readPath(`${odd.cid}`), 0), { code: 'IPFS_TOO_LARGE' });
});

test('a pin counts each block once, and is bounded by blocks and bytes', async () => {
  using offline = openOffline();
  const wide = folder(Array.from({ length: 5_000 }, (_, at) => [`${at}`, abc.cid] as const));
  await offline.put(abc, wide);
  {
    using work = offline.work({ maxBlocks: 2 });
    assert.equal(await walk(work, wide.cid), wide.bytes.byteLength + 3);
  }
  const pair = folder([
    ['a', abc.cid],
    ['b', leaf('other').cid],
  ]);
  await offline.put(pair, leaf('other'));
  {
    using work = offline.work({ maxBlocks: 2 });
    await assert.rejects(walk(work, pair.cid), { code: 'IPFS_TOO_LARGE' });
  }
  using work = offline.work({ maxBytes: 10 });
  await assert.rejects(walk(work, pair.cid), { code: 'IPFS_TOO_LARGE' });
});

test('a reader that stops early leaves nothing behind', async () => {
  using offline = openOffline();
  const pieces = Array.from({ length: 40 }, (_, at) => leaf(`piece ${at}`));
  const root = file(pieces.map(({ cid, bytes }) => [cid, bytes.byteLength] as const));
  // The tail is not there: what is read ahead fails, and nobody hears of it.
  await offline.put(root, ...pieces.slice(0, 3));
  using work = offline.work();
  const node = await openNode(work, root.cid);
  assert.ok(node.kind === 'file');
  for await (const part of content(work, node)) {
    assert.equal(String(Buffer.from(part)), 'piece 0');
    break;
  }
});

test('a block that names more than may be pinned ends the walk before they are fetched', async () => {
  using offline = openOffline();
  const names = Array.from({ length: 1_000 }, (_, n) => leaf(`${n}`));
  const wide = file(names.map(({ cid, bytes }) => [cid, bytes.byteLength]));
  // None of those that it names is here, and asking for one fails otherwise.
  await offline.put(wide);
  using work = offline.work({ maxBlocks: 1_000 });
  await assert.rejects(walk(work, wide.cid), { code: 'IPFS_TOO_LARGE' });
});

test('a list of very many members is read', async () => {
  const bytes = dagCbor.encode([...new Array<number>(300_000).fill(1), abc.cid]);
  const cid = CID.createV1(dagCbor.code, abc.cid.multihash);
  assert.deepEqual([...links(cid, bytes)].map(String), [String(abc.cid)]);
});

/** Lists or maps in one another, a link in the innermost. */
function nested(kind: 'list' | 'map', depth: number): Uint8Array {
  const one = kind === 'list' ? [0x81] : [0xa1, 0x60];
  const link = Buffer.from(dagCbor.encode(abc.cid));
  return Buffer.concat([Buffer.alloc(depth * one.length, Uint8Array.from(one)), link]);
}

test('CBOR that lies deep in itself is refused, without a stack that grows', async () => {
  using offline = openOffline();
  await offline.put(abc);
  for (const kind of ['list', 'map'] as const) {
    const good = block(dagCbor.code, nested(kind, 1_000));
    await offline.put(good);
    {
      using work = offline.work();
      assert.equal(await walk(work, good.cid), good.bytes.byteLength + 3);
    }
    for (const depth of [1_024, 5_000, 900_000]) {
      const deep = block(dagCbor.code, nested(kind, depth));
      await offline.put(deep);
      using work = offline.work();
      await assert.rejects(walk(work, deep.cid), (error: Error & { code?: string }) => {
        assert.equal(error.code, 'IPFS_CONTENT');
        assert.ok(!(error.cause instanceof RangeError), 'the stack was not what ended it');
        return true;
      });
    }
  }
});

test('bytes that are no dag-cbor are refused', async () => {
  using offline = openOffline();
  const wrong = [
    '',
    '81',
    '8200',
    '0000',
    '9f01ff',
    'd82a45000155',
    'd82a43015500',
    'c100',
    'd82b45000155000000',
    'bbffffffffffffffff',
  ];
  for (const hex of wrong) {
    const bad = block(dagCbor.code, Buffer.from(hex, 'hex'));
    await offline.put(bad);
    using work = offline.work();
    await assert.rejects(walk(work, bad.cid), { code: 'IPFS_CONTENT' }, hex);
  }
});

test('the links of dag-cbor are those that the library finds', () => {
  const value = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.integer(),
      fc.string(),
      fc.uint8Array({ maxLength: 8 }),
      fc.nat(9).map((n) => leaf(`${n}`).cid),
      fc.array(tie('value')),
      fc.dictionary(fc.string(), tie('value')),
    ),
  })).value;
  fc.assert(
    fc.property(value, (value) => {
      const { cid, bytes } = block(dagCbor.code, dagCbor.encode(value));
      const found: string[] = [];
      const look = (part: unknown): void => {
        if (typeof part !== 'object' || part === null || part instanceof Uint8Array) return;
        const link = CID.asCID(part);
        if (link) found.push(`${link}`);
        else for (const member of Object.values(part)) look(member);
      };
      look(dagCbor.decode(bytes));
      assert.deepEqual([...links(cid, bytes)].map(String).toSorted(), found.toSorted());
    }),
    { numRuns: count(20_000), seed },
  );
});

test('a block that names more than hashes leave room for is refused before it is decoded', async () => {
  using offline = openOffline();
  const tiny = CID.parse('bafkqaaa');
  const wide = file(Array.from({ length: 70_000 }, () => [tiny, 0] as const));
  const around = folder([['wide', wide.cid]]);
  await offline.put(wide, around);
  using work = offline.work();
  await assert.rejects(walk(work, wide.cid), { code: 'IPFS_CONTENT' });
  await assert.rejects(openNode(work, wide.cid), { code: 'IPFS_CONTENT' });
  // It is no reason not to see the others.
  assert.deepEqual(await list(work, readPath(`${around.cid}`), 10), []);
});
