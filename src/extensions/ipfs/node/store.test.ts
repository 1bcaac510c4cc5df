import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Key } from 'interface-datastore';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { sha256 } from 'multiformats/hashes/sha2';
import { count, seed } from '../../../../test/count.ts';
import { openStore } from './store.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

async function cidOf(bytes: Uint8Array, codec: number = raw.code): Promise<CID> {
  return CID.createV1(codec, await sha256.digest(bytes));
}

const joined = (parts: Iterable<Uint8Array>): string => Buffer.concat([...parts]).toString();

test('a block is known by its hash, whatever its CID says of its form', async () => {
  using store = openStore();
  const { blockstore } = store;
  const bytes = bytesOf('hello');
  const [asRaw, asCbor] = [await cidOf(bytes), await cidOf(bytes, 0x71)];
  await blockstore.put(asRaw, bytes);
  assert.equal(blockstore.has(asCbor), true);
  assert.equal(joined(blockstore.get(asCbor)), 'hello');
  await blockstore.put(asCbor, bytes);
  assert.equal(blockstore.hashes().length, 1);
  blockstore.delete(asCbor);
  assert.equal(blockstore.has(asRaw), false);
  assert.throws(() => joined(blockstore.get(asRaw)), { name: 'NotFoundError' });
  blockstore.delete(asRaw);
});

test('a block in pieces is one block', async () => {
  using store = openStore();
  const cid = await cidOf(bytesOf('hello'));
  async function* pieces(): AsyncGenerator<Uint8Array> {
    yield bytesOf('hel');
    yield bytesOf('lo');
  }
  await store.blockstore.put(cid, pieces());
  assert.equal(joined(store.blockstore.get(cid)), 'hello');
});

test('all blocks are listed, also while some are deleted', async () => {
  using store = openStore();
  const all = await Promise.all(['a', 'b', 'c'].map(async (text) => cidOf(bytesOf(text))));
  for (const [index, cid] of all.entries()) await store.blockstore.put(cid, bytesOf('abc'[index] ?? ''));
  const seen: string[] = [];
  for (const { cid, bytes } of store.blockstore.getAll()) {
    seen.push(joined(bytes as Iterable<Uint8Array>));
    for (const other of all)
      if (!other.multihash.bytes.every((byte, at) => byte === cid.multihash.bytes[at]))
        store.blockstore.delete(other);
  }
  assert.equal(seen.length, 1);
});

test('what is not there has the name that libp2p looks for', () => {
  using store = openStore();
  assert.throws(() => store.datastore.get(new Key('/a')), { name: 'NotFoundError' });
  assert.equal(store.datastore.has(new Key('/a')), false);
  store.datastore.delete(new Key('/a'));
});

test('a batch happens as a whole or not at all', async () => {
  using store = openStore();
  const { datastore } = store;
  datastore.put(new Key('/kept'), bytesOf('before'));
  const batch = datastore.batch();
  batch.put(new Key('/a'), bytesOf('1'));
  batch.delete(new Key('/kept'));
  assert.equal(datastore.has(new Key('/a')), false, 'not before it is committed');
  await batch.commit();
  assert.deepEqual([datastore.has(new Key('/a')), datastore.has(new Key('/kept'))], [true, false]);
  const broken = datastore.batch();
  broken.put(new Key('/b'), bytesOf('2'));
  broken.put(new Key('/c'), 'no bytes' as never);
  await assert.rejects(async () => broken.commit());
  assert.equal(datastore.has(new Key('/b')), false);
  datastore.put(new Key('/d'), bytesOf('3'));
});

test('more entries than are read at once are all found, also while they are removed', async () => {
  using store = openStore();
  for (let n = 0; n < 1_000; n++) store.datastore.put(new Key(`/a/${n}`), bytesOf(`${n}`));
  store.datastore.put(new Key('/b'), bytesOf('b'));
  const found = new Set<string>();
  for await (const { key } of store.datastore.query({ prefix: '/a' })) {
    found.add(key.toString());
    store.datastore.delete(key);
  }
  assert.equal(found.size, 1_000);
  assert.equal(store.datastore.has(new Key('/b')), true);
});

test('a store does what a map does, over every series of writes', async () => {
  const key = fc.stringMatching(/^(\/[a-c]{1,2}){1,3}$/).map((text) => new Key(text));
  const steps = fc.array(fc.tuple(fc.constantFrom('put', 'delete'), key, fc.uint8Array({ maxLength: 4 })));
  const prefix = fc.constantFrom('/', '/a', '/a/b', '/c');
  await fc.assert(
    fc.asyncProperty(steps, prefix, async (series, below) => {
      using store = openStore();
      const model = new Map<string, Uint8Array>();
      for (const [step, at, value] of series) {
        if (step === 'put') {
          store.datastore.put(at, value);
          model.set(at.toString(), value);
        } else {
          store.datastore.delete(at);
          model.delete(at.toString());
        }
      }
      const found: [string, number[]][] = [];
      for await (const { key: at, value } of store.datastore.query({ prefix: below }))
        found.push([at.toString(), [...value]]);
      const wanted = [...model]
        .filter(([at]) => at.startsWith(below))
        .map(([at, value]): [string, number[]] => [at, [...value]]);
      assert.deepEqual(found.toSorted(), wanted.toSorted());
      const keys: string[] = [];
      for await (const at of store.datastore.queryKeys({ prefix: below })) keys.push(at.toString());
      assert.deepEqual(keys.toSorted(), wanted.map(([at]) => at).toSorted());
    }),
    { numRuns: count(10_000), seed },
  );
});

test('what was written is there when the folder is opened again', async () => {
  await using folder = await mkdtempDisposable(`${tmpdir()}/hermes-ipfs-`);
  const cid = await cidOf(bytesOf('hello'));
  {
    using store = openStore(folder.path);
    store.datastore.put(new Key('/a'), bytesOf('1'));
    await store.blockstore.put(cid, bytesOf('hello'));
  }
  using again = openStore(folder.path);
  assert.deepEqual(Buffer.from(again.datastore.get(new Key('/a'))).toString(), '1');
  assert.equal(joined(again.blockstore.get(cid)), 'hello');
});
