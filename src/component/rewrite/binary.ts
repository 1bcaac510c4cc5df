/**
 * Reads and writes the few encodings that core modules are made of. What is read here was found valid by V8, so
 * reading checks only that nothing lies outside of its section.
 *
 * @module
 */
import { unsupported } from './errors.ts';

const UTF8: TextDecoder = new TextDecoder('utf-8', { ignoreBOM: true });
const TEXT: TextEncoder = new TextEncoder();

/** A window on the bytes of a module; `at` moves. */
export class Reader {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, at: number = 0, end: number = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  byte(): number {
    const byte = this.at < this.end ? this.bytes[this.at] : undefined;
    if (byte === undefined) throw unsupported('A section of it ends too early', this.at);
    this.at += 1;
    return byte;
  }

  /** Unsigned LEB128; exact up to 2^53, more than any size that can be instantiated. */
  unsigned(): number {
    let byte = this.byte();
    if (byte < 0x80) return byte;
    let value = byte & 0x7f;
    for (let scale = 128; ; scale *= 128) {
      byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  /** Signed LEB128 of 32 bits. */
  signed32(): number {
    let value = 0;
    let shift = 0;
    let byte: number;
    do {
      byte = this.byte();
      value |= (byte & 0x7f) << shift;
      shift += 7;
    } while (byte >= 0x80);
    return shift < 32 && (byte & 0x40) !== 0 ? value | (-1 << shift) : value;
  }

  skipLeb(): void {
    while (this.byte() >= 0x80);
  }

  skip(length: number): void {
    this.at += length;
    if (this.at > this.end) throw unsupported('A section of it ends too early', this.at);
  }

  name(): string {
    const length = this.unsigned();
    this.skip(length);
    return UTF8.decode(this.bytes.subarray(this.at - length, this.at));
  }
}

/** Bytes that grow. */
export class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #length = 0;
  /** Where branches are written that are hardly ever taken. */
  readonly unlikely: number[] = [];

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
  }

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    if (this.#length === this.#bytes.length) this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  put(...values: readonly number[]): void {
    for (const value of values) this.byte(value);
  }

  /** Copies `source` from `from` to `to`. */
  raw(source: Uint8Array, from = 0, to: number = source.length): void {
    const size = to - from;
    if (this.#length + size > this.#bytes.length) this.#reserve(size);
    // A call of `set` costs more than a few bytes one by one.
    if (size > 24) this.#bytes.set(source.subarray(from, to), this.#length);
    else for (let i = 0; i < size; i++) this.#bytes[this.#length + i] = source[from + i] as number;
    this.#length += size;
  }

  unsigned(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.byte((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  /** Signed LEB128 of a number that is not negative. */
  positive(value: number): void {
    let rest = value;
    while (rest >= 0x40) {
      this.byte((rest % 128) | 0x80);
      rest = Math.floor(rest / 128);
    }
    this.byte(rest);
  }

  name(text: string): void {
    const utf8 = TEXT.encode(text);
    this.unsigned(utf8.length);
    this.raw(utf8);
  }

  /** What was written so far; valid until the next write. */
  get view(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.unlikely.length = 0;
    this.#length = 0;
  }

  #reserve(more: number): void {
    const larger = new Uint8Array(Math.max(this.#bytes.length * 2, this.#length + more));
    larger.set(this.view);
    this.#bytes = larger;
  }
}
