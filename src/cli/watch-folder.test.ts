import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isCoded } from '../lib/errors.ts';
import { isPassedOver, watchFolder } from './watch-folder.ts';

test('changes are told together, new folders too, and not while the last ones are worked on', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-watch-'));
  const told: string[][] = [];
  const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let inside = 0;
  await using _ = watchFolder(folder.path, {
    failed: (error) => assert.fail(String(error)),
    async change(changes) {
      assert.equal(++inside, 1);
      const round = told.push([...changes]) - 1;
      begun[round]?.resolve();
      await gates[round]?.promise;
      inside--;
    },
  });
  await writeFile(join(folder.path, 'a.txt'), '1');
  await begun[0]?.promise;
  await mkdir(join(folder.path, '.hermes'));
  await writeFile(join(folder.path, '.hermes/last.wasm'), '1');
  await mkdir(join(folder.path, 'www'));
  await writeFile(join(folder.path, 'b.txt'), '1');
  gates[0]?.resolve();
  await begun[1]?.promise;
  gates[1]?.resolve();
  assert.deepEqual(told[0], ['a.txt']);
  assert.ok(told.flat().every((path) => !isPassedOver(path)));
  assert.ok(told[1]?.some((path) => path === 'b.txt' || path === 'www'));
});

test('a folder that is not there cannot be watched', () => {
  assert.throws(
    () => watchFolder('/nowhere/at/all', { change: async () => {}, failed: () => {} }),
    (error) => isCoded(error) && error.code === 'WATCH_FAILED',
  );
});
