/**
 * Files that are fetched when somebody looks at them: what is known of them answers at once.
 *
 * @module
 */
import { fail } from './errors.ts';
import { parsePath } from './path.ts';
import { readOnlyFile } from './read-only.ts';
import { type Names, notFound, type Tree, wrongKind } from './tree.ts';
import type { VfsEntry, VfsFile, VfsStat, VfsSync } from './vfs.ts';
import { createVfs } from './view.ts';

/** What was found at a path; without `bytes` or `entries` it can only be looked at. */
export type Found =
  | {
      readonly kind: 'file';
      readonly size: number;
      readonly identity: string;
      readonly bytes?: Uint8Array<ArrayBuffer>;
    }
  | { readonly kind: 'directory'; readonly identity: string; readonly entries?: readonly VfsEntry[] };

/** Paths that are known at a time; the oldest are forgotten. */
const MAX_KNOWN = 4_096;

/** Bytes of files that may be open at a time. */
const MAX_OPEN_BYTES = 64 * 1024 * 1024;

const EPOCH: Temporal.Instant = Temporal.Instant.fromEpochMilliseconds(0);

export interface LateVfs {
  /** The tree below, with the late files in their place. */
  readonly sync: VfsSync;
  /** Whether the path is that of a late file, and nothing that would do is known of it. */
  isMissing(path: string, want: 'stat' | 'open'): boolean;
  /** Says what lies at a path; `undefined` for nothing. The bytes are given to the one who opens it next. */
  enter(path: string, found: Found | undefined): void;
}

/**
 * Lays late files over a tree, as the folder `name` at its root. The folder itself lists nothing.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createMemoryVfs } from './memory.ts';
 * const { sync } = createMemoryVfs({ '/www/index.html': 'hello' });
 * const late = createLateVfs(sync as VfsSync, 'ipfs');
 * assert.equal(late.isMissing('/ipfs/abc', 'stat'), true);
 * late.enter('/ipfs/abc', { kind: 'file', size: 2, identity: 'abc' });
 * assert.equal(late.sync.stat('/ipfs/abc')?.size, 2);
 * assert.equal(late.sync.stat('/www/index.html')?.size, 5);
 * assert.equal(late.isMissing('/ipfs/abc', 'open'), true);
 * ```
 */
export function createLateVfs(base: VfsSync, name: string): LateVfs {
  const known = new Map<string, Found>();
  const own = createVfs(lateTree(known, name), { mounts: [], modified: EPOCH.toString() }).sync as VfsSync;
  const root = `/${name}`;
  const isLate = (path: string): boolean => path === root || path.startsWith(`${root}/`);
  const at = (path: string): VfsSync => (isLate(path) ? own : base);
  return {
    isMissing(path, want) {
      if (!path.startsWith(`${root}/`)) return false;
      const found = known.get(path);
      if (!found || want === 'stat') return !found;
      return found.kind === 'file' ? !found.bytes : !found.entries;
    },
    enter(path, found) {
      known.delete(path);
      if (found) known.set(path, found);
      const [oldest] = known.keys();
      if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
    },
    sync: {
      stat: (path) => at(path).stat(path),
      list: (path) =>
        path === '/'
          ? [...base.list(path), { name, kind: 'directory' as const }].toSorted(byName)
          : at(path).list(path),
      open: (path, options) => at(path).open(path, options),
      isWritable: (path) => at(path).isWritable(path),
      makeDirectory: (path) => at(path).makeDirectory(path),
      removeDirectory: (path) => at(path).removeDirectory(path),
      unlink: (path) => at(path).unlink(path),
      rename: (from, to) => at(isLate(to) ? to : from).rename(from, to),
      setTimes: (path, times) => at(path).setTimes(path, times),
      flush: (path) => at(path).flush(path),
    },
  };
}

function lateTree(known: Map<string, Found>, name: string): Tree {
  const root: Found = { kind: 'directory', identity: name, entries: [] };
  let open = 0;
  const find = (names: Names): Found | undefined =>
    names.length === 1 ? root : known.get(`/${names.join('/')}`);

  function openSync(names: Names): VfsFile {
    const found = find(names);
    if (!found) throw notFound(names);
    if (found.kind === 'directory') throw wrongKind(names, 'directory');
    const { bytes, ...rest } = found;
    if (!bytes) throw notFound(names);
    if (open + bytes.byteLength > MAX_OPEN_BYTES) {
      throw fail('VFS_OPEN_FILES', { path: `/${names.join('/')}`, bytes: open, more: bytes.byteLength });
    }
    // Who opens it again fetches it again: nothing is kept for nobody.
    known.set(`/${names.join('/')}`, rest);
    open += bytes.byteLength;
    let own: Uint8Array<ArrayBuffer> = bytes;
    return {
      ...readOnlyFile(names),
      stat: () => statOf(rest),
      read: (offset, length) => own.slice(offset, offset + length),
      [Symbol.dispose]: () => {
        open -= own.byteLength;
        own = new Uint8Array();
      },
    };
  }

  function listSync(names: Names): readonly VfsEntry[] {
    const found = find(names);
    if (!found) throw notFound(names);
    if (found.kind === 'file') throw wrongKind(names, 'file');
    return found.entries ?? [];
  }

  const refuse = async (names: Names): Promise<never> => {
    throw notFound(names);
  };
  const statSync = (names: Names): VfsStat | undefined => {
    const found = find(names);
    return found && statOf(found);
  };
  return { statSync, openSync, listSync, stat: refuse, readFile: refuse, open: refuse, list: refuse };
}

function statOf(found: Found): VfsStat {
  const { kind, identity } = found;
  return { kind, identity, size: found.kind === 'file' ? found.size : 0, modified: EPOCH };
}

function byName(a: VfsEntry, b: VfsEntry): number {
  return Buffer.compare(Buffer.from(a.name), Buffer.from(b.name));
}

/**
 * The paths that must be known before one can be followed: those that `..` leaves, and the one it leads to.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(pathsOnTheWay('/', 'ipfs/a/./b/../c'), ['/ipfs/a/b', '/ipfs/a/c']);
 * assert.deepEqual(pathsOnTheWay('/ipfs/a', '../../../b'), []);
 * ```
 */
export function pathsOnTheWay(base: string, path: string): readonly string[] {
  const names = [...parsePath(base)];
  const start = names.length;
  const found: string[] = [];
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue;
    if (part !== '..') {
      names.push(part);
      continue;
    }
    // Above where it starts nothing is followed.
    if (names.length <= start) return [];
    found.push(`/${names.join('/')}`);
    names.pop();
  }
  return [...found, `/${names.join('/')}`];
}
