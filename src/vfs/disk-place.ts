/**
 * Where a path of an application's writable folders lies on the disk. Nothing here follows a link: guests can make
 * none, and those that somebody else put there are not there for them. Node offers no `openat`, so every directory
 * on the way is looked at, a last link is never opened, and what was opened must be what was looked at. Between two
 * looks nobody but this process is expected to put a link into a folder that only its user may enter.
 *
 * @module
 */
import { type BigIntStats, lstatSync, readdirSync } from 'node:fs';
import { sep } from 'node:path';
import { fail } from './errors.ts';
import { codeOf, isAbsent } from './folder-place.ts';
import { joinNames, type Names } from './tree.ts';

/** A writable folder and the place in the tree where it is seen. */
export interface DiskFolder {
  /** Elements of its path in the tree. */
  readonly at: Names;
  /** A real path. */
  readonly folder: string;
  /**
   * The disk takes several spellings for one name, as those of macOS do: then every name is compared with the list of
   * its directory.
   */
  readonly loose: boolean;
}

/** What lies at a path; `stats` is absent when nothing is there, or nothing that may be seen. */
export interface DiskPlace {
  readonly path: string;
  readonly stats: BigIntStats | undefined;
  /** Something is there that may not be seen, which keeps the name from being used. */
  readonly hidden: string | undefined;
}

const LINK = 'a link lies there on the disk';
const SPECIAL = 'something lies there on the disk that is neither a file nor a directory';
const SPELLING = 'the disk takes it for another spelling of a name that is there';

/**
 * Looks a path up. Throws `VFS_NOT_FOUND` when its directory is not there, `VFS_KIND` when that is a file, and
 * `VFS_WRITE` when the system refuses.
 */
export function placeOf({ at, folder, loose }: DiskFolder, names: Names): DiskPlace {
  let path = folder;
  let stats = look(path, names);
  for (let end = at.length; end < names.length; end++) {
    if (stats === undefined || stats.isSymbolicLink()) throw missing(names);
    if (!stats.isDirectory()) throw fail('VFS_KIND', { path: joinNames(names.slice(0, end)), found: 'file' });
    const name = names[end] ?? '';
    const parent = path;
    path = parent + sep + name;
    stats = look(path, names);
    if (loose && stats !== undefined && !readdirSync(parent).includes(name)) {
      if (end === names.length - 1) return { path, stats: undefined, hidden: SPELLING };
      throw missing(names);
    }
  }
  if (stats?.isSymbolicLink()) return { path, stats: undefined, hidden: LINK };
  if (stats && !stats.isFile() && !stats.isDirectory()) return { path, stats: undefined, hidden: SPECIAL };
  return { path, stats, hidden: undefined };
}

/** As {@link placeOf}, with `undefined` in the place of `VFS_NOT_FOUND` and `VFS_KIND`. */
export function existing(folder: DiskFolder, names: Names): { path: string; stats: BigIntStats } | undefined {
  let place: DiskPlace;
  try {
    place = placeOf(folder, names);
  } catch (error) {
    const { code } = error as { readonly code?: unknown };
    if (code === 'VFS_NOT_FOUND' || code === 'VFS_KIND') return undefined;
    throw error;
  }
  const { path, stats } = place;
  return stats && { path, stats };
}

function look(path: string, names: Names): BigIntStats | undefined {
  try {
    return lstatSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw refused(names, cause);
  }
}

function missing(names: Names): Error {
  return fail('VFS_NOT_FOUND', { path: joinNames(names) });
}

/** What the system's refusal of a change means. */
export function refused(names: Names, cause: unknown): Error {
  const path = joinNames(names);
  switch (codeOf(cause)) {
    case 'ENOENT':
      return fail('VFS_NOT_FOUND', { path }, cause);
    case 'EEXIST':
      return fail('VFS_EXISTS', { path }, cause);
    case 'ENOTEMPTY':
      return fail('VFS_NOT_EMPTY', { path }, cause);
    case 'EISDIR':
      return fail('VFS_KIND', { path, found: 'directory' }, cause);
    case 'ENOTDIR':
      return fail('VFS_KIND', { path, found: 'file' }, cause);
    case 'EINVAL':
      return fail('VFS_INTO_ITSELF', { path }, cause);
    case 'ENOSPC':
    case 'EDQUOT':
      return fail('VFS_DISK_FULL', { path }, cause);
    case 'EMFILE':
    case 'ENFILE':
      return fail('VFS_OPEN_FILES', { path }, cause);
    default:
      return fail('VFS_WRITE', { path }, cause);
  }
}
