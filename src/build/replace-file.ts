import { randomUUID } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';

/**
 * Writes a file by renaming, so that two builds of one module at once, in one process or in two, never read
 * half of what the other writes.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempDisposable, readdir, readFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * await using folder = await mkdtempDisposable(`${tmpdir()}/hermes-replace-`);
 * await Promise.all(['one', 'two'].map((text) => replaceFile(`${folder.path}/file`, text)));
 * assert.match(await readFile(`${folder.path}/file`, 'utf8'), /^(one|two)$/);
 * assert.deepEqual(await readdir(folder.path), ['file']);
 * ```
 */
export async function replaceFile(path: string, content: Uint8Array | string): Promise<void> {
  const temporary = `${path}.${randomUUID()}`;
  await writeFile(temporary, content);
  await rename(temporary, path);
}
