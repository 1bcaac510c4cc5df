import { type BigIntStats, lstatSync, readdirSync } from 'node:fs';
import { sep } from 'node:path';
import { isAbsent } from './folder-place.ts';
import type { Usage } from './store.ts';

/**
 * What lies in these folders: bytes of all files, number of files and directories. Folders that are not there hold
 * nothing; what is neither file nor directory counts as a file without bytes.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(countFolders(['/nowhere']), { bytes: 0, files: 0 });
 * ```
 */
export function countFolders(folders: readonly string[]): Usage {
  const waiting = [...folders];
  let bytes = 0;
  let files = 0;
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    for (const entry of entriesOf(folder)) {
      files += 1;
      const path = folder + sep + entry.name;
      if (entry.isDirectory()) waiting.push(path);
      else if (entry.isFile()) bytes += Number(statsOf(path)?.size ?? 0n);
    }
  }
  return { bytes, files };
}

function entriesOf(folder: string): ReturnType<typeof read> {
  try {
    return read(folder);
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}

function read(folder: string) {
  return readdirSync(folder, { withFileTypes: true });
}

function statsOf(path: string): BigIntStats | undefined {
  return lstatSync(path, { bigint: true, throwIfNoEntry: false });
}
