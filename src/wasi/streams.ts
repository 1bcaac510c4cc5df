/**
 * `wasi:io/streams` over whatever gives and takes bytes at once: nothing here ever has to wait.
 *
 * @module
 */
import type { Call } from '../engine/extension.ts';
import { fail } from './errors.ts';
import { Held } from './handles.ts';
import { Pollable } from './poll.ts';

/** One read gives at most this many bytes; WASI allows fewer than asked for. */
export const MAX_READ_BYTES: number = 1024 * 1024;
/** How much `check-write` permits. */
export const MAX_WRITE_BYTES: number = 1024 * 1024;

/** Where an input stream takes its bytes from. Disposed with the stream. */
export interface Source extends Disposable {
  /** At most `length` bytes, `undefined` at the end. What it throws is a value of `stream-error`. */
  read(call: Call, length: number): Uint8Array | undefined;
}

/** Where an output stream brings its bytes. Disposed with the stream. */
export interface Sink extends Disposable {
  /** Takes all of them. What it throws is a value of `stream-error`. */
  write(call: Call, bytes: Uint8Array): void;
}

/** Resource `input-stream`. Without a source it is at its end. */
export class InputStream {
  readonly #held: Held;
  readonly #source: Source | undefined;
  #failed = false;

  constructor(call: Call, source?: Source) {
    this.#held = new Held(call);
    this.#source = source;
  }

  read(call: Call, length: bigint): Uint8Array {
    if (length === 0n) return new Uint8Array();
    if (this.#failed) throw { tag: 'closed' };
    try {
      const bytes = this.#source?.read(call, atMost(length, MAX_READ_BYTES));
      if (bytes === undefined) throw { tag: 'closed' };
      return bytes;
    } catch (error) {
      // A stream that failed is closed, as WASI has it; one at its end may go on when the file grows.
      this.#failed = (error as { readonly tag?: unknown }).tag !== 'closed';
      throw error;
    }
  }

  blockingRead(call: Call, length: bigint): Uint8Array {
    return this.read(call, length);
  }

  skip(call: Call, length: bigint): bigint {
    return BigInt(this.read(call, length).length);
  }

  blockingSkip(call: Call, length: bigint): bigint {
    return this.skip(call, length);
  }

  subscribe(call: Call): Pollable {
    return new Pollable(call);
  }

  [Symbol.dispose](): void {
    this.#held[Symbol.dispose]();
    this.#source?.[Symbol.dispose]();
  }
}

/** Resource `output-stream`: what is written has been taken, so there is nothing to flush. */
export class OutputStream {
  readonly #held: Held;
  readonly #sink: Sink;
  #failed = false;

  constructor(call: Call, sink: Sink) {
    this.#held = new Held(call);
    this.#sink = sink;
  }

  checkWrite(): bigint {
    this.#refuseFailed();
    return BigInt(MAX_WRITE_BYTES);
  }

  write(call: Call, contents: Uint8Array): void {
    permit('write', BigInt(contents.length));
    this.#write(call, contents);
  }

  /** Takes more than the 4096 bytes that WASI asks for: what the host takes at once is what a guest may pass. */
  blockingWriteAndFlush(call: Call, contents: Uint8Array): void {
    this.#write(call, contents);
  }

  flush(): void {
    this.#refuseFailed();
  }

  blockingFlush(): void {
    this.#refuseFailed();
  }

  subscribe(call: Call): Pollable {
    return new Pollable(call);
  }

  writeZeroes(call: Call, length: bigint): void {
    permit('write-zeroes', length);
    this.#write(call, new Uint8Array(Number(length)));
  }

  blockingWriteZeroesAndFlush(call: Call, length: bigint): void {
    this.writeZeroes(call, length);
  }

  /** Throws what reading or writing throws; what was read and could not be written is lost, as WASI has it. */
  splice(call: Call, source: InputStream, length: bigint): bigint {
    this.#refuseFailed();
    const bytes = source.read(call, BigInt(atMost(length, MAX_WRITE_BYTES)));
    this.#write(call, bytes);
    return BigInt(bytes.length);
  }

  blockingSplice(call: Call, source: InputStream, length: bigint): bigint {
    return this.splice(call, source, length);
  }

  [Symbol.dispose](): void {
    this.#held[Symbol.dispose]();
    this.#sink[Symbol.dispose]();
  }

  #write(call: Call, bytes: Uint8Array): void {
    this.#refuseFailed();
    try {
      this.#sink.write(call, bytes);
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  /** A stream that failed is closed, as WASI has it. */
  #refuseFailed(): void {
    if (this.#failed) throw { tag: 'closed' };
  }
}

function atMost(length: bigint, most: number): number {
  return length > BigInt(most) ? most : Number(length);
}

/** Writing more than was permitted is a trap, as WASI has it. */
function permit(name: string, length: bigint): void {
  if (length > BigInt(MAX_WRITE_BYTES))
    throw fail('WASI_LIMIT', { function: name, bytes: String(length), max: MAX_WRITE_BYTES });
}
