/**
 * The same as folder-tree.ts, for host functions that must answer at once.
 *
 * @module
 */
import {
  closeSync,
  type Dirent,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
} from 'node:fs';
import { fail } from './errors.ts';
import {
  ATTEMPTS,
  CHANGED,
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
import { readOnlyFile } from './read-only.ts';
import { type Names, notFound, type Tree, wrongKind } from './tree.ts';
import type { VfsEntry, VfsFile } from './vfs.ts';

/** The part of a folder's tree that answers at once. */
export function folderSync(place: Place): Pick<Tree, 'listSync' | 'openSync' | 'statSync'> {
  return {
    statSync: (names) => {
      const found = locate(place, names);
      return 'reason' in found ? undefined : describe(found.stats);
    },
    openSync: (names) => openFile(place, names),
    listSync: (names) => listFolder(place, names),
  };
}

function locate(place: Place, names: Names): Found {
  const wanted = pathOf(place, names);
  try {
    const real = realpathSync.native(wanted);
    if (!isWithin(place, real)) return { reason: LEADS_OUT };
    if (real !== wanted && !isSpelledSo(place, names)) return { reason: undefined };
    const stats = lstatSync(real, { bigint: true });
    if (stats.isSymbolicLink()) return { reason: CHANGED };
    return isVisible(stats) ? { real, stats } : { reason: SPECIAL };
  } catch (cause) {
    if (isAbsent(cause)) return { reason: undefined };
    throw unreadable(names, cause);
  }
}

function isSpelledSo(place: Place, names: Names): boolean {
  for (const [folder, name] of spelling(place, names)) {
    if (!readdirSync(folder).includes(name)) return false;
  }
  return true;
}

function openFile(place: Place, names: Names): VfsFile {
  let reason: string | undefined;
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = locate(place, names);
    if ('reason' in found) {
      reason = found.reason;
      if (reason === CHANGED) continue;
      break;
    }
    if (found.stats.isDirectory()) throw wrongKind(names, 'directory');
    const opened = openLocated(place, names, found);
    if (opened !== undefined) return fileOf(names, opened);
    reason = CHANGED;
  }
  throw notFound(names, reason);
}

/** `undefined` when it is no longer what was located. */
function openLocated(
  place: Place,
  names: Names,
  found: Extract<Found, { real: string }>,
): number | undefined {
  let opened: number | undefined;
  try {
    opened = openSync(found.real, OPEN_FLAGS);
    const again = isSame(fstatSync(opened, { bigint: true }), found.stats) ? locate(place, names) : undefined;
    if (again !== undefined && 'real' in again && again.real === found.real) return opened;
    closeSync(opened);
    return undefined;
  } catch (cause) {
    if (opened !== undefined) closeSync(opened);
    if (isAbsent(cause)) return undefined;
    throw unreadable(names, cause);
  }
}

function fileOf(names: Names, descriptor: number): VfsFile {
  let opened: number | undefined = descriptor;
  const whileOpen = <T>(work: (descriptor: number) => T): T => {
    if (opened === undefined) throw fail('VFS_READ', { reason: 'the file is closed' });
    try {
      return work(opened);
    } catch (cause) {
      throw unreadable(names, cause);
    }
  };
  return {
    ...readOnlyFile(names),
    stat: () => whileOpen((file) => describe(fstatSync(file, { bigint: true }))),
    read: (offset, length) =>
      whileOpen((file) => {
        const bytes = new Uint8Array(length);
        let filled = 0;
        while (filled < length) {
          const got = readSync(file, bytes, filled, length - filled, offset + filled);
          if (got === 0) break;
          filled += got;
        }
        return filled === length ? bytes : bytes.slice(0, filled);
      }),
    [Symbol.dispose]: () => {
      if (opened !== undefined) closeSync(opened);
      opened = undefined;
    },
  };
}

function listFolder(place: Place, names: Names): readonly VfsEntry[] {
  const found = locate(place, names);
  if ('reason' in found) throw notFound(names, found.reason);
  if (!found.stats.isDirectory()) throw wrongKind(names, 'file');
  const listed = entriesOf(names, found.real);
  const again = locate(place, names);
  if ('reason' in again || again.real !== found.real) throw notFound(names, CHANGED);
  return listed.flatMap((entry) => {
    const name = nameOf(entry);
    if (name === undefined) return [];
    if (entry.isFile()) return [{ name, kind: 'file' }];
    if (entry.isDirectory()) return [{ name, kind: 'directory' }];
    const target = entry.isSymbolicLink() ? locate(place, [...names, name]) : { reason: SPECIAL };
    return 'stats' in target ? [{ name, kind: describe(target.stats).kind }] : [];
  });
}

function entriesOf(names: Names, real: string): readonly Dirent<Buffer>[] {
  try {
    return readdirSync(real, { withFileTypes: true, encoding: 'buffer' });
  } catch (cause) {
    if (isAbsent(cause)) throw notFound(names, CHANGED);
    throw unreadable(names, cause);
  }
}
