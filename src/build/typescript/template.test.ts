import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { templateFile } from './template.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (found: Uint8Array | undefined) => found && new TextDecoder().decode(found);

async function temporary(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'hermes-template-'));
  after(() => rm(path, { recursive: true, force: true }));
  return path;
}

describe('a template', () => {
  it('is found by modules of the same world, and by no other', async () => {
    const [one, two, shared] = [await temporary(), await temporary(), await temporary()];
    assert.equal(await templateFile(one, 'a', shared).read(), undefined);
    await templateFile(one, 'a', shared).write(bytes('of a'));
    assert.equal(text(await templateFile(two, 'a', shared).read()), 'of a');
    assert.deepEqual(await readdir(two), ['template.bin']);
    assert.equal(await templateFile(two, 'b', shared).read(), undefined);
    await rm(shared, { recursive: true });
    assert.equal(text(await templateFile(two, 'a', shared).read()), 'of a');
  });

  it('is whole for whoever reads while several write', async () => {
    const [one, shared] = [await temporary(), await temporary()];
    const long = 'of a'.repeat(100_000);
    const file = templateFile(one, 'a', shared);
    await file.write(bytes(long));
    const all = [
      ...Array.from({ length: 4 }, () => file.write(bytes(long))),
      ...Array.from({ length: 16 }, async () => assert.equal(text(await file.read()), long)),
    ];
    await Promise.all(all);
    assert.deepEqual((await readdir(one)).length, 1);
  });

  it('is not taken when it is damaged, here or there', async () => {
    const [one, two, shared] = [await temporary(), await temporary(), await temporary()];
    await templateFile(one, 'a', shared).write(bytes('of a'));
    await writeFile(join(one, 'template.bin'), 'something else');
    assert.equal(text(await templateFile(one, 'a', shared).read()), 'of a');
    for (const name of await readdir(shared)) await writeFile(join(shared, name), 'something else');
    assert.equal(await templateFile(two, 'a', shared).read(), undefined);
  });

  it('is shared with the 31 newest others, or with nobody where that is not possible', async () => {
    const [one, shared] = [await temporary(), await temporary()];
    for (let n = 0; n < 32; n++) await writeFile(join(shared, `${n}.bin`), '');
    await utimes(join(shared, '7.bin'), 1, 1);
    await templateFile(one, 'a', shared).write(bytes('of a'));
    const names = await readdir(shared);
    assert.deepEqual([names.length, names.includes('7.bin')], [32, false]);
    const file = join(one, 'a file');
    await writeFile(file, '');
    await templateFile(one, 'b', file).write(bytes('of b'));
    assert.equal(text(await templateFile(one, 'b', file).read()), 'of b');
  });
});
