/**
 * Open files as streams: each has its own place, and none waits.
 *
 * @module
 */
import type { Call } from '../engine/extension.ts';
import { code, withCodes } from './file-errors.ts';
import { IoError } from './io-error.ts';
import type { SharedFile } from './open-files.ts';
import { MAX_READ_BYTES, type Sink, type Source } from './streams.ts';

/** Offsets beyond are more than any file has, and more than a number counts exactly. */
const MOST = BigInt(Number.MAX_SAFE_INTEGER - MAX_READ_BYTES);

/** What lies at this offset, which may be anything. */
export function readAt({ file }: SharedFile, offset: bigint, length: number): Uint8Array {
  return offset > MOST ? new Uint8Array() : file.read(Number(offset), length);
}

/** Throws `file-too-large` for an offset that no file can have. */
export function writeAt({ file }: SharedFile, offset: bigint, bytes: Uint8Array): void {
  if (offset > MOST && bytes.length > 0) throw code('file-too-large');
  if (bytes.length > 0) file.write(Number(offset), bytes);
}

/** A size that a file may have; throws `file-too-large`. */
export function sizeOf(size: bigint): number {
  if (size > MOST) throw code('file-too-large');
  return Number(size);
}

/** Reads on from an offset. Takes over one use of the file. */
export function fileSource(file: SharedFile, offset: bigint): Source {
  let at = offset;
  return {
    read: (call, length) =>
      failing(call, () => {
        const bytes = readAt(file, at, length);
        at += BigInt(bytes.length);
        return bytes.length === 0 ? undefined : bytes;
      }),
    [Symbol.dispose]: () => file.release(),
  };
}

/** Writes on from an offset. Takes over one use of the file. */
export function fileSink(file: SharedFile, offset: bigint): Sink {
  let at = offset;
  return {
    write: (call, bytes) =>
      failing(call, () => {
        writeAt(file, at, bytes);
        at += BigInt(bytes.length);
      }),
    [Symbol.dispose]: () => file.release(),
  };
}

/** Writes at the end, wherever that is. Takes over one use of the file. */
export function appendSink(file: SharedFile): Sink {
  return {
    write: (call, bytes) => failing(call, () => file.file.append(bytes)),
    [Symbol.dispose]: () => file.release(),
  };
}

/** What fails is told as streams do: by an object that knows the code. */
function failing<T>(call: Call, work: () => T): T {
  try {
    return withCodes(call, work);
  } catch (error) {
    if (typeof error !== 'string') throw error;
    throw { tag: 'last-operation-failed', val: new IoError(call, error as ReturnType<typeof code>) };
  }
}
