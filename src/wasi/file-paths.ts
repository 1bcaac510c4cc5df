/**
 * Paths of guests, which start at a directory they hold and may walk up, but not above it.
 *
 * @module
 */
import type { VfsSync } from '../vfs/vfs.ts';
import { code } from './file-errors.ts';

/** A path in the file tree, from the guest's directory and path. */
export interface ResolvedPath {
  readonly path: string;
  /** It ended with a slash or a dot, so only a directory will do. */
  readonly directory: boolean;
}

/** As every file system has it. */
const MAX_PATH_BYTES = 4096;

/**
 * Resolves `.` and `..`; what `..` leaves must be a directory. Throws codes of `wasi:filesystem/types`: `no-entry`
 * for an empty path, `not-permitted` for an absolute one or one that leads above `base`, `not-directory`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createMemoryVfs } from '../vfs/memory.ts';
 * const { sync } = createMemoryVfs({ '/www/a/b': '' });
 * assert.ok(sync);
 * assert.equal(resolvePath(sync, '/www', './a/../a//b').path, '/www/a/b');
 * assert.throws(() => resolvePath(sync, '/www', '../share'), (code) => code === 'not-permitted');
 * ```
 */
export function resolvePath(tree: VfsSync, base: string, path: string): ResolvedPath {
  if (path === '') throw code('no-entry');
  if (path.startsWith('/')) throw code('not-permitted');
  // Counted before it is split: it may be megabytes of slashes.
  if (Buffer.byteLength(path) > MAX_PATH_BYTES) throw code('name-too-long');
  const names: string[] = [];
  const parts = path.split('/');
  for (const part of parts) {
    if (part === '' || part === '.') continue;
    if (part !== '..') {
      names.push(part);
      continue;
    }
    if (names.length === 0) throw code('not-permitted');
    const found = tree.stat(join(base, names));
    if (found === undefined) throw code('no-entry');
    if (found.kind !== 'directory') throw code('not-directory');
    names.pop();
  }
  return { path: join(base, names), directory: ['', '.', '..'].includes(parts.at(-1) ?? '') };
}

/** Whether nothing is at this path because a file is in the way. */
export function leadsThroughFile(tree: VfsSync, path: string): boolean {
  for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
    const found = tree.stat(path.slice(0, end));
    if (found !== undefined) return found.kind === 'file';
  }
  return false;
}

function join(base: string, names: readonly string[]): string {
  if (names.length === 0) return base;
  return base === '/' ? `/${names.join('/')}` : `${base}/${names.join('/')}`;
}
