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

/**
 * A tree that is only read. Whatever is neither a regular file nor a directory (links that lead out of the tree,
 * pipes, devices, names that are no UTF-8) is not there.
 *
 * Errors: `VFS_PATH` for a path out of form, `VFS_NOT_FOUND`, `VFS_KIND` for a file where a directory is needed
 * and the reverse, `VFS_READ` when the operating system refuses.
 */
export interface Vfs {
  /** `undefined` when nothing is there. */
  stat(path: string): Promise<VfsStat | undefined>;
  /** A copy of its own. `VFS_TOO_LARGE` above `maxBytes` (256 MiB unless told). */
  readFile(
    path: string,
    options?: { readonly signal?: AbortSignal; readonly maxBytes?: number },
  ): Promise<Uint8Array<ArrayBuffer>>;
  /**
   * Bytes `start` to `end`, both included, as `node:fs` counts them; what lies behind the end of the file is
   * left out. `VFS_RANGE` for a range out of form. The stream must be read to its end or destroyed.
   */
  open(
    path: string,
    options?: { readonly start?: number; readonly end?: number; readonly signal?: AbortSignal },
  ): Promise<Readable>;
  /** In the order of their UTF-8 bytes. */
  list(path: string): Promise<readonly VfsEntry[]>;
}
