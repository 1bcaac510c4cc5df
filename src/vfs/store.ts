/**
 * The books of an application's writable folders: how much they hold, and which of their files are open. They lie
 * in shared memory, so that the quota is exact however many threads write. A file that was unlinked while somebody
 * has it open still takes its room, and is in the books until the last one closes it.
 *
 * @module
 */
import { createSharedLock, LOCK_WORDS, type SharedLock, thisThread } from '../lib/shared-lock.ts';
import { fail } from './errors.ts';
import type { StoreLimits, StoreRecipe } from './vfs.ts';

/** Files of one application that may be open at the same time, in all threads. */
export const MAX_OPEN = 4096;

/** Words before the columns: the lock, whether anything was counted, how many rows there are. */
const COUNTED: number = LOCK_WORDS;
const ROWS: number = LOCK_WORDS + 1;
const HEAD_BYTES = 64;
/** Numbers of 8 bytes after the head: bytes and files; then the sizes of what is open but has no name. */
const BYTES = 0;
const FILES = 1;
const NAMELESS = 2;
const COLUMNS = HEAD_BYTES + (NAMELESS + MAX_OPEN) * 8;
const WORDS_PER_ROW = 5;

/** Size of what is open and still has its name: the tree holds it. */
const NAMED = -1;

export interface Usage {
  readonly bytes: number;
  readonly files: number;
}

/** Which file, whatever its path. */
export interface FileKey {
  readonly ino: bigint;
  readonly dev: bigint;
}

/** Memory for the books of one application. */
export function createStoreMemory(): SharedArrayBuffer {
  return new SharedArrayBuffer(COLUMNS + WORDS_PER_ROW * 4 * MAX_OPEN);
}

/** The books, as one thread has them. Everything but `usage` is for whoever is in `alone`. */
export class Store {
  readonly limits: StoreLimits;
  readonly #count: () => Usage;
  readonly #lock: SharedLock;
  readonly #head: Int32Array;
  readonly #sums: Float64Array;
  readonly #nameless: Float64Array;
  readonly #inoLow: Int32Array;
  readonly #inoHigh: Int32Array;
  readonly #dev: Int32Array;
  readonly #thread: Int32Array;
  readonly #users: Int32Array;
  readonly #columns: readonly (Int32Array | Float64Array)[];

  /** `count` looks at the disk; it is asked at first, and when a thread ended in the middle of its work. */
  constructor({ memory, limits }: StoreRecipe, count: () => Usage) {
    this.limits = limits;
    this.#count = count;
    const head = new Int32Array(memory, 0, HEAD_BYTES / 4);
    this.#head = head;
    this.#lock = createSharedLock(head);
    this.#sums = new Float64Array(memory, HEAD_BYTES, NAMELESS);
    this.#nameless = new Float64Array(memory, HEAD_BYTES + NAMELESS * 8, MAX_OPEN);
    const column = (index: number): Int32Array =>
      new Int32Array(memory, COLUMNS + index * MAX_OPEN * 4, MAX_OPEN);
    this.#inoLow = column(0);
    this.#inoHigh = column(1);
    this.#dev = column(2);
    this.#thread = column(3);
    this.#users = column(4);
    this.#columns = [this.#nameless, ...[0, 1, 2, 3, 4].map(column)];
  }

  /** What the folders hold now. */
  usage(): Usage {
    return this.alone(() => ({ bytes: this.#sums[BYTES] ?? 0, files: this.#sums[FILES] ?? 0 }));
  }

  /** Runs what looks and then changes, while no other thread does. */
  alone<T>(work: () => T): T {
    return this.#lock.hold((broken) => {
      if (broken || this.#head[COUNTED] === 0) this.#recount();
      return work();
    });
  }

  /** Takes room, before it is used. Throws `VFS_NO_SPACE`. */
  take(bytes: number, files: number, path: string): void {
    const wanted = { bytes: (this.#sums[BYTES] ?? 0) + bytes, files: (this.#sums[FILES] ?? 0) + files };
    const { limits } = this;
    if ((bytes > 0 && wanted.bytes > limits.bytes) || (files > 0 && wanted.files > limits.files))
      throw fail('VFS_NO_SPACE', { path, wanted, limits });
    this.#add(bytes, files);
  }

  /** Gives room back. */
  give(bytes: number, files: number): void {
    this.#add(-bytes, -files);
  }

  /** No more files may be opened. */
  get isFull(): boolean {
    return this.#rows >= MAX_OPEN;
  }

  /** Somebody in this thread has opened the file, which must not be when the books are full. */
  opened(key: FileKey): void {
    const row = this.#find(key, thisThread()) ?? this.#addRow(key);
    this.#users[row] = (this.#users[row] ?? 0) + 1;
  }

  /** Somebody in this thread has closed it. */
  closed(key: FileKey): void {
    const row = this.#find(key, thisThread());
    if (row === undefined) return;
    const users = (this.#users[row] ?? 1) - 1;
    this.#users[row] = users;
    if (users === 0) this.#removeRow(row);
  }

  /** The file has lost its last name: gives its room back, now or when the last one closes it. */
  unlinked(key: FileKey, size: number): void {
    this.#add(0, -1);
    if (!this.#setNameless(key, size)) this.#add(-size, 0);
  }

  /** An open file without a name has another size now. */
  resized(key: FileKey, size: number): void {
    this.#setNameless(key, size);
  }

  /** A thread has ended: whatever it had open is closed. */
  forget(thread: number): void {
    this.#lock.forget(thread);
    this.#lock.hold((broken) => {
      // Whoever changes something next counts anew: this thread has better things to do.
      if (broken) this.#head[COUNTED] = 0;
      for (let row = this.#rows - 1; row >= 0; row--) if (this.#thread[row] === thread) this.#removeRow(row);
    });
  }

  get #rows(): number {
    return this.#head[ROWS] ?? 0;
  }

  #add(bytes: number, files: number): void {
    this.#sums[BYTES] = Math.max(0, (this.#sums[BYTES] ?? 0) + bytes);
    this.#sums[FILES] = Math.max(0, (this.#sums[FILES] ?? 0) + files);
  }

  #recount(): void {
    const { bytes, files } = this.#count();
    this.#sums[BYTES] = bytes;
    this.#sums[FILES] = files;
    for (let row = 0; row < this.#rows; row++) {
      const size = this.#nameless[row] ?? NAMED;
      if (size > 0 && this.#firstOf(row) === row) this.#add(size, 0);
    }
    this.#head[COUNTED] = 1;
  }

  /** Marks every row of the file; false when nobody has it open. */
  #setNameless(key: FileKey, size: number): boolean {
    let found = false;
    for (let row = this.#find(key); row !== undefined; row = this.#find(key, undefined, row + 1)) {
      this.#nameless[row] = size;
      found = true;
    }
    return found;
  }

  #addRow(key: FileKey): number {
    const row = this.#rows;
    // One that has no name any more can be opened by nobody, so this one has.
    this.#nameless[row] = NAMED;
    this.#inoLow[row] = low(key.ino);
    this.#inoHigh[row] = low(key.ino >> 32n);
    this.#dev[row] = low(key.dev);
    this.#thread[row] = thisThread();
    this.#users[row] = 0;
    this.#head[ROWS] = row + 1;
    return row;
  }

  /** The last row takes its place. */
  #removeRow(row: number): void {
    const size = this.#nameless[row] ?? NAMED;
    const alone = this.#othersOf(row) === 0;
    const last = this.#rows - 1;
    for (const column of this.#columns) column[row] = column[last] ?? 0;
    this.#head[ROWS] = last;
    if (size > 0 && alone) this.#add(-size, 0);
  }

  #find(key: FileKey, thread?: number, from = 0): number | undefined {
    const wanted = low(key.ino);
    const [high, dev] = [low(key.ino >> 32n), low(key.dev)];
    const rows = this.#rows;
    for (
      let row = this.#inoLow.indexOf(wanted, from);
      row >= 0;
      row = this.#inoLow.indexOf(wanted, row + 1)
    ) {
      if (row >= rows) return undefined;
      if (this.#inoHigh[row] !== high || this.#dev[row] !== dev) continue;
      if (thread === undefined || this.#thread[row] === thread) return row;
    }
    return undefined;
  }

  #isSame(a: number, b: number): boolean {
    return (
      this.#inoLow[a] === this.#inoLow[b] &&
      this.#inoHigh[a] === this.#inoHigh[b] &&
      this.#dev[a] === this.#dev[b]
    );
  }

  #firstOf(row: number): number {
    for (let other = 0; other < row; other++) if (this.#isSame(other, row)) return other;
    return row;
  }

  #othersOf(row: number): number {
    let others = 0;
    for (let other = 0; other < this.#rows; other++) if (other !== row && this.#isSame(other, row)) others++;
    return others;
  }
}

function low(value: bigint): number {
  return Number(BigInt.asIntN(32, value));
}
