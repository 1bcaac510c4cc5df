import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, mkdtempDisposable, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isCoded } from '../lib/errors.ts';
import { openHome } from './home.ts';

const temporary = () => mkdtempDisposable(join(tmpdir(), 'hermes-home-'));
const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

describe('openHome()', () => {
  it('makes folders that only this user may look into', async () => {
    await using folder = await temporary();
    const path = join(folder.path, 'a', 'b');
    using home = await openHome(path);
    assert.equal(await modeOf(path), 0o700);
    assert.equal(await modeOf(await home.folder('kv-store')), 0o700);
  });

  it('closes a folder that others could look into', async () => {
    await using folder = await temporary();
    await chmod(folder.path, 0o755);
    using _ = await openHome(folder.path);
    assert.equal(await modeOf(folder.path), 0o700);
  });

  it('refuses a second engine, in one process too, and takes one when the first is gone', async () => {
    await using folder = await temporary();
    const first = await openHome(folder.path);
    const refused = (error: unknown) =>
      isCoded(error) && error.code === 'HOME_LOCKED' && error.detail['pid'] === process.pid;
    await assert.rejects(openHome(folder.path), refused);
    await assert.rejects(openHome(join(folder.path, '.', 'x', '..')), refused);
    first[Symbol.dispose]();
    using _ = await openHome(folder.path);
  });

  it('takes over from a process that was killed', async () => {
    await using folder = await temporary();
    const script = `
      const { openHome } = await import(${JSON.stringify(new URL('./home.ts', import.meta.url).href)});
      globalThis.home = await openHome(${JSON.stringify(folder.path)});
      process.stdout.write('locked');
      setInterval(() => {}, 1000);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const exited = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.stdout.once('data', resolve));
    await assert.rejects(
      openHome(folder.path),
      (error: unknown) => isCoded(error) && error.detail['pid'] === child.pid,
    );
    child.kill('SIGKILL');
    await exited;
    using _ = await openHome(folder.path);
    assert.equal(await readFile(join(folder.path, 'lock.pid'), 'utf8'), `${process.pid}\n`);
  });

  it('refuses what is no folder', async () => {
    await using folder = await temporary();
    const file = join(folder.path, 'file');
    await writeFile(file, '');
    await assert.rejects(openHome(file), { code: 'HOME_UNUSABLE' });
    await writeFile(
      join(folder.path, 'lock'),
      'not a database, but long enough to be taken for a damaged one'.repeat(20),
    );
    await assert.rejects(openHome(folder.path), { code: 'HOME_UNUSABLE' });
  });
});
