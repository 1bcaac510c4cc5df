/**
 * One tree of many.
 *
 * @module
 */
import { readOnly, type WholeTree, whole } from './read-only.ts';
import { type Names, startsWith, type Tree } from './tree.ts';

/** A tree, and the directory where it hangs. One tree may hang in several places. */
export interface Branch {
  readonly names: Names;
  readonly tree: Tree;
}

/** The trunk has a directory wherever a branch hangs. */
export function graft(trunk: Tree, branches: readonly Branch[]): WholeTree {
  const wholes = new Map([trunk, ...branches.map(({ tree }) => tree)].map((tree) => [tree, whole(tree)]));
  const treeAt = (names: Names): WholeTree => {
    const tree = branches.find((branch) => startsWith(names, branch.names))?.tree ?? trunk;
    return wholes.get(tree) ?? whole(tree);
  };
  return {
    stat: (names) => treeAt(names).stat(names),
    readFile: (names, options) => treeAt(names).readFile(names, options),
    open: (names, options) => treeAt(names).open(names, options),
    list: (names) => treeAt(names).list(names),
    statSync: (names) => treeAt(names).statSync(names),
    openSync: (names, options) => treeAt(names).openSync(names, options),
    listSync: (names) => treeAt(names).listSync(names),
    writes: {
      isWritable: (names) => treeAt(names).writes.isWritable(names),
      makeDirectory: (names) => treeAt(names).writes.makeDirectory(names),
      removeDirectory: (names) => treeAt(names).writes.removeDirectory(names),
      unlink: (names) => treeAt(names).writes.unlink(names),
      rename: (from, to) => {
        const tree = treeAt(from);
        // Between two trees one of them is read-only.
        if (tree !== treeAt(to)) throw readOnly(tree.writes.isWritable(from) ? to : from);
        tree.writes.rename(from, to);
      },
      flush: (names) => treeAt(names).writes.flush(names),
      setTimes: (names, times) => treeAt(names).writes.setTimes(names, times),
      threadGone: (thread) => {
        for (const { writes } of wholes.values()) writes.threadGone(thread);
      },
    },
  };
}
