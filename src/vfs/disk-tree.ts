/**
 * An application's writable folders as one part of the file tree. Every change is made by one thread at a time, so
 * that what was looked at still holds and the books are exact.
 *
 * @module
 */

import {
  type BigIntStats,
  constants,
  lutimesSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmdirSync,
  unlinkSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { isCoded } from '../lib/errors.ts';
import { countFolders } from './disk-count.ts';
import { describeOnDisk, secondsOf } from './disk-file.ts';
import { openOnDisk } from './disk-open.ts';
import { type DiskFolder, type DiskPlace, existing, placeOf, refused } from './disk-place.ts';
import { readStream, readWhole } from './disk-read.ts';
import { fail } from './errors.ts';
import { CHANGED, isAbsent, isSame, nameOf, unreadable } from './folder-place.ts';
import { Store } from './store.ts';
import {
  joinNames,
  type Names,
  notFound,
  startsWith,
  type Tree,
  type TreeWrites,
  wrongKind,
} from './tree.ts';
import type { StoreRecipe, VfsEntry, VfsTimes } from './vfs.ts';

/** A tree over these folders, whose books the recipe's memory holds. Every path must lie in one of them. */
export function createDiskTree(folders: readonly DiskFolder[], recipe: StoreRecipe): Tree {
  const store = new Store(recipe, () => countFolders(recipe.folders));
  const folderOf: FolderOf = (names) => {
    const found = folders.find(({ at }) => startsWith(names, at));
    if (found === undefined) throw notFound(names);
    return found;
  };
  const openFile: Tree['openSync'] = (names, options = {}) =>
    openOnDisk(store, folderOf(names), names, options);
  const statSync: Tree['statSync'] = (names) => {
    const found = existing(folderOf(names), names);
    return found && describeOnDisk(found.stats);
  };
  const listSync: Tree['listSync'] = (names) => listFolder(placeOf(folderOf(names), names), names);
  return {
    statSync,
    listSync,
    openSync: openFile,
    stat: async (names) => statSync(names),
    list: async (names) => listSync(names),
    readFile: async (names, options) => readWhole(openFile(names), names, options),
    open: async (names, options) => readStream(openFile(names), options),
    writes: writesOf(store, folderOf),
  };
}

type FolderOf = (names: Names) => DiskFolder;

function writesOf(store: Store, folderOf: FolderOf): TreeWrites {
  const changing = (names: Names, work: () => void): void => store.alone(() => orRefused(names, work));
  return {
    isWritable: () => true,
    threadGone: (thread) => store.forget(thread),
    makeDirectory: (names) => changing(names, () => makeDirectory(store, folderOf(names), names)),
    removeDirectory: (names) =>
      changing(names, () => {
        const { path, stats } = there(folderOf(names), names);
        if (!stats.isDirectory()) throw wrongKind(names, 'file');
        refuseRoot(folderOf(names), names);
        rmdirSync(path);
        store.give(0, 1);
      }),
    unlink: (names) =>
      changing(names, () => {
        const { path, stats } = there(folderOf(names), names);
        if (stats.isDirectory()) throw wrongKind(names, 'directory');
        unlinkSync(path);
        dropped(store, stats);
      }),
    rename: (from, to) => changing(to, () => move(store, folderOf, from, to)),
    flush: (names) => flushFolder(there(folderOf(names), names).path, names),
    setTimes: (names, times) => changing(names, () => touch(there(folderOf(names), names), times)),
  };
}

function makeDirectory(store: Store, folder: DiskFolder, names: Names): void {
  const { path, stats, hidden } = placeOf(folder, names);
  if (stats || hidden !== undefined) throw fail('VFS_EXISTS', { path: joinNames(names) });
  store.take(0, 1, joinNames(names));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (cause) {
    store.give(0, 1);
    throw cause;
  }
}

function move(store: Store, folderOf: FolderOf, from: Names, to: Names): void {
  // In the order of POSIX: first both directories, then what is moved.
  const origin = placeOf(folderOf(from), from);
  const target = placeOf(folderOf(to), to);
  const source = thereAt(origin, from);
  if (target.hidden !== undefined) throw fail('VFS_EXISTS', { path: joinNames(to), reason: target.hidden });
  refuseRoot(folderOf(from), from);
  refuseRoot(folderOf(to), to);
  if (target.stats && isSame(source.stats, target.stats)) return;
  const directory = source.stats.isDirectory();
  if (directory && startsWith(to, from)) throw fail('VFS_INTO_ITSELF', { path: joinNames(to) });
  if (target.stats && target.stats.isDirectory() !== directory)
    throw wrongKind(to, directory ? 'file' : 'directory');
  renameSync(source.path, target.path);
  if (target.stats?.isDirectory()) store.give(0, 1);
  else if (target.stats) dropped(store, target.stats);
}

function touch({ path, stats }: Existing, times: VfsTimes): void {
  lutimesSync(path, ...secondsOf(times, stats));
}

async function flushFolder(path: string, names: Names): Promise<void> {
  try {
    await using handle = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
    await handle.sync();
  } catch (cause) {
    throw refused(names, cause);
  }
}

/** A name is gone. With others left, which only somebody outside can have made, the file keeps its bytes there. */
function dropped(store: Store, stats: BigIntStats): void {
  if (stats.nlink > 1n) store.give(Number(stats.size), 1);
  else store.unlinked(stats, Number(stats.size));
}

type Existing = { readonly path: string; readonly stats: BigIntStats };

function there(folder: DiskFolder, names: Names): Existing {
  return thereAt(placeOf(folder, names), names);
}

function thereAt({ path, stats, hidden }: DiskPlace, names: Names): Existing {
  if (stats === undefined) throw notFound(names, hidden);
  return { path, stats };
}

function refuseRoot({ at }: DiskFolder, names: Names): void {
  if (names.length === at.length) throw fail('VFS_BUSY', { path: joinNames(names) });
}

function orRefused(names: Names, work: () => void): void {
  try {
    work();
  } catch (cause) {
    throw isCoded(cause) ? cause : refused(names, cause);
  }
}

function listFolder({ path, stats, hidden }: DiskPlace, names: Names): readonly VfsEntry[] {
  if (stats === undefined) throw notFound(names, hidden);
  if (!stats.isDirectory()) throw wrongKind(names, 'file');
  try {
    return readdirSync(path, { withFileTypes: true, encoding: 'buffer' }).flatMap((entry) => {
      const name = nameOf(entry);
      if (name === undefined || (!entry.isFile() && !entry.isDirectory())) return [];
      return [{ name, kind: entry.isFile() ? 'file' : 'directory' } as const];
    });
  } catch (cause) {
    throw isAbsent(cause) ? notFound(names, CHANGED) : unreadable(names, cause);
  }
}
