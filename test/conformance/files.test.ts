/** Programs in four languages use their files, each as one would write it; and none sees those of another. */
import assert from 'node:assert/strict';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { type GuestName, guest } from '../guests/build.ts';
import { moduleGuest } from '../guests/module.ts';
import { createWorld } from './wasi-world.ts';

/** Numbers of errors are those of wasi-libc. */
const SAID = `mkdir ok
mkdir again errno 20
write ok
append ok
exclusive errno 20
read hello|world|
seek word
change ok
read Jelly|world|
write ok
mkdir ok
list a b sub/
rename ok
list b sub/
truncate ok
read Jell
stat file 4 true
stat directory 0 true
rmdir errno 55
read-only errno 69
read-only errno 69
outside errno 63
outside errno 63
fill 97 then errno 51
unlink ok
unlink ok
unlink again errno 44
rmdir ok
rmdir ok
list `;

const programs: Readonly<Record<string, () => Promise<Uint8Array<ArrayBuffer>>>> = {
  'c-files': () => guest('c-files'),
  'cpp-files': () => guest('cpp-files'),
  'rust-files': () => guest('rust-files'),
  'ts-files': () => moduleGuest('files/ts'),
} satisfies Readonly<Partial<Record<GuestName | 'ts-files', unknown>>>;

for (const [name, build] of Object.entries(programs)) {
  for (const workers of [0, 2]) {
    test(`${name} uses its files, in ${workers || 'no'} threads`, async () => {
      await using world = await createWorld({ workers });
      const bytes = await build();
      const app = await world.load(bytes);
      const other = await world.load(bytes, { name: 'other' });
      await writeFile(join(world.folder, 'apps', 'other', 'var', 'secret'), 'of the other');
      assert.equal(await app.ask('/files'), SAID);
      assert.equal(await other.ask('/files'), `${SAID}secret`);
      // Again in the same instance or another, beside itself.
      assert.equal(await app.ask('/files'), SAID);
      for (const folder of ['var', 'tmp']) {
        assert.deepEqual(await readdir(join(world.folder, 'apps', 'app', folder)), []);
      }
    });
  }
}
