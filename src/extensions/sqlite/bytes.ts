/**
 * How messages between a guest and its database process are written: small numbers, numbers, strings and bytes,
 * one after another. `v8.serialize` takes ten times as long for messages of this size.
 *
 * @module
 */
import { Buffer } from 'node:buffer';

/** Writes into a buffer that grows. */
export class Writer {
  #buffer = Buffer.allocUnsafeSlow(1024);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  u8(value: number): void {
    this.#room(1);
    this.#buffer[this.#length++] = value;
  }

  u32(value: number): void {
    this.#room(4);
    this.#length = this.#buffer.writeUInt32LE(value, this.#length);
  }

  i32(value: number): void {
    this.#room(4);
    this.#length = this.#buffer.writeInt32LE(value, this.#length);
  }

  i64(value: bigint): void {
    this.#room(8);
    this.#length = this.#buffer.writeBigInt64LE(value, this.#length);
  }

  f64(value: number): void {
    this.#room(8);
    this.#length = this.#buffer.writeDoubleLE(value, this.#length);
  }

  /** As UTF-8, its length first. */
  text(value: string): void {
    this.#room(4 + 3 * value.length);
    const written = this.#buffer.write(value, this.#length + 4);
    this.#buffer.writeUInt32LE(written, this.#length);
    this.#length += 4 + written;
  }

  /** Their length first. */
  bytes(value: Uint8Array): void {
    this.u32(value.length);
    this.raw(value);
  }

  raw(value: Uint8Array): void {
    this.#room(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  /** Overwrites a number written before. */
  u32At(offset: number, value: number): void {
    this.#buffer.writeUInt32LE(value, offset);
  }

  u8At(offset: number, value: number): void {
    this.#buffer.writeUInt8(value, offset);
  }

  /** Reads a byte written before. */
  u8Of(offset: number): number {
    return this.#buffer.readUInt8(offset);
  }

  /** What was written; good until the next write. */
  view(): Uint8Array {
    return this.#buffer.subarray(0, this.#length);
  }

  /** A copy with memory of its own, as messages between threads need it. */
  copy(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.view());
  }

  /** Forgets what was written, and memory that only a large message needed. */
  clear(): void {
    this.#length = 0;
    if (this.#buffer.length > 1_048_576) this.#buffer = Buffer.allocUnsafeSlow(1024);
  }

  #room(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#buffer.length));
    larger.set(this.view());
    this.#buffer = larger;
  }
}

/** Reads what a {@link Writer} wrote, in the same order. Throws `RangeError` behind the end. */
export class Reader {
  readonly #buffer: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#buffer.length - this.#at;
  }

  u8(): number {
    const value = this.#buffer.readUInt8(this.#at);
    this.#at += 1;
    return value;
  }

  u32(): number {
    const value = this.#buffer.readUInt32LE(this.#at);
    this.#at += 4;
    return value;
  }

  i32(): number {
    const value = this.#buffer.readInt32LE(this.#at);
    this.#at += 4;
    return value;
  }

  i64(): bigint {
    const value = this.#buffer.readBigInt64LE(this.#at);
    this.#at += 8;
    return value;
  }

  f64(): number {
    const value = this.#buffer.readDoubleLE(this.#at);
    this.#at += 8;
    return value;
  }

  text(): string {
    const length = this.#counted();
    const value = this.#buffer.toString('utf8', this.#at, this.#at + length);
    this.#at += length;
    return value;
  }

  /** A copy of its own. */
  bytes(): Uint8Array<ArrayBuffer> {
    const length = this.#counted();
    const value = new Uint8Array(length);
    value.set(this.#buffer.subarray(this.#at, this.#at + length));
    this.#at += length;
    return value;
  }

  #counted(): number {
    const length = this.u32();
    if (length > this.left) throw new RangeError(`There are ${this.left} bytes left, not ${length}`);
    return length;
  }
}
