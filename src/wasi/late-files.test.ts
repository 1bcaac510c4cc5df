import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Waiting } from '../engine/extension.ts';
import type { LateFile } from '../engine/late-files.ts';
import { type FakeCall, fakeCall } from '../testkit/index.ts';
import { createMemoryVfs } from '../vfs/memory.ts';
import type { Descriptor } from './filesystem.ts';
import { lateFilesystem } from './late-files.ts';

const files: Readonly<Record<string, LateFile | string>> = {
  '/ipfs/root': { kind: 'directory', identity: 'root', entries: [{ name: 'a', kind: 'file' }] },
  '/ipfs/root/a': { kind: 'file', identity: 'a', size: 5, bytes: Uint8Array.from(Buffer.from('hello')) },
  '/ipfs/root/a/b': 'not-directory',
  '/ipfs/root/large': 'file-too-large',
  '/ipfs/lost': 'io',
};

interface Tree extends Disposable {
  readonly call: FakeCall;
  /** What was asked for, in order. */
  readonly asked: readonly string[];
  readonly root: Descriptor;
  run(from: Descriptor, method: string, ...args: readonly unknown[]): Promise<unknown>;
}

/** As the linker calls: a method that waits is a value that says so. */
function tree(): Tree {
  const asked: string[] = [];
  const call = fakeCall({
    vfs: createMemoryVfs({ '/www/index.html': 'page' }),
    remote(method, path, want) {
      assert.equal(method, 'fileLook');
      asked.push(`${want} ${path}`);
      const found = files[path as string];
      if (typeof found !== 'object' || want === 'open') return found;
      const { bytes: _, entries: __, ...rest } = found as { bytes?: unknown; entries?: unknown };
      return rest;
    },
  });
  const imports = lateFilesystem({ name: 'ipfs', method: 'fileLook' });
  const { getDirectories } = imports['wasi:filesystem/preopens@0.2.0'] as unknown as {
    getDirectories(call: FakeCall): [[Descriptor, string]];
  };
  const [[root]] = getDirectories(call);
  return {
    call,
    asked,
    root,
    async run(from, method, ...args) {
      const found = (from as unknown as Record<string, unknown>)[method];
      const run = (found instanceof Waiting ? found.run : found) as (...args: unknown[]) => unknown;
      return Reflect.apply(run, from, [call, ...args]);
    },
    [Symbol.dispose]: () => call[Symbol.dispose](),
  };
}

const open = ({ run }: Tree, from: Descriptor, path: string, flags = {}, open = {}) =>
  run(from, 'openAt', {}, path, open, { read: true, ...flags }) as Promise<Descriptor>;

test('a file from elsewhere is fetched when it is opened, and read like any other', async () => {
  using t = tree();
  const file = await open(t, t.root, 'ipfs/root/a');
  assert.equal(file.getType(), 'regular-file');
  const [bytes, end] = file.read(t.call, 10n, 1n);
  assert.deepEqual([String(Buffer.from(bytes)), end], ['ello', true]);
  assert.equal(file.stat(t.call).size, 5n);
  const again = await open(t, t.root, 'ipfs/root/a');
  assert.equal(file.isSameObject(t.call, again), true);
  assert.deepEqual(t.asked, ['open /ipfs/root/a', 'open /ipfs/root/a']);
});

test('a look fetches no content, and asks once', async () => {
  using t = tree();
  for (let times = 0; times < 3; times++) {
    assert.equal(((await t.run(t.root, 'statAt', {}, 'ipfs/root/a')) as { size: bigint }).size, 5n);
  }
  await t.run(t.root, 'metadataHashAt', {}, 'ipfs/root/a');
  assert.deepEqual(t.asked, ['stat /ipfs/root/a']);
});

test('folders from elsewhere are listed, and paths start at them', async () => {
  using t = tree();
  const folder = await open(t, t.root, 'ipfs/root');
  const entries = folder.readDirectory(t.call);
  assert.deepEqual(entries.readDirectoryEntry(), { type: 'regular-file', name: 'a' });
  assert.equal(entries.readDirectoryEntry(), undefined);
  assert.equal((await open(t, folder, './x/../a').catch((error) => error)) as unknown, 'no-entry');
  assert.equal((await open(t, folder, 'a')).getType(), 'regular-file');
  const all = t.root.readDirectory(t.call);
  const names = [all.readDirectoryEntry()?.name, all.readDirectoryEntry()?.name];
  assert.deepEqual(names, ['ipfs', 'www']);
  assert.equal((await open(t, t.root, 'ipfs')).readDirectory(t.call).readDirectoryEntry(), undefined);
});

test('everything else is asked of nobody', async () => {
  using t = tree();
  const page = await open(t, t.root, 'www/index.html');
  assert.equal(page.stat(t.call).size, 4n);
  await assert.rejects(open(t, t.root, 'www/none'), (code) => code === 'no-entry');
  await assert.rejects(open(t, t.root, '../ipfs/root'), (code) => code === 'not-permitted');
  await assert.rejects(open(t, t.root, `ipfs/${'a/'.repeat(5_000)}`), (code) => code === 'name-too-long');
  assert.deepEqual(t.asked, []);
});

test('what is not there, cannot be had or would be changed has the code of POSIX', async () => {
  using t = tree();
  const refused = (run: Promise<unknown>, expected: string) =>
    assert.rejects(run, (code) => code === expected);
  await refused(open(t, t.root, 'ipfs/nothing'), 'no-entry');
  await refused(open(t, t.root, 'ipfs/lost'), 'io');
  await refused(open(t, t.root, 'ipfs/root/large'), 'file-too-large');
  await refused(open(t, t.root, 'ipfs/root/a/b'), 'not-directory');
  await refused(open(t, t.root, 'ipfs/root/a', { write: true }), 'read-only');
  await refused(open(t, t.root, 'ipfs/root/new', { write: true }, { create: true }), 'read-only');
  await refused(t.run(t.root, 'createDirectoryAt', 'ipfs/new'), 'read-only');
  await refused(t.run(t.root, 'unlinkFileAt', 'ipfs/root/a'), 'read-only');
  await refused(t.run(t.root, 'renameAt', 'www/index.html', t.root, 'ipfs/b'), 'read-only');
});
