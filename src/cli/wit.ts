import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { readWitFolders } from '../build/wit-files.ts';
import type { WitFile } from '../lib/wit/read.ts';

/** The WIT of everything that a module may import or export: the extensions' and that of WASI. */
export async function installedWit(): Promise<readonly WitFile[]> {
  const extensions = new URL('../extensions/', import.meta.url);
  const folders: URL[] = [];
  for (const entry of await readdir(extensions, { withFileTypes: true })) {
    const folder = new URL(`${entry.name}/wit/`, extensions);
    if (existsSync(folder)) folders.push(folder);
  }
  return readWitFolders([...folders, new URL('../../wit/', import.meta.url)]);
}
