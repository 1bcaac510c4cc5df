/**
 * An open file of an application's writable folders.
 *
 * @module
 */
import {
  type BigIntStats,
  closeSync,
  fstatSync,
  fsync,
  ftruncateSync,
  futimesSync,
  readSync,
  type Stats,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { refused } from './disk-place.ts';
import { fail } from './errors.ts';
import { unreadable } from './folder-place.ts';
import type { Store } from './store.ts';
import { joinNames, type Names } from './tree.ts';
import type { VfsFile, VfsStat, VfsTimes } from './vfs.ts';

const flushed = promisify(fsync);

/** What of a file is told, with the times that only disks keep. */
export function describeOnDisk(stats: BigIntStats): VfsStat {
  const directory = stats.isDirectory();
  const at = (ns: bigint): Temporal.Instant => Temporal.Instant.fromEpochNanoseconds(ns);
  return {
    kind: directory ? 'directory' : 'file',
    size: directory ? 0 : Number(stats.size),
    modified: at(stats.mtimeNs),
    accessed: at(stats.atimeNs),
    changed: at(stats.ctimeNs),
    identity: `${stats.dev}:${stats.ino}`,
  };
}

/** Seconds as the system takes them; `undefined` times are those of `stats`. */
export function secondsOf(
  times: VfsTimes,
  stats: BigIntStats,
): readonly [accessed: number, modified: number] {
  const seconds = (at: Temporal.Instant | undefined, ns: bigint): number =>
    Number(at?.epochNanoseconds ?? ns) / 1e9;
  return [seconds(times.accessed, stats.atimeNs), seconds(times.modified, stats.mtimeNs)];
}

/** A descriptor that the store has in its books; disposal closes it. */
export class DiskFile implements VfsFile {
  readonly #store: Store;
  readonly #names: Names;
  readonly #key: BigIntStats;
  readonly #writable: boolean;
  #descriptor: number | undefined;
  /** Waits for the disk: closing comes after that. */
  #flushing = 0;
  #closing: number | undefined;

  /** `key` is what `fstat` says of the descriptor. */
  constructor(
    store: Store,
    {
      names,
      descriptor,
      key,
      writable,
    }: {
      readonly names: Names;
      readonly descriptor: number;
      readonly key: BigIntStats;
      readonly writable: boolean;
    },
  ) {
    this.#store = store;
    this.#names = names;
    this.#descriptor = descriptor;
    this.#key = key;
    this.#writable = writable;
  }

  stat(): VfsStat {
    return describeOnDisk(this.#reading((file) => fstatSync(file, { bigint: true })));
  }

  read(offset: number, length: number): Uint8Array<ArrayBuffer> {
    return this.#reading((file) => {
      const { size } = fstatSync(file);
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      let filled = 0;
      while (filled < bytes.length) {
        const got = readSync(file, bytes, filled, bytes.length - filled, offset + filled);
        if (got === 0) break;
        filled += got;
      }
      return filled === bytes.length ? bytes : bytes.slice(0, filled);
    });
  }

  write(offset: number, bytes: Uint8Array): void {
    this.#put(bytes, () => offset);
  }

  append(bytes: Uint8Array): void {
    this.#put(bytes, (size) => size);
  }

  resize(size: number): void {
    this.#change((file) =>
      this.#sized(file, fstatSync(file), { size, work: () => ftruncateSync(file, size) }),
    );
  }

  setTimes(times: VfsTimes): void {
    const file = this.#open();
    try {
      futimesSync(file, ...secondsOf(times, fstatSync(file, { bigint: true })));
    } catch (cause) {
      throw refused(this.#names, cause);
    }
  }

  async flush(): Promise<void> {
    const file = this.#open();
    this.#flushing++;
    try {
      await flushed(file);
    } catch (cause) {
      throw refused(this.#names, cause);
    } finally {
      this.#flushing--;
      if (this.#flushing === 0 && this.#closing !== undefined) closeSync(this.#closing);
    }
  }

  [Symbol.dispose](): void {
    const file = this.#descriptor;
    if (file === undefined) return;
    this.#descriptor = undefined;
    this.#store.alone(() => this.#store.closed(this.#key));
    if (this.#flushing > 0) this.#closing = file;
    else closeSync(file);
  }

  #open(): number {
    if (this.#descriptor === undefined) throw fail('VFS_READ', { reason: 'the file is closed' });
    return this.#descriptor;
  }

  #reading<T>(work: (file: number) => T): T {
    const file = this.#open();
    try {
      return work(file);
    } catch (cause) {
      throw unreadable(this.#names, cause);
    }
  }

  /** Runs a change while no other thread changes anything of this application. */
  #change(work: (file: number) => void): void {
    const path = joinNames(this.#names);
    if (!this.#writable) throw fail('VFS_READ_ONLY', { path, reason: 'it was opened to be read' });
    const file = this.#open();
    this.#store.alone(() => work(file));
  }

  /** Writes all of the bytes from where `from` says, which is told the size. */
  #put(bytes: Uint8Array, from: (size: number) => number): void {
    this.#change((file) => {
      if (bytes.length === 0) return;
      const stats = fstatSync(file);
      const at = from(stats.size);
      const work = (): void => {
        let written = 0;
        while (written < bytes.length)
          written += writeSync(file, bytes, written, bytes.length - written, at + written);
      };
      this.#sized(file, stats, { size: Math.max(stats.size, at + bytes.length), work });
    });
  }

  /** The file will be this large: takes or gives its room, and looks again when the system refuses. */
  #sized(
    file: number,
    { size: before, nlink }: Stats,
    { size, work }: { readonly size: number; readonly work: () => void },
  ): void {
    const store = this.#store;
    const taken = Math.max(0, size - before);
    if (taken > 0) store.take(taken, 0, joinNames(this.#names));
    let after = size;
    try {
      work();
    } catch (cause) {
      after = fstatSync(file).size;
      throw refused(this.#names, cause);
    } finally {
      // Other than planned when the system refused in the middle.
      store.give(before + taken - after, 0);
      if (nlink === 0) store.resized(this.#key, after);
    }
  }
}
