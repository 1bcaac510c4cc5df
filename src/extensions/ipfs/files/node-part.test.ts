import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import * as dagPb from '@ipld/dag-pb';
import { CID } from 'multiformats/cid';
import { create } from 'multiformats/hashes/digest';
import { connect, startNode, type TestNode, until } from '../fixtures/network.ts';
import type { FileLimits } from './limits.ts';
import { createFilesPart } from './node-part.ts';

interface Added {
  readonly cid: Uint8Array;
  readonly path: string;
}

const app = { app: 'shop' };
const start = (limits: Partial<FileLimits> = {}, options: Parameters<typeof startNode>[0] = {}) =>
  startNode({ ...options, parts: [createFilesPart(limits)] });
const add = async (node: TestNode, bytes: Uint8Array, by = app) =>
  (await node.call('files.add', [bytes], by)) as Added;
const get = async (node: TestNode, path: string, signal?: AbortSignal) =>
  Buffer.from((await node.call('files.get', [path], { ...app, ...(signal && { signal }) })) as Uint8Array);

const MIB = 1_048_576;

test('a file of 10 MB goes each way, by both spellings of its path', { timeout: 60_000 }, async () => {
  await using a = await start();
  await using b = await start({}, { address: '127.0.0.2' });
  await connect(a, b);
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    const bytes = randomBytes(10 * MIB);
    const { path, cid } = await add(from, bytes);
    assert.equal(path, `/ipfs/${CID.decode(cid)}`);
    assert.ok((await get(to, path)).equals(bytes));
    assert.ok((await get(to, path.slice('/ipfs/'.length))).equals(bytes));
    assert.deepEqual(
      await to.call('files.read', [path, 300_000, 300_010]),
      new Uint8Array(bytes.subarray(300_000, 300_010)),
    );
    assert.deepEqual(await to.call('files.stat', [path]), {
      kind: 'file',
      size: bytes.byteLength,
      cid: String(CID.decode(cid)),
    });
  }
});

const put = async (node: TestNode, codec: number, bytes: Uint8Array): Promise<CID> => {
  const cid = CID.createV1(codec, create(0x12, createHash('sha256').update(bytes).digest()));
  await node.node.store.blockstore.put(cid, bytes);
  return cid;
};
const folder = (node: TestNode, entries: Readonly<Record<string, CID>>): Promise<CID> => {
  const Links = Object.entries(entries)
    .sort()
    .map(([Name, Hash]) => ({ Name, Hash, Tsize: 1 }));
  return put(node, dagPb.code, dagPb.encode({ Data: Uint8Array.of(8, 1), Links }));
};

test('paths lead through folders, and every fault has its code', { timeout: 60_000 }, async () => {
  await using node = await start({ fileBytes: MIB });
  const readme = await put(node, 0x55, Buffer.from('read me'));
  const cbor = await put(node, 0x51, Buffer.from('not CBOR at all'));
  const inner = await folder(node, { readme, cbor });
  const root = await folder(node, { 'a b': inner, readme });
  assert.equal(String(await get(node, `/ipfs/${root}/a b/readme`)), 'read me');
  assert.equal(String(await get(node, `${root}/a b/cbor`)), 'not CBOR at all');
  assert.deepEqual(await node.call('files.list', [`/ipfs/${root}/`]), [
    { name: 'a b', kind: 'directory' },
    { name: 'readme', kind: 'file' },
  ]);
  assert.deepEqual(await node.call('files.stat', [`/ipfs/${root}`]), {
    kind: 'directory',
    size: 0,
    cid: `${root}`,
  });
  const refused = (method: string, path: string, code: string) =>
    assert.rejects(node.call(`files.${method}`, [path], app), { code }, `${method} ${path}`);
  await refused('get', `/ipfs/${root}/a b`, 'IPFS_KIND');
  await refused('list', `/ipfs/${root}/readme`, 'IPFS_KIND');
  await refused('get', `/ipfs/${root}/readme/more`, 'IPFS_KIND');
  await refused('get', `/ipfs/${root}/nothing`, 'IPFS_NAME_UNKNOWN');
  await refused('get', `/ipfs/${root}//readme`, 'IPFS_PATH_INVALID');
  await refused('get', `/ipfs/${root}/../readme`, 'IPFS_PATH_INVALID');
  await refused('get', '/ipfs/', 'IPFS_PATH_INVALID');
  await refused('get', '', 'IPFS_PATH_INVALID');
  await refused('pin', '/ipns/example.org', 'IPFS_PATH_INVALID');
  await refused('unpin', '/ipfs/bafkkkk', 'IPFS_CID_INVALID');
  await refused(
    'get',
    'bafkrgqhhyivzstcz3hhswshfjgy6ertgmnqeleynhwt4dlfsthi4hn7zgh4uvlsb5xncykzapi3ocd4lzogukir6ksdy6wzrnz6ohnv4aglcs',
    'IPFS_CID_INVALID',
  );
  await assert.rejects(add(node, randomBytes(MIB + 1)), { code: 'IPFS_TOO_LARGE' });
  await assert.rejects(node.call('files.add', [new Uint8Array()]), { code: 'IPFS_NO_APP' });
});

test('what nobody has ends with the signal, and leaves nothing behind', { timeout: 60_000 }, async () => {
  await using a = await start();
  await using b = await start();
  await connect(a, b);
  const reason = new Error('The event is over');
  const missing = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy';
  for (const method of ['get', 'pin', 'stat', 'list', 'read']) {
    const stop = new AbortController();
    const call = a.call(`files.${method}`, [missing, 0, 1], { ...app, signal: stop.signal });
    setImmediate(() => stop.abort(reason));
    await assert.rejects(call, reason, method);
  }
  assert.deepEqual(await a.call('files.pins'), []);
});

test('pins are kept by application, and the quota holds', { timeout: 60_000 }, async () => {
  await using node = await start({ pinnedBytes: 100_000 });
  const first = await add(node, randomBytes(60_000));
  await assert.rejects(add(node, randomBytes(60_000)), { code: 'IPFS_QUOTA' });
  const second = await add(node, randomBytes(60_000), { app: 'bank' });
  assert.equal(await node.call('files.pin', [first.path], app), true);
  await assert.rejects(node.call('files.pin', [second.path], app), { code: 'IPFS_QUOTA' });
  assert.equal(await node.call('files.unpin', [first.path], { app: 'bank' }), false);
  assert.deepEqual(await node.call('files.collect'), { blocks: 0, bytes: 0 });
  assert.equal(await node.call('files.unpin', [first.path], app), true);
  assert.equal(await node.call('files.unpin', [first.path], app), false);
  const { blocks, bytes } = (await node.call('files.collect')) as { blocks: number; bytes: number };
  assert.deepEqual([blocks, bytes], [1, 60_000]);
  assert.deepEqual(
    ((await node.call('files.pins')) as { app: string; cid: string }[]).map(({ app, cid }) => [app, cid]),
    [['bank', second.path.slice('/ipfs/'.length)]],
  );
});

test('an application whose pins all wait for blocks that nobody has can be freed of others', {
  timeout: 60_000,
}, async () => {
  await using node = await start({ atOnce: 1 });
  const { path } = await add(node, Buffer.from('kept'));
  const stop = new AbortController();
  const missing = 'bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy';
  const waiting = node.call('files.pin', [missing], { ...app, signal: stop.signal });
  assert.equal(await node.call('files.unpin', [path], app), true);
  stop.abort(new Error('enough'));
  await assert.rejects(waiting, { message: 'enough' });
});

test('a full store collects what nobody needs, then refuses', { timeout: 60_000 }, async () => {
  await using node = await start({ storeBytes: 6 * MIB });
  const first = await add(node, randomBytes(2 * MIB));
  await add(node, randomBytes(2 * MIB));
  await assert.rejects(add(node, randomBytes(2 * MIB)), { code: 'IPFS_STORE_FULL' });
  await node.call('files.unpin', [first.path], app);
  await add(node, randomBytes(2 * MIB));
  assert.ok(node.counted('collected_blocks_total') >= 8);
});

test('a node tells others what it keeps, also when it was alone at first', { timeout: 60_000 }, async () => {
  await using a = await start();
  const { cid } = await add(a, Buffer.from('told later'));
  await using b = await start();
  await connect(a, b);
  const told = () => a.node.store.database.prepare('SELECT count(*) AS told FROM told_roots').get()?.['told'];
  await until(() => told() === 1);
  const providers: string[] = [];
  for await (const event of b.node.dht.findProviders(CID.decode(cid))) {
    if (event.name === 'PROVIDER') providers.push(...event.providers.map(({ id }) => id.toString()));
  }
  assert.deepEqual([...new Set(providers)], [a.peerId]);
});

test('a fetch goes on when its source comes back, and pins outlive a restart', {
  timeout: 90_000,
}, async () => {
  await using dir = await mkdtempDisposable(`${tmpdir()}/hermes-`);
  const home = `${dir.path}/a`;
  const bytes = randomBytes(10 * MIB);
  let path = '';
  let peerId = '';
  {
    await using a = await start({}, { home });
    ({ path } = await add(a, bytes));
    peerId = a.peerId;
  }
  await using b = await start();
  const pinned = b.call('files.pin', [path], app);
  {
    await using a = await start({}, { home });
    assert.equal(a.peerId, peerId);
    await connect(b, a);
    const half = b.node.store.database.prepare('SELECT count(*) AS blocks FROM blocks');
    await until(() => Number(half.get()?.['blocks']) > 4);
  }
  await using a = await start({}, { home });
  await connect(b, a);
  assert.equal(await pinned, true);
  assert.equal(((await a.call('files.pins')) as unknown[]).length, 1);
  await a[Symbol.asyncDispose]();
  assert.ok((await get(b, path)).equals(bytes));
});
