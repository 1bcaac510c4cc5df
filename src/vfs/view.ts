/**
 * The face of a tree: checks every path and range before the tree sees them.
 *
 * @module
 */
import { fail } from './errors.ts';
import { parsePath } from './path.ts';
import { type WholeTree, whole } from './read-only.ts';
import type { RangeOptions, Tree } from './tree.ts';
import type { Vfs, VfsEntry, VfsRecipe, VfsSync } from './vfs.ts';

/** What `readFile` takes into memory unless told otherwise. */
const MAX_READ_BYTES = 256 * 1024 * 1024;

/** A {@link Vfs} over a tree that was made of this. */
export function createVfs(tree: Tree, recipe: VfsRecipe): Vfs {
  return {
    recipe,
    stat: async (path) => tree.stat(parsePath(path)),
    readFile: async (path, { signal, maxBytes = MAX_READ_BYTES } = {}) => {
      const names = parsePath(path);
      signal?.throwIfAborted();
      return tree.readFile(names, { signal, maxBytes });
    },
    open: async (path, { start = 0, end = Number.POSITIVE_INFINITY, signal } = {}) => {
      const names = parsePath(path);
      signal?.throwIfAborted();
      return tree.open(names, checkRange({ start, end, signal }));
    },
    list: async (path) => (await tree.list(parsePath(path))).toSorted(byName),
    sync: syncOf(whole(tree)),
    threadGone: (thread) => tree.writes?.threadGone(thread),
  };
}

function syncOf(tree: WholeTree): VfsSync {
  const { writes } = tree;
  return {
    stat: (path) => tree.statSync(parsePath(path)),
    open: (path, options) => tree.openSync(parsePath(path), options),
    list: (path) => tree.listSync(parsePath(path)).toSorted(byName),
    isWritable: (path) => writes.isWritable(parsePath(path)),
    makeDirectory: (path) => writes.makeDirectory(parsePath(path)),
    removeDirectory: (path) => writes.removeDirectory(parsePath(path)),
    unlink: (path) => writes.unlink(parsePath(path)),
    rename: (from, to) => writes.rename(parsePath(from), parsePath(to)),
    flush: async (path) => writes.flush(parsePath(path)),
    setTimes: (path, times) => writes.setTimes(parsePath(path), times),
  };
}

function checkRange(range: RangeOptions): RangeOptions {
  const { start, end } = range;
  const whole = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  if (whole(start) && (end === Number.POSITIVE_INFINITY || whole(end)) && start <= end) return range;
  throw fail('VFS_RANGE', { start, end });
}

/** The order of UTF-8 bytes, which for surrogate pairs is not that of JavaScript's strings. */
function byName(a: VfsEntry, b: VfsEntry): number {
  return Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
}
