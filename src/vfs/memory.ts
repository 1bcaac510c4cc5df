/**
 * A file tree in memory: for bare components, for tests, and for the few files of an application that are not
 * on disk as they are seen.
 *
 * @module
 */
import { Readable } from 'node:stream';
import { fail } from './errors.ts';
import { parsePath } from './path.ts';
import { readOnlyFile } from './read-only.ts';
import {
  joinNames,
  type Names,
  notFound,
  type RangeOptions,
  type ReadOptions,
  type Tree,
  wrongKind,
} from './tree.ts';
import type { Vfs, VfsEntry, VfsFile, VfsStat } from './vfs.ts';
import { createVfs } from './view.ts';

const EPOCH: Temporal.Instant = Temporal.Instant.fromEpochMilliseconds(0);

/** Bytes in one chunk of a stream. */
const CHUNK_BYTES = 64 * 1024;

export interface MemoryOptions {
  /** When every entry was last changed; 1970 unless told. */
  readonly modified?: Temporal.Instant;
}

/**
 * A tree of the given files, whose keys are absolute paths; text is stored as UTF-8. Directories follow from the
 * paths. The bytes are copied.
 *
 * Errors: `VFS_PATH` for a key out of form, `VFS_KIND` for a file below a file.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const vfs = createMemoryVfs({ '/www/index.html': '<h1>Hello</h1>' });
 * assert.deepEqual(await vfs.list('/'), [{ name: 'www', kind: 'directory' }]);
 * assert.equal((await vfs.stat('/www/index.html'))?.size, 14);
 * ```
 */
export function createMemoryVfs(
  files: Readonly<Record<string, string | Uint8Array>>,
  options: MemoryOptions = {},
): Vfs {
  const { modified = EPOCH } = options;
  const mounts = Object.entries(files).map(([path, content]) => ({ path, bytes: bytesOf(content) }));
  const tree = createMemoryTree(
    mounts.map(({ path, bytes }) => [path, bytes]),
    options,
  );
  return createVfs(tree, { mounts, modified: modified.toString() });
}

type Node = Map<string, Node> | Uint8Array<ArrayBuffer>;

/** The same as a part of a larger tree. `directories` are made even when they are empty. */
export function createMemoryTree(
  files: Iterable<readonly [path: string, content: string | Uint8Array]>,
  { modified = EPOCH }: MemoryOptions = {},
  directories: Iterable<Names> = [],
): Tree {
  const root: Node = new Map();
  for (const names of directories) makeDirectory(root, names);
  for (const [path, content] of files) {
    const names = parsePath(path);
    const last = names.at(-1);
    if (last === undefined) throw fail('VFS_KIND', { path, found: 'directory' });
    const folder = makeDirectory(root, names.slice(0, -1));
    if (folder.get(last) instanceof Map) throw wrongKind(names, 'directory');
    folder.set(last, bytesOf(content));
  }
  return treeOf(root, modified);
}

function bytesOf(content: string | Uint8Array): Uint8Array<ArrayBuffer> {
  return typeof content === 'string' ? new TextEncoder().encode(content) : Uint8Array.from(content);
}

function treeOf(root: Map<string, Node>, modified: Temporal.Instant): Tree {
  const bytesAt = (names: Names): Uint8Array<ArrayBuffer> => {
    const node = find(root, names);
    if (node === undefined) throw notFound(names);
    if (node instanceof Map) throw wrongKind(names, 'directory');
    return node;
  };
  const statSync = (names: Names): VfsStat | undefined => {
    const node = find(root, names);
    return node && { ...described(node), modified };
  };
  const listSync = (names: Names): readonly VfsEntry[] => {
    const node = find(root, names);
    if (node === undefined) throw notFound(names);
    if (!(node instanceof Map)) throw wrongKind(names, 'file');
    return [...node].map(([name, child]) => ({ name, kind: described(child).kind }));
  };
  return {
    statSync,
    listSync,
    openSync: (names) => fileOf(names, bytesAt(names), modified),
    stat: async (names) => statSync(names),
    list: async (names) => listSync(names),
    async readFile(names: Names, { maxBytes }: ReadOptions): Promise<Uint8Array<ArrayBuffer>> {
      const bytes = bytesAt(names);
      if (bytes.length > maxBytes) {
        throw fail('VFS_TOO_LARGE', { path: joinNames(names), bytes: bytes.length, maxBytes });
      }
      return bytes.slice();
    },
    async open(names: Names, { start, end, signal }: RangeOptions): Promise<Readable> {
      const part = bytesAt(names).subarray(start, end === Number.POSITIVE_INFINITY ? undefined : end + 1);
      return Readable.from(chunksOf(part), { objectMode: false, ...(signal && { signal }) });
    },
  };
}

function fileOf(names: Names, bytes: Uint8Array<ArrayBuffer>, modified: Temporal.Instant): VfsFile {
  return {
    ...readOnlyFile(names),
    stat: () => ({ ...described(bytes), modified }),
    read: (offset, length) => bytes.slice(offset, offset + length),
    [Symbol.dispose]: () => {},
  };
}

function makeDirectory(root: Map<string, Node>, names: Names): Map<string, Node> {
  let folder = root;
  for (const [index, name] of names.entries()) {
    const child = folder.get(name) ?? new Map<string, Node>();
    if (!(child instanceof Map)) throw wrongKind(names.slice(0, index + 1), 'file');
    folder.set(name, child);
    folder = child;
  }
  return folder;
}

function find(root: Node, names: Names): Node | undefined {
  let node: Node | undefined = root;
  for (const name of names) node = node instanceof Map ? node.get(name) : undefined;
  return node;
}

function described(node: Node): { readonly kind: 'file' | 'directory'; readonly size: number } {
  return node instanceof Map ? { kind: 'directory', size: 0 } : { kind: 'file', size: node.length };
}

/** Copies, so that a reader cannot change the tree. */
function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES)
    yield Buffer.from(bytes.subarray(at, at + CHUNK_BYTES));
}
