/**
 * Files as they are sent: whole or compressed, each with its tag. What was read, hashed or compressed once is
 * kept while it is used and there is room.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Clock } from '../../../engine/extension.ts';
import type { Vfs, VfsStat } from '../../../vfs/vfs.ts';
import type { Coding } from './encoding.ts';

/** Files above this are streamed, and never compressed. */
const MAX_WHOLE_BYTES = 16 * 1024 * 1024;
/** What one kept entry costs beside its bytes. */
const ENTRY_BYTES = 512;
/** Above this, brotli takes seconds at a quality that gains little. */
const MAX_SLOW_BYTES = 1024 * 1024;

/** One file in one coding. */
export interface Variant {
  /** Strong, with its quotes: another for other bytes. */
  readonly etag: string;
  readonly size: number;
  /** Absent when the file is too large to be held: stream it. */
  readonly bytes: Uint8Array | undefined;
}

export interface FileRef {
  /** Whose file: what `forget` takes. */
  readonly owner: object;
  readonly vfs: Vfs;
  readonly path: string;
  /** As found just now. */
  readonly stat: VfsStat;
}

export interface Variants {
  /** Whether a file of this size can be had compressed. */
  compresses(size: number): boolean;
  /** Rejects as the tree does when the file cannot be read. */
  get(file: FileRef, coding: Coding): Promise<Variant>;
  /** Drops everything of an owner who is gone. */
  forget(owner: object): void;
  /** Bytes kept now. */
  readonly bytes: number;
}

export interface VariantsOptions {
  readonly maxBytes: number;
  readonly clock: Clock;
}

/**
 * A store of variants that keeps at most `maxBytes`, the least recently used going first.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createMemoryVfs } from '../../../vfs/memory.ts';
 * import { ManualClock } from '../../../testkit/index.ts';
 * const vfs = createMemoryVfs({ '/www/a.txt': 'a'.repeat(1000) });
 * const variants = createVariants({ maxBytes: 1_000_000, clock: new ManualClock() });
 * const stat = await vfs.stat('/www/a.txt');
 * if (stat === undefined) throw new Error('It must be there');
 * const { size, etag } = await variants.get({ owner: vfs, vfs, path: '/www/a.txt', stat }, 'br');
 * assert.ok(size < 100 && /^"[\w-]+"$/.test(etag));
 * ```
 */
export function createVariants({ maxBytes, clock }: VariantsOptions): Variants {
  const wholeBytes = Math.min(MAX_WHOLE_BYTES, Math.floor(maxBytes / 4));
  const kept = createShelf(maxBytes);
  const owners = new WeakMap<object, number>();
  let count = 0;

  function keyOf({ owner, path }: FileRef, coding: Coding): string {
    const id = owners.get(owner) ?? ++count;
    owners.set(owner, id);
    return `${id} ${coding} ${path}`;
  }
  /** A file changed again within the grain of its time stamp would look the same: such a one is not kept. */
  function isSettled({ stat }: FileRef): boolean {
    return Temporal.Instant.compare(stat.modified, clock.now().subtract({ seconds: 2 })) < 0;
  }
  async function make(file: FileRef, coding: Coding): Promise<Variant> {
    if (coding === 'identity') return read(file, wholeBytes);
    const { bytes } = await get(file, 'identity');
    // It grew since it was looked at.
    const whole = bytes ?? (await file.vfs.readFile(file.path, { maxBytes: MAX_WHOLE_BYTES }));
    return variantOf(await compress(whole, coding));
  }
  function get(file: FileRef, coding: Coding): Promise<Variant> {
    const key = keyOf(file, coding);
    const stamp = `${file.stat.size} ${file.stat.modified.epochNanoseconds}`;
    const found = kept.take(key, stamp);
    if (found !== undefined) return found;
    const variant = make(file, coding);
    if (isSettled(file)) kept.put(key, { stamp, variant, bytes: 0 });
    return variant;
  }
  return {
    compresses: (size) => size <= wholeBytes,
    get,
    forget(owner) {
      const id = owners.get(owner);
      owners.delete(owner);
      if (id !== undefined) kept.dropAll(`${id} `);
    },
    get bytes() {
      return kept.bytes();
    },
  };
}

interface Entry {
  /** Size and time of the file that this was made from. */
  readonly stamp: string;
  readonly variant: Promise<Variant>;
  bytes: number;
}

interface Shelf {
  /** What is kept under this key, made from the file of this stamp. */
  take(key: string, stamp: string): Promise<Variant> | undefined;
  put(key: string, entry: Entry): void;
  /** Drops every key that begins so. */
  dropAll(prefix: string): void;
  bytes(): number;
}

/** Keeps entries up to a number of bytes; a map is in the order of last use. */
function createShelf(maxBytes: number): Shelf {
  const entries = new Map<string, Entry>();
  let total = 0;
  function drop(key: string, entry: Entry): void {
    if (entries.get(key) !== entry) return;
    entries.delete(key);
    total -= entry.bytes;
  }
  function weigh(key: string, entry: Entry, bytes: number): void {
    if (entries.get(key) !== entry) return;
    total += bytes - entry.bytes;
    entry.bytes = bytes;
    for (const [oldest, old] of entries) {
      if (total <= maxBytes) break;
      drop(oldest, old);
    }
  }
  return {
    take(key, stamp) {
      const found = entries.get(key);
      if (found === undefined) return undefined;
      entries.delete(key);
      if (found.stamp === stamp) entries.set(key, found);
      else total -= found.bytes;
      return found.stamp === stamp ? found.variant : undefined;
    },
    put(key, entry) {
      entries.set(key, entry);
      entry.variant.then(
        ({ bytes }) => weigh(key, entry, ENTRY_BYTES + (bytes?.length ?? 0)),
        // Whoever asked is told by the promise itself.
        () => drop(key, entry),
      );
    },
    dropAll(prefix) {
      for (const [key, entry] of entries) if (key.startsWith(prefix)) drop(key, entry);
    },
    bytes: () => total,
  };
}

async function read({ vfs, path, stat }: FileRef, wholeBytes: number): Promise<Variant> {
  if (stat.size <= wholeBytes) return variantOf(await vfs.readFile(path, { maxBytes: MAX_WHOLE_BYTES }));
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of await vfs.open(path)) {
    hash.update(chunk);
    size += chunk.length;
  }
  return { etag: tag(hash.digest()), size, bytes: undefined };
}

function variantOf(bytes: Uint8Array): Variant {
  return { etag: tag(createHash('sha256').update(bytes).digest()), size: bytes.length, bytes };
}

/** 168 bits are more than enough to tell versions of one file apart. */
function tag(digest: Buffer): string {
  return `"${digest.subarray(0, 21).toString('base64url')}"`;
}

async function compress(bytes: Uint8Array, coding: 'br' | 'gzip'): Promise<Uint8Array> {
  if (coding === 'gzip') return promisify(gzip)(bytes, { level: 9 });
  return promisify(brotliCompress)(bytes, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: bytes.length > MAX_SLOW_BYTES ? 5 : 9,
      [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
    },
  });
}
