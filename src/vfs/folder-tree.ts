/**
 * A folder of the operator as a part of the file tree, read-only. The folder is resolved once; afterwards no
 * link is followed out of it, however the path is spelled and whoever changes it meanwhile.
 *
 * Node offers no `openat`, so a path is resolved, opened without following a last link, and resolved again: what
 * was opened must be what was resolved.
 *
 * @module
 */
import { type BigIntStats, constants, type Dirent } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import type { Readable } from 'node:stream';
import { fail } from './errors.ts';
import { nameFault } from './path.ts';
import {
  joinNames,
  type Names,
  notFound,
  type RangeOptions,
  type ReadOptions,
  type Tree,
  wrongKind,
} from './tree.ts';
import type { VfsEntry, VfsStat } from './vfs.ts';

/** Windows has no O_NOFOLLOW and O_NONBLOCK; a pipe must never hold up an open. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
/** How often a path is resolved anew when it changes while it is opened, as when an editor saves a file. */
const ATTEMPTS = 4;
/** Bytes read in one go, so that an abort is heard in between. */
const PIECE_BYTES = 4 * 1024 * 1024;
/** What the system answers when nothing is there. */
const ABSENT: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

/** Where the folder is, and how many elements of a path stand for it. */
interface Place {
  readonly root: string;
  readonly depth: number;
}

/**
 * A tree over a folder that is seen at `at`: paths arrive with these elements in front. `VFS_MOUNT` when the folder
 * is missing or no directory.
 */
export async function openFolderTree(folder: string, at: Names = []): Promise<Tree> {
  const root = await resolveRoot(folder);
  const place: Place = { root, depth: at.length };
  return {
    stat: async (names) => {
      const found = await locate(place, names);
      return 'reason' in found ? undefined : describe(found.stats);
    },
    readFile: (names, options) => readWhole(place, names, options),
    open: (names, options) => openStream(place, names, options),
    list: (names) => listFolder(place, names),
  };
}

async function resolveRoot(folder: string): Promise<string> {
  try {
    const root = await realpath(folder);
    if ((await lstat(root)).isDirectory()) return root;
  } catch (cause) {
    const reason = ABSENT.has(codeOf(cause))
      ? 'it is missing'
      : `the system answers ${String(codeOf(cause))}`;
    throw fail('VFS_MOUNT', { folder, reason }, cause);
  }
  throw fail('VFS_MOUNT', { folder, reason: 'it is no directory' });
}

/** Where a path leads: the real path and what lies there, or why it leads nowhere. */
type Found = { readonly real: string; readonly stats: BigIntStats } | { readonly reason: string | undefined };

async function locate(place: Place, names: Names): Promise<Found> {
  const { root, depth } = place;
  const below = names.slice(depth);
  const wanted = [root === sep ? '' : root, ...below].join(sep);
  try {
    const real = await realpath(wanted);
    if (!isWithin(root, real)) return { reason: 'a link leads out of the folder' };
    // Differs because of a link inside, or because the file system takes other spellings of a name.
    if (real !== wanted && !(await isSpelledSo(root, below))) return { reason: undefined };
    const stats = await lstat(real, { bigint: true });
    if (stats.isSymbolicLink()) return { reason: 'it changed meanwhile' };
    return isVisible(stats) ? { real, stats } : { reason: 'it is neither a file nor a directory' };
  } catch (cause) {
    if (ABSENT.has(codeOf(cause))) return { reason: undefined };
    throw fail('VFS_READ', { path: joinNames(names) }, cause);
  }
}

async function isSpelledSo(root: string, names: Names): Promise<boolean> {
  for (const [index, name] of names.entries()) {
    const siblings = await readdir([root, ...names.slice(0, index)].join(sep));
    if (!siblings.includes(name)) return false;
  }
  return true;
}

/** Opens a regular file for reading; the caller owns the handle. */
async function openFile(place: Place, names: Names): Promise<{ handle: FileHandle; size: number }> {
  let reason: string | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await locate(place, names);
    if ('reason' in found) {
      reason = found.reason;
      if (reason === 'it changed meanwhile') continue;
      break;
    }
    if (found.stats.isDirectory()) throw wrongKind(names, 'directory');
    const handle = await openLocated(names, found.real);
    if (handle !== undefined && (await isStill(handle, place, names, found))) {
      return { handle, size: Number(found.stats.size) };
    }
    await handle?.close();
    reason = 'it changed meanwhile';
  }
  throw notFound(names, reason);
}

/** `undefined` when it went away, or became a link, after it was located. */
async function openLocated(names: Names, real: string): Promise<FileHandle | undefined> {
  try {
    return await open(real, OPEN_FLAGS);
  } catch (cause) {
    if (ABSENT.has(codeOf(cause))) return undefined;
    throw fail('VFS_READ', { path: joinNames(names) }, cause);
  }
}

async function isStill(
  handle: FileHandle,
  place: Place,
  names: Names,
  { real, stats }: { readonly real: string; readonly stats: BigIntStats },
): Promise<boolean> {
  const opened = await handle.stat({ bigint: true });
  if (opened.ino !== stats.ino || opened.dev !== stats.dev) return false;
  const again = await locate(place, names);
  return 'real' in again && again.real === real;
}

async function readWhole(
  place: Place,
  names: Names,
  { signal, maxBytes }: ReadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { handle, size } = await openFile(place, names);
  await using _ = handle;
  if (size > maxBytes) throw fail('VFS_TOO_LARGE', { path: joinNames(names), bytes: size, maxBytes });
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    signal?.throwIfAborted();
    const bytesRead = await readPiece(handle, names, bytes.subarray(filled, filled + PIECE_BYTES), filled);
    // The file became shorter since it was located.
    if (bytesRead === 0) return bytes.slice(0, filled);
    filled += bytesRead;
  }
  return bytes;
}

async function readPiece(handle: FileHandle, names: Names, into: Uint8Array, from: number): Promise<number> {
  try {
    return (await handle.read(into, 0, into.length, from)).bytesRead;
  } catch (cause) {
    throw fail('VFS_READ', { path: joinNames(names) }, cause);
  }
}

async function openStream(
  place: Place,
  names: Names,
  { start, end, signal }: RangeOptions,
): Promise<Readable> {
  const { handle } = await openFile(place, names);
  return handle.createReadStream({ start, end, autoClose: true, ...(signal && { signal }) });
}

async function listFolder(place: Place, names: Names): Promise<readonly VfsEntry[]> {
  const found = await locate(place, names);
  if ('reason' in found) throw notFound(names, found.reason);
  if (!found.stats.isDirectory()) throw wrongKind(names, 'file');
  const listed = await entriesOf(names, found.real);
  const again = await locate(place, names);
  if ('reason' in again || again.real !== found.real) throw notFound(names, 'it changed meanwhile');
  const entries: VfsEntry[] = [];
  // Names come as bytes, since a name that is no UTF-8 would come changed.
  for (const entry of listed) {
    const name = entry.name.toString('utf8');
    if (nameFault(name) !== undefined || !Buffer.from(name).equals(entry.name)) continue;
    if (entry.isFile()) entries.push({ name, kind: 'file' });
    else if (entry.isDirectory()) entries.push({ name, kind: 'directory' });
    else if (entry.isSymbolicLink()) {
      const target = await locate(place, [...names, name]);
      if ('stats' in target) entries.push({ name, kind: describe(target.stats).kind });
    }
  }
  return entries;
}

async function entriesOf(names: Names, real: string): Promise<readonly Dirent<Buffer>[]> {
  try {
    return await readdir(real, { withFileTypes: true, encoding: 'buffer' });
  } catch (cause) {
    if (ABSENT.has(codeOf(cause))) throw notFound(names, 'it changed meanwhile');
    throw fail('VFS_READ', { path: joinNames(names) }, cause);
  }
}

function describe(stats: BigIntStats): VfsStat {
  const directory = stats.isDirectory();
  return {
    kind: directory ? 'directory' : 'file',
    size: directory ? 0 : Number(stats.size),
    modified: Temporal.Instant.fromEpochNanoseconds(stats.mtimeNs),
  };
}

function isVisible(stats: BigIntStats): boolean {
  return stats.isFile() || stats.isDirectory();
}

function isWithin(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : root + sep);
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException | undefined)?.code;
}
