import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { test } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../test/count.ts';
import { createAppFiles } from './app-files.ts';
import { countFolders } from './disk-count.ts';
import { hostTree } from './fixtures/host.ts';
import { play, step } from './fixtures/play.ts';
import { createFolderVfs } from './folder.ts';
import { Store } from './store.ts';

const LIMITS = { bytes: 1e9, files: 1e6 };

test('random file operations do what a model of POSIX does, and the books are exact', async () => {
  await using home = await mkdtempDisposable(`${tmpdir()}/hermes-files-`);
  const mounts = await createAppFiles(home.path).mounts('shop', { limits: LIMITS, fresh: true });
  const { sync } = await createFolderVfs(mounts);
  assert.ok(sync);
  const recipe = mounts.flatMap((mount) => ('store' in mount && mount.store ? [mount.store] : []))[0];
  assert.ok(recipe);
  const store = new Store(recipe, () => assert.fail('everything has been counted'));
  let games = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const base = `/var/${games++}`;
      sync.makeDirectory(base);
      const before = store.usage();
      const model = play(sync, base, steps);
      const { bytes, files } = model.usage();
      assert.deepEqual(store.usage(), { bytes: before.bytes + bytes, files: before.files + files });
    }),
    { seed, numRuns: count(20_000) },
  );
  assert.deepEqual(store.usage(), countFolders(recipe.folders));
});

test('the model says what the operating system does', { skip: process.platform !== 'linux' }, async () => {
  await using home = await mkdtempDisposable(`${tmpdir()}/hermes-host-`);
  const tree = hostTree(home.path);
  let games = 0;
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const base = `/${games++}`;
      mkdirSync(home.path + base);
      play(tree, base, steps);
    }),
    { seed, numRuns: count(20_000) },
  );
});
