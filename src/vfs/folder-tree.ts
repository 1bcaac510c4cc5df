/**
 * A folder of the operator as a part of the file tree, read-only. The folder is resolved once; afterwards no
 * link is followed out of it, however the path is spelled and whoever changes it meanwhile.
 *
 * Node offers no `openat`, so a path is resolved, opened without following a last link, and resolved again: what
 * was opened must be what was resolved.
 *
 * @module
 */
import type { BigIntStats, Dirent } from 'node:fs';
import { type FileHandle, lstat, open, readdir, realpath } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { fail } from './errors.ts';
import {
  ATTEMPTS,
  CHANGED,
  codeOf,
  describe,
  type Found,
  isAbsent,
  isSame,
  isVisible,
  isWithin,
  LEADS_OUT,
  nameOf,
  OPEN_FLAGS,
  type Place,
  pathOf,
  SPECIAL,
  spelling,
  unreadable,
} from './folder-place.ts';
import { folderSync } from './folder-sync.ts';
import {
  joinNames,
  type Names,
  notFound,
  type RangeOptions,
  type ReadOptions,
  type Tree,
  wrongKind,
} from './tree.ts';
import type { VfsEntry } from './vfs.ts';

/** Bytes read in one go, so that an abort is heard in between. */
const PIECE_BYTES = 4 * 1024 * 1024;

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
    ...folderSync(place),
  };
}

/** The real path of a folder. `VFS_MOUNT` when it is missing or no directory. */
export async function resolveRoot(folder: string): Promise<string> {
  try {
    const root = await realpath(folder);
    if ((await lstat(root)).isDirectory()) return root;
  } catch (cause) {
    const reason = isAbsent(cause) ? 'it is missing' : `the system answers ${String(codeOf(cause))}`;
    throw fail('VFS_MOUNT', { folder, reason }, cause);
  }
  throw fail('VFS_MOUNT', { folder, reason: 'it is no directory' });
}

async function locate(place: Place, names: Names): Promise<Found> {
  const wanted = pathOf(place, names);
  try {
    const real = await realpath(wanted);
    if (!isWithin(place, real)) return { reason: LEADS_OUT };
    // Differs because of a link inside, or because the file system takes other spellings of a name.
    if (real !== wanted && !(await isSpelledSo(place, names))) return { reason: undefined };
    const stats = await lstat(real, { bigint: true });
    if (stats.isSymbolicLink()) return { reason: CHANGED };
    return isVisible(stats) ? { real, stats } : { reason: SPECIAL };
  } catch (cause) {
    if (isAbsent(cause)) return { reason: undefined };
    throw unreadable(names, cause);
  }
}

async function isSpelledSo(place: Place, names: Names): Promise<boolean> {
  for (const [folder, name] of spelling(place, names)) {
    if (!(await readdir(folder)).includes(name)) return false;
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
      if (reason === CHANGED) continue;
      break;
    }
    if (found.stats.isDirectory()) throw wrongKind(names, 'directory');
    const handle = await openLocated(names, found.real);
    if (handle !== undefined && (await isStill(handle, place, names, found))) {
      return { handle, size: Number(found.stats.size) };
    }
    await handle?.close();
    reason = CHANGED;
  }
  throw notFound(names, reason);
}

/** `undefined` when it went away, or became a link, after it was located. */
async function openLocated(names: Names, real: string): Promise<FileHandle | undefined> {
  try {
    return await open(real, OPEN_FLAGS);
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw unreadable(names, cause);
  }
}

async function isStill(
  handle: FileHandle,
  place: Place,
  names: Names,
  { real, stats }: { readonly real: string; readonly stats: BigIntStats },
): Promise<boolean> {
  const opened = await handle.stat({ bigint: true });
  if (!isSame(opened, stats)) return false;
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
    throw unreadable(names, cause);
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
  if ('reason' in again || again.real !== found.real) throw notFound(names, CHANGED);
  const entries: VfsEntry[] = [];
  // Names come as bytes, since a name that is no UTF-8 would come changed.
  for (const entry of listed) {
    const name = nameOf(entry);
    if (name === undefined) continue;
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
    if (isAbsent(cause)) throw notFound(names, CHANGED);
    throw unreadable(names, cause);
  }
}
