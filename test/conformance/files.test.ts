/** Programs in four languages use their files, each as one would write it; and none sees those of another. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { decode } from '../../src/component/decode.ts';
import { long } from '../count.ts';
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
  // Building it takes longer than anything else here.
  ...(long && { 'cpp-files': () => guest('cpp-files') }),
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

/** The module that clang made, as it stands in its component. */
function coreOf(component: Uint8Array): Uint8Array {
  const core = decode(component).cores.find((bytes) =>
    WebAssembly.Module.imports(new WebAssembly.Module(new Uint8Array(bytes))).some(
      ({ module }) => module === 'wasi_snapshot_preview1',
    ),
  );
  return core ?? assert.fail('no core module imports WASI preview 1');
}

/** What Node cannot say: it has no read-only folders and no quota, and another number for paths that lead out. */
const OURS = /^(read-only|outside|fill) /;

test('c-files says on Node’s own WASI what it says here', {
  skip: process.platform !== 'linux',
}, async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-node-wasi-'));
  for (const name of ['var', 'tmp', 'www']) await mkdir(join(folder.path, name));
  const core = join(folder.path, 'core.wasm');
  await writeFile(core, coreOf(await guest('c-files')));
  const script = join(import.meta.dirname, 'node-wasi.ts');
  // The program writes until it may not: here the system says when.
  const limited = 'ulimit -f 97; trap "" XFSZ; exec "$0" "$@"';
  const { stdout } = await promisify(execFile)('bash', [
    '-c',
    limited,
    process.execPath,
    script,
    core,
    folder.path,
  ]);
  const lines = (text: string): readonly string[] => text.split('\n').filter((line) => !OURS.test(line));
  assert.deepEqual(lines(stdout), lines(SAID));
});
