/**
 * Opens and makes files in an application's writable folders.
 *
 * @module
 */
import { type BigIntStats, closeSync, constants, fstatSync, openSync } from 'node:fs';
import { isCoded } from '../lib/errors.ts';
import { DiskFile } from './disk-file.ts';
import { type DiskFolder, type DiskPlace, existing, placeOf, refused } from './disk-place.ts';
import { fail } from './errors.ts';
import { ATTEMPTS, CHANGED, isAbsent, isSame } from './folder-place.ts';
import { MAX_OPEN, type Store } from './store.ts';
import { joinNames, type Names, notFound, wrongKind } from './tree.ts';
import type { VfsFile, VfsOpen } from './vfs.ts';

/** Windows has no O_NOFOLLOW and O_NONBLOCK; a pipe must never hold up an open. */
const SAFELY: number = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** Opens a file, and keeps the store's books of it. Errors are those of `VfsSync.open`. */
export function openOnDisk(store: Store, folder: DiskFolder, names: Names, options: VfsOpen): VfsFile {
  const writable = options.write === true || options.truncate === true;
  return store.alone(() => {
    if (store.isFull) throw fail('VFS_OPEN_FILES', { path: joinNames(names), max: MAX_OPEN });
    const descriptor = descriptorOf(store, folder, names, { ...options, write: writable });
    const key = fstatSync(descriptor, { bigint: true });
    store.opened(key);
    const file = new DiskFile(store, { names, descriptor, key, writable });
    try {
      if (options.truncate && key.size > 0n) file.resize(0);
      return file;
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
  });
}

/** What is looked up may be replaced before it is opened, by somebody who keeps no books: then it is looked up again. */
function descriptorOf(store: Store, folder: DiskFolder, names: Names, options: VfsOpen): number {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const place = placeOf(folder, names);
    const { path, stats } = place;
    const found = stats
      ? openThere({ path, stats }, folder, names, options)
      : createThere({ store, folder, place }, names, options);
    if (found !== undefined) return found;
  }
  throw notFound(names, CHANGED);
}

function createThere(
  { store, folder, place }: { readonly store: Store; readonly folder: DiskFolder; readonly place: DiskPlace },
  names: Names,
  { create = false }: VfsOpen,
): number | undefined {
  const { path, hidden } = place;
  if (!create) throw notFound(names, hidden);
  if (hidden !== undefined) throw fail('VFS_EXISTS', { path: joinNames(names), reason: hidden });
  store.take(0, 1, joinNames(names));
  let opened: number | undefined;
  try {
    opened = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | SAFELY, 0o600);
    if (isThere(opened, folder, names)) return opened;
    // Made elsewhere: it stays empty.
    throw notFound(names, CHANGED);
  } catch (cause) {
    if (opened !== undefined) closeSync(opened);
    store.give(0, 1);
    if (isCoded(cause)) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw refused(names, cause);
  }
}

function openThere(
  { path, stats }: { readonly path: string; readonly stats: BigIntStats },
  folder: DiskFolder,
  names: Names,
  { create = false, exclusive = false, write = false }: VfsOpen,
): number | undefined {
  if (create && exclusive) throw fail('VFS_EXISTS', { path: joinNames(names) });
  if (stats.isDirectory()) throw wrongKind(names, 'directory');
  if (write && stats.nlink > 1n) throw fail('VFS_LINKED', { path: joinNames(names) });
  let opened: number | undefined;
  try {
    opened = openSync(path, (write ? constants.O_RDWR : constants.O_RDONLY) | SAFELY);
    if (isSame(fstatSync(opened, { bigint: true }), stats) && isThere(opened, folder, names)) return opened;
    closeSync(opened);
    return undefined;
  } catch (cause) {
    if (opened !== undefined) closeSync(opened);
    if (isAbsent(cause)) return undefined;
    throw isCoded(cause) ? cause : refused(names, cause);
  }
}

/** Whether what was opened is what lies at the path, without a link on the way. */
function isThere(opened: number, folder: DiskFolder, names: Names): boolean {
  const found = existing(folder, names);
  return found !== undefined && isSame(fstatSync(opened, { bigint: true }), found.stats);
}
