import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { buildModule } from '../../src/build/build-module.ts';
import { readWitFolders } from '../../src/build/wit-files.ts';

const root = new URL('../../', import.meta.url);

/**
 * A guest that is a module folder below this one, as users write them: built as `hermes build` does it. What is made
 * on the way stays in its `.hermes`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * await assert.rejects(moduleGuest('wit'), { code: 'BUILD_NO_SOURCE' });
 * ```
 */
export async function moduleGuest(folder: string): Promise<Uint8Array<ArrayBuffer>> {
  const extensions = new URL('src/extensions/', root);
  const folders: URL[] = [];
  for (const entry of await readdir(extensions, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const names = await readdir(new URL(`${entry.name}/`, extensions));
    if (names.includes('wit')) folders.push(new URL(`${entry.name}/wit/`, extensions));
  }
  const wit = await readWitFolders([...folders, new URL('wit/', root)]);
  const { bytes } = await buildModule(join(import.meta.dirname, folder), { wit });
  return bytes;
}
