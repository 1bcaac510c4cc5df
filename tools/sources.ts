/**
 * The project's own TypeScript files, for the checks in this folder.
 *
 * @module
 */
import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export const root: string = join(import.meta.dirname, '..');

export interface SourceFile {
  /** Relative to the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** Files under these folders that people wrote: nothing generated, nothing installed. */
export async function sources(folders: readonly string[]): Promise<readonly SourceFile[]> {
  const files: SourceFile[] = [];
  for (const folder of folders) {
    for await (const file of glob(`${folder}/**/*.ts`, { cwd: root })) {
      const path = file.replaceAll('\\', '/');
      if (/(^|\/)(generated|node_modules|\.hermes)\//.test(path)) continue;
      files.push({ path, text: await readFile(join(root, file), 'utf8') });
    }
  }
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** Relative specifiers that a file imports or re-exports, types included; those of examples in comments do not count. */
export function relativeImports(text: string): readonly string[] {
  const code = text.replaceAll(/^ *\*.*$/gm, '');
  return [...code.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*'(\.[^']+)'/g)].map((match) => match[1] ?? '');
}
