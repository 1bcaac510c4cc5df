/**
 * The writable folders of applications: `tmp`, `etc` and `var` below a folder of each.
 *
 * @module
 */
import { lstat, mkdir, readdir, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isCoded } from '../lib/errors.ts';
import { fail } from './errors.ts';
import { codeOf } from './folder-place.ts';
import { createStoreMemory } from './store.ts';
import type { Mount, StoreLimits } from './vfs.ts';

/** Folders that an application may write, by their names at the root of its tree. */
const FOLDERS = ['tmp', 'etc', 'var'] as const;

export interface AppFiles {
  /**
   * The writable folders of an application, to be mounted; made if they are not there. `fresh` says that nothing of
   * the application runs: `/tmp` is emptied then. Rejects with `VFS_MOUNT`.
   */
  mounts(
    app: string,
    options: { readonly limits: StoreLimits; readonly fresh: boolean },
  ): Promise<readonly Mount[]>;
}

/**
 * Keeps the writable folders of applications below `folder`. Two loads of one application share their files and one
 * quota, in this process: nobody else may write there while it runs.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempDisposable } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { createFolderVfs } from './folder.ts';
 * await using home = await mkdtempDisposable(`${tmpdir()}/files-`);
 * const files = createAppFiles(home.path);
 * const mounts = await files.mounts('shop', { limits: { bytes: 1000, files: 10 }, fresh: true });
 * const { sync } = await createFolderVfs(mounts);
 * using file = sync?.open('/var/notes', { create: true, write: true });
 * file?.append(new TextEncoder().encode('hello'));
 * assert.equal(sync?.stat('/var/notes')?.size, 5);
 * ```
 */
export function createAppFiles(folder: string): AppFiles {
  const books = new Map<string, SharedArrayBuffer>();
  return {
    async mounts(app, { limits, fresh }) {
      const folders = await Promise.all(FOLDERS.map((name) => makeFolder(join(folder, app, name))));
      if (fresh) await empty(join(folder, app, FOLDERS[0]));
      // Nobody uses the old books any more, and somebody may have changed the files meanwhile.
      if (fresh) books.delete(app);
      const memory = books.getOrInsertComputed(app, createStoreMemory);
      const store = { memory, limits, folders };
      return FOLDERS.map((name, index) => ({ path: `/${name}`, folder: folders[index] ?? '', store }));
    },
  };
}

/** The real path: an operator may have put a link to another disk in its place. */
async function makeFolder(path: string): Promise<string> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
    return await realpath(path);
  } catch (cause) {
    throw fail('VFS_MOUNT', { folder: path, reason: `the system answers ${String(codeOf(cause))}` }, cause);
  }
}

async function empty(folder: string): Promise<void> {
  try {
    // Whatever it leads to is not ours to empty.
    if ((await lstat(folder)).isSymbolicLink()) throw fail('VFS_MOUNT', { folder, reason: 'it is a link' });
    for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true, force: true });
  } catch (cause) {
    if (isCoded(cause)) throw cause;
    throw fail('VFS_MOUNT', { folder, reason: `it cannot be emptied: ${String(codeOf(cause))}` }, cause);
  }
}
