import { chmod, mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fail } from './errors.ts';

/** The folder that holds everything of one engine. */
export interface Home extends Disposable {
  /** Absolute. */
  readonly path: string;
  /** A folder of this extension's own, made on first use; only this user may look into it. */
  folder(extension: string): Promise<string>;
}

/**
 * Makes the folder if it is not there, takes away what others may do in it, and locks it: one engine per home.
 * The lock is the operating system's (SQLite takes it), so it ends with its process however that ends; a file
 * beside it says which process has it. Rejects with `HOME_LOCKED` (and its `pid`) or `HOME_UNUSABLE`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempDisposable } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * await using folder = await mkdtempDisposable(`${tmpdir()}/hermes-`);
 * using home = await openHome(folder.path);
 * await assert.rejects(openHome(folder.path), { code: 'HOME_LOCKED' });
 * assert.equal(await home.folder('kv-store'), `${home.path}/extensions/kv-store`);
 * ```
 */
export async function openHome(folder: string): Promise<Home> {
  const path = resolve(folder);
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, 0o700);
  } catch (error) {
    throw fail('HOME_UNUSABLE', { home: path }, error);
  }
  const lock = await takeLock(path);
  return {
    path,
    async folder(extension) {
      const own = join(path, 'extensions', extension);
      await mkdir(own, { recursive: true, mode: 0o700 });
      return own;
    },
    [Symbol.dispose]: () => lock.close(),
  };
}

async function takeLock(home: string): Promise<Pick<DatabaseSync, 'close'>> {
  const note = join(home, 'lock.pid');
  let lock: DatabaseSync | undefined;
  try {
    lock = new DatabaseSync(join(home, 'lock'), { timeout: 0 });
    // Never committed: the file stays empty, the lock lasts as long as the connection.
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock?.close();
    if (!isBusy(error)) throw fail('HOME_UNUSABLE', { home }, error);
    throw fail('HOME_LOCKED', { home, pid: await readPid(note) });
  }
  try {
    await writeFile(note, `${process.pid}\n`, { mode: 0o600 });
  } catch (error) {
    lock.close();
    throw fail('HOME_UNUSABLE', { home }, error);
  }
  return lock;
}

/** SQLITE_BUSY, in SQLite's own numbers. */
function isBusy(error: unknown): boolean {
  return Error.isError(error) && 'errcode' in error && error.errcode === 5;
}

/** The note is for people: `undefined` when its writer has not come to it yet. */
async function readPid(note: string): Promise<number | undefined> {
  const text = await readFile(note, 'utf8').catch(() => '');
  return /^[0-9]+\n$/.test(text) ? Number(text) : undefined;
}
