/**
 * What a part of the file tree can do: a folder of the operator, or entries in memory. Paths arrive as elements
 * whose form has been checked.
 *
 * @module
 */
import type { Readable } from 'node:stream';
import { fail } from './errors.ts';
import type { VfsEntry, VfsFile, VfsOpen, VfsStat, VfsTimes } from './vfs.ts';

export interface ReadOptions {
  readonly signal: AbortSignal | undefined;
  readonly maxBytes: number;
}

/** Both ends included; `end` may be `Infinity`. */
export interface RangeOptions {
  readonly signal: AbortSignal | undefined;
  readonly start: number;
  readonly end: number;
}

export type Names = readonly string[];

export interface Tree {
  stat(names: Names): Promise<VfsStat | undefined>;
  readFile(names: Names, options: ReadOptions): Promise<Uint8Array<ArrayBuffer>>;
  open(names: Names, options: RangeOptions): Promise<Readable>;
  /** In any order. */
  list(names: Names): Promise<readonly VfsEntry[]>;
  statSync(names: Names): VfsStat | undefined;
  /** A tree without `writes` is never asked to write. */
  openSync(names: Names, options?: VfsOpen): VfsFile;
  listSync(names: Names): readonly VfsEntry[];
  /** Absent where nothing can be changed. */
  readonly writes?: TreeWrites | undefined;
}

/** What changes a tree. */
export interface TreeWrites {
  isWritable(names: Names): boolean;
  makeDirectory(names: Names): void;
  removeDirectory(names: Names): void;
  unlink(names: Names): void;
  rename(from: Names, to: Names): void;
  setTimes(names: Names, times: VfsTimes): void;
  flush(names: Names): Promise<void>;
  threadGone(thread: number): void;
}

/** Whether the first lies at or below the second. */
export function startsWith(names: Names, prefix: Names): boolean {
  return prefix.length <= names.length && prefix.every((name, index) => names[index] === name);
}

/** The path of an application that these elements make. */
export function joinNames(names: Names): string {
  return `/${names.join('/')}`;
}

/** The error for a path where nothing is, or nothing that may be seen. */
export function notFound(names: Names, reason?: string): Error {
  return fail(
    'VFS_NOT_FOUND',
    reason === undefined ? { path: joinNames(names) } : { path: joinNames(names), reason },
  );
}

/** The error for a directory where a file is needed, or the reverse. */
export function wrongKind(names: Names, found: 'file' | 'directory'): Error {
  return fail('VFS_KIND', { path: joinNames(names), found });
}
