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
  /** When it was last read; absent where nobody keeps that. */
  readonly accessed?: Temporal.Instant;
  /** When anything about it last changed, its name and times included; absent where nobody keeps that. */
  readonly changed?: Temporal.Instant;
  /** One file has one, whatever its path; without it the path stands for the file. */
  readonly identity?: string;
}

export interface VfsEntry {
  readonly name: string;
  readonly kind: 'file' | 'directory';
}

/**
 * A tree. Whatever is neither a regular file nor a directory (links that lead out of the tree,
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
  /** A thread that had this tree by its recipe has ended, whatever it had open: its files are closed. */
  readonly threadGone?: (thread: number) => void;
}

/** What appears at `path`: a folder with all that is below it, or one file. A folder with a store can be written. */
export type Mount =
  | { readonly path: string; readonly folder: string; readonly store?: StoreRecipe }
  | { readonly path: string; readonly bytes: Uint8Array };

/** What one application may write. */
export interface StoreLimits {
  /** Of all its files together. */
  readonly bytes: number;
  /** Files and directories. */
  readonly files: number;
}

/** The books of an application's writable folders, in memory that all threads share. */
export interface StoreRecipe {
  readonly memory: SharedArrayBuffer;
  readonly limits: StoreLimits;
  /** Every folder that is kept in these books; real paths. */
  readonly folders: readonly string[];
}

/** A tree as plain data. Its folders are resolved. */
export interface VfsRecipe {
  readonly mounts: readonly Mount[];
  /** When the files given as bytes were last changed, as ISO 8601. */
  readonly modified: string;
}

/** How a file is opened; without any of these it is read. */
export interface VfsOpen {
  readonly write?: boolean;
  /** Makes it when nothing is there. */
  readonly create?: boolean;
  /** With `create`: fails with `VFS_EXISTS` when something is there. */
  readonly exclusive?: boolean;
  /** Makes it empty. */
  readonly truncate?: boolean;
}

/** Times to be set; what is left out stays as it is. Disks keep microseconds or better. */
export interface VfsTimes {
  readonly accessed?: Temporal.Instant;
  readonly modified?: Temporal.Instant;
}

/**
 * For host functions that must answer a value. Each call holds up its thread. The errors are those of {@link Vfs};
 * for what changes the tree also `VFS_READ_ONLY`, `VFS_EXISTS`, `VFS_NOT_EMPTY`, `VFS_BUSY` for a folder that must
 * stay, `VFS_INTO_ITSELF`, `VFS_NO_SPACE` beyond the quota, `VFS_DISK_FULL`, `VFS_OPEN_FILES`, `VFS_LINKED` and
 * `VFS_WRITE` when the operating system refuses. Nothing has changed after an error.
 */
export interface VfsSync {
  stat(path: string): VfsStat | undefined;
  list(path: string): readonly VfsEntry[];
  /** Opens a file; dispose it. */
  open(path: string, options?: VfsOpen): VfsFile;
  /** Whether what is at this path, or could be, may be changed. */
  isWritable(path: string): boolean;
  makeDirectory(path: string): void;
  /** An empty one. */
  removeDirectory(path: string): void;
  /** A file; whoever has it open keeps it. */
  unlink(path: string): void;
  /** Takes the place of a file, or of an empty directory, that is there, in one step. */
  rename(from: string, to: string): void;
  setTimes(path: string, times: VfsTimes): void;
  /** Resolves when the names in a directory are on the disk; nothing waits to be written where nothing is. */
  flush(path: string): Promise<void>;
}

/** An open file: what is read is of this file, whatever happens to its path. */
export interface VfsFile extends Disposable {
  /** Now, not when it was opened. */
  stat(): VfsStat;
  /** At most `length` bytes from `offset`; fewer at the end of the file, none behind it. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
  /** All of the bytes; a gap before them reads as zeros. */
  write(offset: number, bytes: Uint8Array): void;
  /** Writes all of the bytes at the end, wherever that is now. */
  append(bytes: Uint8Array): void;
  /** Cuts it, or lengthens it with zeros. */
  resize(size: number): void;
  /** Also of a file that was opened to be read. */
  setTimes(times: VfsTimes): void;
  /** Resolves when what was written is on the disk. */
  flush(): Promise<void>;
}
