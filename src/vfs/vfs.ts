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
  /** What it is made of, for `createFolderVfs` in another thread; absent where that cannot be said. */
  readonly recipe?: VfsRecipe;
  /** The same tree, answering at once; absent where that cannot be, as for files that are far away. */
  readonly sync?: VfsSync;
}

/** What appears at `path`: a folder with all that is below it, or one file. */
export type Mount =
  | { readonly path: string; readonly folder: string }
  | { readonly path: string; readonly bytes: Uint8Array };

/** A tree as plain data. Its folders are resolved. */
export interface VfsRecipe {
  readonly mounts: readonly Mount[];
  /** When the files given as bytes were last changed, as ISO 8601. */
  readonly modified: string;
}

/** For host functions that must answer a value. Each call holds up its thread; the errors are those of {@link Vfs}. */
export interface VfsSync {
  stat(path: string): VfsStat | undefined;
  list(path: string): readonly VfsEntry[];
  /** Opens a file; dispose it. */
  open(path: string): VfsFile;
}

/** An open file: what is read is of this file, whatever happens to its path. */
export interface VfsFile extends Disposable {
  /** Now, not when it was opened. */
  stat(): VfsStat;
  /** At most `length` bytes from `offset`; fewer at the end of the file, none behind it. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
}
