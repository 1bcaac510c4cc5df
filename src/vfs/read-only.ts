/**
 * What a tree answers that cannot be changed, in the order in which POSIX looks for faults.
 *
 * @module
 */
import { fail } from './errors.ts';
import { joinNames, type Names, type Tree, type TreeWrites, wrongKind } from './tree.ts';
import type { VfsFile } from './vfs.ts';

/** A tree that can be asked for everything. */
export interface WholeTree extends Tree {
  readonly writes: TreeWrites;
}

/** The tree itself when it can be written; else one that refuses every change with `VFS_READ_ONLY`. */
export function whole(tree: Tree): WholeTree {
  const { writes } = tree;
  if (writes) return { ...tree, writes };
  const refuse = (names: Names): never => {
    throw readOnly(names);
  };
  return {
    ...tree,
    openSync: (names, { create = false, exclusive = false, write = false, truncate = false } = {}) => {
      const found = tree.statSync(names);
      if (found === undefined && create) throw readOnly(names);
      if (found !== undefined && create && exclusive) throw fail('VFS_EXISTS', { path: joinNames(names) });
      if (found?.kind === 'directory') throw wrongKind(names, 'directory');
      if (found !== undefined && (write || truncate)) throw readOnly(names);
      return tree.openSync(names);
    },
    writes: {
      isWritable: () => false,
      makeDirectory: (names) => {
        if (tree.statSync(names) !== undefined) throw fail('VFS_EXISTS', { path: joinNames(names) });
        refuse(names);
      },
      removeDirectory: refuse,
      unlink: refuse,
      rename: refuse,
      setTimes: refuse,
      flush: async () => {},
      threadGone: () => {},
    },
  };
}

/** The error for a change where nothing can be changed. */
export function readOnly(names: Names): Error {
  return fail('VFS_READ_ONLY', { path: joinNames(names) });
}

/** What an open file says that can only be read. */
export function readOnlyFile(
  names: Names,
): Pick<VfsFile, 'write' | 'append' | 'resize' | 'setTimes' | 'flush'> {
  const refuse = (): never => {
    throw readOnly(names);
  };
  return { write: refuse, append: refuse, resize: refuse, setTimes: refuse, flush: async () => {} };
}
