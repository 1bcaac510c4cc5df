import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CID } from 'multiformats/cid';
import { count, seed } from '../../../../test/count.ts';
import { type Block, COLLIDING, folder, leaf, shard } from './fixtures/dags.ts';
import { type Offline, openOffline } from './fixtures/offline.ts';
import { list } from './list.ts';
import { murmur } from './murmur.ts';
import { readPath } from './path.ts';
import { resolve } from './tree.ts';

const abc = leaf('abc');

/** The library that writes folders for others. Its types contradict each other, so it comes without. */
async function byTheLibrary({ store }: Offline, names: readonly string[]): Promise<CID> {
  const name: string = '@helia/unixfs';
  const { unixfs } = await import(name);
  const files = unixfs({ blockstore: store.blockstore });
  let root = folder([]).cid;
  await store.blockstore.put(root, folder([]).bytes);
  for (const each of names) root = await files.cp(abc.cid, root, each, { shardSplitThresholdBytes: 0 });
  return root;
}

test('the hash of a name is that of others', () => {
  const known = {
    '': 0x0n,
    hello: 0xcbd8a7b341bd9b02n,
    'hello, world': 0x342fac623a5ebc8en,
    'The quick brown fox jumps over the lazy dog.': 0xcd99481f9ee902c9n,
  };
  for (const [name, hash] of Object.entries(known)) assert.equal(murmur(name), hash, name);
});

test('a folder that others have spread over several blocks is read, name by name and as a whole', async () => {
  const name = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter((text) => !/^\.{1,2}$|[/\\\0]/.test(text) && text.isWellFormed());
  await fc.assert(
    fc.asyncProperty(fc.uniqueArray(name, { minLength: 1, maxLength: 60 }), name, async (names, other) => {
      using offline = openOffline();
      await offline.put(abc);
      const root = await byTheLibrary(offline, names);
      using work = offline.work();
      const listed = await list(work, readPath(`${root}`), 100);
      assert.deepEqual(listed.map((entry) => entry.name).toSorted(), names.toSorted());
      for (const each of names) {
        assert.equal((await resolve(work, { cid: root, names: [each] })).size, 3, each);
      }
      if (names.includes(other)) return;
      await assert.rejects(resolve(work, { cid: root, names: [other] }), { code: 'IPFS_NAME_UNKNOWN' });
    }),
    { numRuns: count(2_000), seed },
  );
});

test('a folder of many names is read', async () => {
  using offline = openOffline();
  await offline.put(abc);
  const names = Array.from({ length: 300 }, (_, at) => `name ${at}`);
  const root = await byTheLibrary(offline, names);
  using work = offline.work();
  assert.equal((await list(work, readPath(`${root}`), 1_000)).length, 300);
  for (const name of names) await resolve(work, readPath(`${root}/${name}`));
});

test('names that no hash tells apart end the look for one, not the node', async () => {
  using offline = openOffline();
  const [one, other] = COLLIDING;
  assert.equal(murmur(one), murmur(other));
  const root = shard(256, [
    [`00${one}`, abc.cid],
    [`00${other}`, abc.cid],
  ]);
  await offline.put(abc, root);
  using work = offline.work();
  await assert.rejects(resolve(work, readPath(`${root.cid}/nothing`)), { code: 'IPFS_NAME_UNKNOWN' });
  assert.deepEqual(
    (await list(work, readPath(`${root.cid}`), 10)).map(({ name }) => name),
    [...COLLIDING],
  );
});

/** Pieces above each other, each of which leads to the next by the place that a name has. */
async function chain(
  offline: Offline,
  fanout: number,
  { name = 'x', depth }: { name?: string; depth: number },
) {
  const bits = Math.log2(fanout);
  const width = (fanout - 1).toString(16).length;
  const places = Array.from({ length: depth }, (_, level) =>
    Number(BigInt.asUintN(bits, level < 64 / bits ? murmur(name) >> BigInt(64 - bits * (level + 1)) : 0n)),
  ).map((place) => place.toString(16).toUpperCase().padStart(width, '0'));
  let below: Block = shard(fanout, [[`${places.at(-1)}${name}`, abc.cid]]);
  await offline.put(abc, below);
  for (const place of places.slice(0, -1).reverse()) {
    below = shard(fanout, [[place, below.cid]]);
    await offline.put(below);
  }
  return below.cid;
}

test('a folder is as deep as a hash has bits, and no deeper', async () => {
  using offline = openOffline();
  for (const [fanout, deepest] of [
    [8, 21],
    [256, 8],
    [1024, 6],
  ] as const) {
    using work = offline.work();
    const good = await chain(offline, fanout, { depth: deepest });
    assert.equal((await resolve(work, readPath(`${good}/x`))).size, 3);
    assert.deepEqual(await list(work, readPath(`${good}`), 10), [{ name: 'x', kind: 'file' }]);
    for (const depth of [deepest + 1, 5_000]) {
      const cid = await chain(offline, fanout, { depth });
      await assert.rejects(resolve(work, readPath(`${cid}/x`)), { code: 'IPFS_CONTENT' }, `${depth}`);
      await assert.rejects(list(work, readPath(`${cid}`), 10), { code: 'IPFS_CONTENT' }, `${depth}`);
    }
  }
});

test('pieces that are no piece of their folder are refused', async () => {
  using offline = openOffline();
  const place = (murmur('x') >> 56n).toString(16).toUpperCase().padStart(2, '0');
  const full = Array.from({ length: 17 }, (_, at): readonly [string, CID] => [
    `0${String(at).padStart(2, '0')}`,
    abc.cid,
  ]);
  const wrong = [shard(16, [['0x', abc.cid]]), folder([['x', abc.cid]]), abc, shard(256, [['F', abc.cid]])];
  await offline.put(abc, ...wrong);
  for (const piece of wrong) {
    const root = shard(256, [[place, piece.cid]]);
    await offline.put(root);
    using work = offline.work();
    await assert.rejects(list(work, readPath(`${root.cid}`), 10), { code: 'IPFS_CONTENT' });
  }
  const crowded = shard(16, full);
  await offline.put(crowded);
  using work = offline.work();
  await assert.rejects(list(work, readPath(`${crowded.cid}`), 100), { code: 'IPFS_CONTENT' });
});
