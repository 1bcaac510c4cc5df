/**
 * Reads open files for callers that can wait: in pieces, so that the thread is free in between.
 *
 * @module
 */
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fail } from './errors.ts';
import { joinNames, type Names, type RangeOptions, type ReadOptions } from './tree.ts';
import type { VfsFile } from './vfs.ts';

const PIECE_BYTES = 256 * 1024;

/** The whole file, which is closed then. */
export async function readWhole(
  file: VfsFile,
  names: Names,
  { signal, maxBytes }: ReadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  using _ = file;
  const { size } = file.stat();
  if (size > maxBytes) throw fail('VFS_TOO_LARGE', { path: joinNames(names), bytes: size, maxBytes });
  const bytes = new Uint8Array(size);
  let filled = 0;
  while (filled < size) {
    signal?.throwIfAborted();
    const piece = file.read(filled, Math.min(PIECE_BYTES, size - filled));
    // The file became shorter meanwhile.
    if (piece.length === 0) return bytes.slice(0, filled);
    bytes.set(piece, filled);
    filled += piece.length;
    if (filled < size) await nextTurn();
  }
  return bytes;
}

/** The bytes in this range; the file is closed when the stream is. */
export function readStream(file: VfsFile, { start, end, signal }: RangeOptions): Readable {
  return Readable.from(pieces(file, start, end), { objectMode: false, ...(signal && { signal }) });
}

async function* pieces(file: VfsFile, start: number, end: number): AsyncGenerator<Uint8Array> {
  using _ = file;
  for (let at = start; at <= end; ) {
    const piece = file.read(at, Math.min(PIECE_BYTES, end - at + 1));
    if (piece.length === 0) return;
    at += piece.length;
    yield piece;
  }
}
