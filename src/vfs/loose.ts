import { lstat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isAbsent, isSame } from './folder-place.ts';

/**
 * Whether a disk takes several spellings for one name, as "A" and "a", or the two ways of writing "é". `folder` is a
 * real path; nothing is written.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(await isLoose(import.meta.dirname, 'linux'), false);
 * assert.equal(await isLoose(import.meta.dirname, 'darwin'), true);
 * ```
 */
export async function isLoose(
  folder: string,
  platform: NodeJS.Platform = process.platform,
): Promise<boolean> {
  // There even a disk that tells "A" from "a" takes both ways of writing "é".
  if (platform === 'darwin' || platform === 'win32') return true;
  const name = basename(folder);
  const other = name === name.toUpperCase() ? name.toLowerCase() : name.toUpperCase();
  if (other === name) return false;
  try {
    const [one, two] = await Promise.all(
      [folder, join(dirname(folder), other)].map((path) => lstat(path, { bigint: true })),
    );
    return one !== undefined && two !== undefined && isSame(one, two);
  } catch (error) {
    if (isAbsent(error)) return false;
    throw error;
  }
}
