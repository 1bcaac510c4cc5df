/**
 * `wasi:io/streams`: reading a file, and writing to the log.
 *
 * @module
 */
import type { Call } from '../engine/extension.ts';
import { type OutputName, outputOf } from './output.ts';
import { Pollable } from './poll.ts';

/** One read gives at most this many bytes; WASI allows fewer than asked for. */
export const MAX_READ_BYTES: number = 1024 * 1024;
/** How much `check-write` permits. */
const WRITE_BYTES = 64n * 1024n;

/** Where an input stream takes its bytes from. Disposed with the stream. */
export interface Input extends Disposable {
  /** At most `length` bytes, `undefined` at the end. What it throws is a value of `stream-error`. */
  read(call: Call, length: number): Uint8Array | undefined;
}

/** Resource `input-stream`. Without an input it is at its end. */
export class InputStream {
  readonly #input: Input | undefined;

  constructor(_: Call, input?: Input) {
    this.#input = input;
  }

  read(call: Call, length: bigint): Uint8Array {
    if (length === 0n) return new Uint8Array();
    const wanted = length > BigInt(MAX_READ_BYTES) ? MAX_READ_BYTES : Number(length);
    const bytes = this.#input?.read(call, wanted);
    if (bytes === undefined) throw { tag: 'closed' };
    return bytes;
  }

  blockingRead(call: Call, length: bigint): Uint8Array {
    return this.read(call, length);
  }

  subscribe(call: Call): Pollable {
    return new Pollable(call);
  }

  [Symbol.dispose](): void {
    this.#input?.[Symbol.dispose]();
  }
}

/** Resource `output-stream`: one of the two streams that go to the log. */
export class OutputStream {
  readonly #name: OutputName;

  constructor(_: Call, name: OutputName) {
    this.#name = name;
  }

  checkWrite(): bigint {
    return WRITE_BYTES;
  }

  write(call: Call, contents: Uint8Array): void {
    outputOf(call).write(this.#name, contents);
  }

  blockingWriteAndFlush(call: Call, contents: Uint8Array): void {
    this.write(call, contents);
  }

  flush(): void {}

  blockingFlush(): void {}

  subscribe(call: Call): Pollable {
    return new Pollable(call);
  }
}
