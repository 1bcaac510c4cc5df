import assert from 'node:assert/strict';
import { mkdtempDisposable, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { openCache, toolsKey } from './cache.ts';

const made = { bytes: Uint8Array.of(1, 2, 3), inputs: ['a.ts'], warnings: ['careful'] };

async function cached() {
  const folder = await mkdtempDisposable(join(tmpdir(), 'hermes-cache-'));
  const file = (name: string) => join(folder.path, name);
  await writeFile(file('a.ts'), 'one');
  await (await openCache(folder.path, 'key')).write(made);
  const read = async (key = 'key') => (await openCache(folder.path, key)).read();
  return { file, read, [Symbol.asyncDispose]: () => folder.remove() };
}

describe('the cache of builds', () => {
  it('answers what was made of the same sources with the same tools', async () => {
    await using cache = await cached();
    assert.deepEqual(await cache.read(), { bytes: made.bytes, warnings: made.warnings });
    assert.equal(await cache.read('another key'), undefined);
  });

  const changes: readonly [what: string, change: (file: (name: string) => string) => Promise<void>][] = [
    ['a source', (file) => writeFile(file('a.ts'), 'two')],
    ['a source that is gone', (file) => rm(file('a.ts'))],
    ['the settings of TypeScript', (file) => writeFile(file('tsconfig.json'), '{}')],
    ['the result', (file) => writeFile(file('.hermes/module.wasm'), 'x')],
    ['the result that is gone', (file) => rm(file('.hermes/module.wasm'))],
    ['half of its own file', (file) => writeFile(file('.hermes/build.json'), '{')],
  ];
  for (const [what, change] of changes) {
    it(`forgets when something has changed: ${what}`, async () => {
      await using cache = await cached();
      await change(cache.file);
      assert.equal(await cache.read(), undefined);
    });
  }

  it('is keyed by the tools, the same from call to call', async () => {
    assert.equal(await toolsKey(), await toolsKey());
  });

  it('refuses a folder where it may not write', async () => {
    await assert.rejects(openCache('/dev/null', 'key'), { code: 'BUILD_READ' });
  });
});
