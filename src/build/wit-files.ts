import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { WitFile } from '../lib/wit/read.ts';
import { fail } from './errors.ts';

/**
 * Reads the `.wit` files of these folders, in the order of their names. Throws `BUILD_READ`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const files = await readWitFolders([new URL('../../wit/', import.meta.url)]);
 * assert.ok(files.some(({ path }) => path.endsWith('wasi-random.wit')));
 * ```
 */
export async function readWitFolders(folders: readonly URL[]): Promise<readonly WitFile[]> {
  const files: WitFile[] = [];
  for (const folder of folders) {
    try {
      const names = (await readdir(folder)).filter((name) => name.endsWith('.wit')).toSorted();
      for (const name of names) {
        const url = new URL(encodeURIComponent(name), folder);
        files.push({ path: fileURLToPath(url), text: await readFile(url, 'utf8') });
      }
    } catch (cause) {
      throw fail('BUILD_READ', { path: fileURLToPath(folder) }, cause);
    }
  }
  return files;
}
