/**
 * What a part of the file tree can do: a folder of the operator, or entries in memory. Paths arrive as elements
 * whose form has been checked.
 *
 * @module
 */
import type { Readable } from 'node:stream';
import { fail } from './errors.ts';
import type { VfsEntry, VfsFile, VfsStat } from './vfs.ts';

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
  openSync(names: Names): VfsFile;
  listSync(names: Names): readonly VfsEntry[];
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
