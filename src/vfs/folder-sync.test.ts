import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { isCoded } from '../lib/errors.ts';
import { HOSTILE, makeHostileFolder } from './fixtures/hostile.ts';
import { createFolderVfs } from './folder.ts';
import { createMemoryVfs } from './memory.ts';
import type { Vfs, VfsSync } from './vfs.ts';

let base: string;
let vfs: Vfs;
let sync: VfsSync;

before(async () => {
  base = await makeHostileFolder();
  execFileSync('mkfifo', [join(base, 'www', 'pipe')]);
  vfs = await createFolderVfs([
    { path: '/www', folder: join(base, 'www') },
    { path: '/lib/api/config.json', bytes: new TextEncoder().encode('{}') },
  ]);
  assert.ok(vfs.sync);
  sync = vfs.sync;
});

after(() => rm(base, { recursive: true, force: true }));

function readAll(tree: VfsSync, path: string): string {
  using file = tree.open(path);
  return new TextDecoder().decode(file.read(0, file.stat().size));
}

/** What was answered, so that two answers can be compared. */
async function outcome(work: () => unknown): Promise<unknown> {
  try {
    return await work();
  } catch (error) {
    assert.ok(isCoded(error), String(error));
    return { code: error.code, detail: error.detail };
  }
}

test('folder tree answers at once what it answers later', async () => {
  const unit = fc.oneof(
    fc.constantFrom('www', 'sub', 'digits', 'lib', 'api', 'config.json', 'index.html', 'inside-file', 'pipe'),
    fc.constantFrom('inside-folder', ...HOSTILE.files, ...HOSTILE.folders, 'outside', 'secret.txt', 'etc'),
    fc.constantFrom('..', '.', '', '\\', '\0', 'WWW', '\ud800'),
  );
  const paths = fc.array(unit, { minLength: 1, maxLength: 5 }).map((units) => `/${units.join('/')}`);
  await fc.assert(
    fc.asyncProperty(paths, async (path) => {
      assert.deepEqual(await outcome(() => sync.stat(path)), await outcome(() => vfs.stat(path)));
      assert.deepEqual(await outcome(() => sync.list(path)), await outcome(() => vfs.list(path)));
      const whole = await outcome(async () => new TextDecoder().decode(await vfs.readFile(path)));
      assert.deepEqual(await outcome(() => readAll(sync, path)), whole);
    }),
    { seed: 1, numRuns: 400 },
  );
});

test('open file reads at any offset, and is closed once', () => {
  const file = sync.open('/www/sub/digits');
  assert.equal(new TextDecoder().decode(file.read(3, 4)), '3456');
  assert.equal(new TextDecoder().decode(file.read(8, 100)), '89');
  assert.equal(file.read(10, 5).length, 0);
  assert.equal(file.read(1_000_000, 5).length, 0);
  file[Symbol.dispose]();
  file[Symbol.dispose]();
  assert.throws(() => file.read(0, 1), { code: 'VFS_READ' });
});

test('open file stays the same file when another takes its path', async () => {
  await writeFile(join(base, 'www', 'saved'), 'before');
  using file = sync.open('/www/saved');
  await writeFile(join(base, 'www', 'next'), 'afterwards');
  await rename(join(base, 'www', 'next'), join(base, 'www', 'saved'));
  assert.equal(new TextDecoder().decode(file.read(0, 20)), 'before');
  assert.equal(file.stat().size, 6);
  assert.equal(readAll(sync, '/www/saved'), 'afterwards');
});

test('memory tree answers at once, too', () => {
  const { sync } = createMemoryVfs({ '/a/b': '0123456789' });
  assert.ok(sync);
  assert.equal(sync.stat('/a')?.kind, 'directory');
  assert.deepEqual(sync.list('/a'), [{ name: 'b', kind: 'file' }]);
  using file = sync.open('/a/b');
  assert.equal(file.stat().size, 10);
  const part = file.read(8, 5);
  assert.equal(new TextDecoder().decode(part), '89');
  part.fill(0);
  assert.equal(readAll(sync, '/a/b'), '0123456789');
  assert.throws(() => sync.open('/a'), { code: 'VFS_KIND' });
  assert.throws(() => sync.open('/none'), { code: 'VFS_NOT_FOUND' });
});
