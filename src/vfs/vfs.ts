/**
 * The file tree that one application sees. Paths are absolute, separated by `/`, compared byte by byte; `.`,
 * `..`, empty elements, NUL and backslashes are refused, never resolved.
 *
 * @module
 */
import type { Readable } from 'node:stream';

export interface VfsStat {
  readonly kind: 'file' | 'directory';
  /** Bytes; 0 for a directory. */
  readonly size: number;
  readonly modified: Temporal.Instant;
}

export interface VfsEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory';
}

/** Errors: `VFS_PATH` for a path out of form, `VFS_NOT_FOUND`, `VFS_KIND` for a file where a directory is needed and the reverse. */
export interface Vfs {
  /** `undefined` when nothing is there. */
  stat(path: string): Promise<VfsStat | undefined>;
  readFile(path: string, options?: { readonly signal?: AbortSignal }): Promise<Uint8Array>;
  /** Bytes `start` to `end`, both included, as `node:fs` counts them. */
  open(path: string, options?: { readonly start?: number; readonly end?: number; readonly signal?: AbortSignal }): Promise<Readable>;
  /** In the order of their UTF-8 bytes. */
  list(path: string): Promise<readonly VfsEntry[]>;
}
