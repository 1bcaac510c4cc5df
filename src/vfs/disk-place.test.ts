import assert from 'node:assert/strict';
import fs, { type BigIntStats } from 'node:fs';
import { mkdir, mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { mock, test } from 'node:test';
import { createDiskTree } from './disk-tree.ts';
import { createStoreMemory } from './store.ts';

/** Lets this process find names in other spellings, as disks do that fold case: there is none to be had everywhere. */
function foldCase(): Disposable {
  const real = fs.lstatSync;
  const folded = (path: string, options: object): BigIntStats | undefined => {
    const found = real(path, { ...options, bigint: true, throwIfNoEntry: false });
    if (found !== undefined) return found;
    const folder = dirname(path);
    const name = fs.readdirSync(folder).find((each) => each.toLowerCase() === basename(path).toLowerCase());
    return name === undefined ? undefined : real(join(folder, name), { bigint: true });
  };
  const replaced = mock.method(fs, 'lstatSync', folded as typeof fs.lstatSync);
  syncBuiltinESMExports();
  return {
    [Symbol.dispose]() {
      replaced.mock.restore();
      syncBuiltinESMExports();
    },
  };
}

test('a disk that folds case shows a name in its own spelling only, and takes no second one', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-fold-'));
  await mkdir(join(folder.path, 'Notes'));
  await writeFile(join(folder.path, 'Notes', 'One'), 'one');
  await writeFile(join(folder.path, 'README'), 'read me');
  const limits = { bytes: 1000, files: 10 };
  const recipe = { memory: createStoreMemory(), limits, folders: [folder.path] };
  const tree = createDiskTree([{ at: ['var'], folder: folder.path, loose: true }], recipe);
  const { writes } = tree;
  assert.ok(writes);
  using _ = foldCase();
  assert.equal(tree.statSync(['var', 'README'])?.size, 7);
  assert.equal(tree.statSync(['var', 'Notes', 'One'])?.size, 3);
  for (const names of [['readme'], ['notes'], ['notes', 'One'], ['Notes', 'one']]) {
    const path = ['var', ...names];
    assert.equal(tree.statSync(path), undefined, names.join('/'));
    assert.throws(() => tree.openSync(path), { code: 'VFS_NOT_FOUND' });
    assert.throws(() => writes.unlink(path), { code: 'VFS_NOT_FOUND' });
  }
  const create = { create: true, write: true };
  assert.throws(() => tree.openSync(['var', 'readme'], create), { code: 'VFS_EXISTS' });
  assert.throws(() => tree.openSync(['var', 'notes', 'new'], create), { code: 'VFS_NOT_FOUND' });
  assert.throws(() => writes.makeDirectory(['var', 'NOTES']), { code: 'VFS_EXISTS' });
  assert.throws(() => writes.rename(['var', 'README'], ['var', 'readme']), { code: 'VFS_EXISTS' });
  assert.deepEqual((await readdir(folder.path)).sort(), ['Notes', 'README']);
});

test('folders that are looked into while links take their place give nothing of others', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-swap-'));
  const [root, inside, outside] = ['root', 'root/dir', 'outside'].map((name) => join(folder.path, name));
  assert.ok(root && inside && outside);
  await mkdir(inside, { recursive: true });
  await mkdir(outside);
  await writeFile(join(inside, 'file'), 'inside');
  await writeFile(join(outside, 'file'), 'secret');
  const recipe = { memory: createStoreMemory(), limits: { bytes: 1e6, files: 10 }, folders: [root] };
  const tree = createDiskTree([{ at: ['var'], folder: root, loose: false }], recipe);
  // Whenever something is opened, its directory has just become a link to the other one, and is itself again after.
  const { openSync } = fs;
  const swapped = mock.method(fs, 'openSync', ((path: string, ...rest: [number]) => {
    fs.renameSync(inside, `${inside}.away`);
    fs.symlinkSync(outside, inside);
    try {
      return openSync(path, ...rest);
    } finally {
      fs.unlinkSync(inside);
      fs.renameSync(`${inside}.away`, inside);
    }
  }) as typeof fs.openSync);
  syncBuiltinESMExports();
  try {
    assert.throws(() => tree.openSync(['var', 'dir', 'file']), { code: 'VFS_NOT_FOUND' });
    assert.throws(() => tree.openSync(['var', 'dir', 'file'], { truncate: true }), { code: 'VFS_NOT_FOUND' });
    const create = { create: true, write: true };
    assert.throws(() => tree.openSync(['var', 'dir', 'new'], create), { code: 'VFS_NOT_FOUND' });
  } finally {
    swapped.mock.restore();
    syncBuiltinESMExports();
  }
  assert.equal(fs.readFileSync(join(outside, 'file'), 'utf8'), 'secret');
  assert.equal(fs.statSync(join(outside, 'new')).size, 0);
  using file = tree.openSync(['var', 'dir', 'file']);
  assert.equal(new TextDecoder().decode(file.read(0, 10)), 'inside');
});
