/**
 * What the two ways of reading a folder, waiting and at once, have in common.
 *
 * @module
 */
import { type BigIntStats, constants, type Dirent } from 'node:fs';
import { sep } from 'node:path';
import type { CodedError } from '../lib/errors.ts';
import { fail } from './errors.ts';
import { nameFault } from './path.ts';
import { joinNames, type Names } from './tree.ts';
import type { VfsStat } from './vfs.ts';

/** Windows has no O_NOFOLLOW and O_NONBLOCK; a pipe must never hold up an open. */
export const OPEN_FLAGS: number =
  constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** How often a path is resolved anew when it changes while it is opened, as when an editor saves a file. */
export const ATTEMPTS = 4;
export const CHANGED = 'it changed meanwhile';
export const LEADS_OUT = 'a link leads out of the folder';
export const SPECIAL = 'it is neither a file nor a directory';
/** What the system answers when nothing is there. */
const ABSENT: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

/** Where the folder is, and how many elements of a path stand for it. */
export interface Place {
  /** A real path. */
  readonly root: string;
  readonly depth: number;
}

/** Where a path leads: the real path and what lies there, or why it leads nowhere. */
export type Found =
  | { readonly real: string; readonly stats: BigIntStats }
  | { readonly reason: string | undefined };

/** The path on disk that these elements spell. */
export function pathOf({ root, depth }: Place, names: Names): string {
  return [root === sep ? '' : root, ...names.slice(depth)].join(sep);
}

/** For each element of the path below the folder: the directory that must list it. */
export function* spelling(place: Place, names: Names): Generator<readonly [folder: string, name: string]> {
  for (let end = place.depth; end < names.length; end++) {
    const name = names[end];
    const folder = pathOf(place, names.slice(0, end));
    if (name !== undefined) yield [folder === '' ? sep : folder, name];
  }
}

export function isWithin({ root }: Place, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

export function describe(stats: BigIntStats): VfsStat {
  const directory = stats.isDirectory();
  return {
    kind: directory ? 'directory' : 'file',
    size: directory ? 0 : Number(stats.size),
    modified: Temporal.Instant.fromEpochNanoseconds(stats.mtimeNs),
  };
}

export function isVisible(stats: BigIntStats): boolean {
  return stats.isFile() || stats.isDirectory();
}

export function isSame(a: BigIntStats, b: BigIntStats): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

/** The name of an entry; `undefined` when no path can spell it. Names that are no UTF-8 would come changed. */
export function nameOf(entry: Dirent<Buffer>): string | undefined {
  const name = entry.name.toString('utf8');
  return nameFault(name) === undefined && Buffer.from(name).equals(entry.name) ? name : undefined;
}

export function isAbsent(error: unknown): boolean {
  return ABSENT.has(codeOf(error));
}

export function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}

export function unreadable(names: Names, cause: unknown): CodedError {
  return fail('VFS_READ', { path: joinNames(names) }, cause);
}
