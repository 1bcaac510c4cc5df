/**
 * Reads the primitive forms of the binary format and never past its end.
 *
 * @module
 */
import { limit, malformed } from './errors.ts';
import { type Counter, limits } from './limits.ts';

const UTF8: TextDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** A window on the bytes of a component. Offsets count from the start of the file. */
export class Reader {
  readonly bytes: Uint8Array;
  readonly end: number;
  readonly #elements: Counter;
  #at: number;

  /** `elements` counts the entries of all lists of a file, because each costs more memory than its bytes. */
  constructor(bytes: Uint8Array, start: number, end: number, elements: Counter) {
    this.bytes = bytes;
    this.#elements = elements;
    this.#at = start;
    this.end = end;
  }

  get at(): number {
    return this.#at;
  }

  get done(): boolean {
    return this.#at >= this.end;
  }

  u8(what: string): number {
    const byte = this.#at < this.end ? this.bytes[this.#at] : undefined;
    if (byte === undefined) throw malformed(`unexpected end of input while reading ${what}`, this.#at);
    this.#at += 1;
    return byte;
  }

  peek(): number | undefined {
    return this.#at < this.end ? this.bytes[this.#at] : undefined;
  }

  /** An unsigned LEB128 of at most 32 bits; zero-padding is allowed, excess bits are not. */
  u32(what: string): number {
    const start = this.#at;
    let result = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8(what);
      if (shift === 28 && (byte & 0xf0) !== 0) throw malformed(`${what} does not fit 32 bits`, start);
      result += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return result;
    }
    throw malformed(`${what} does not fit 32 bits`, start);
  }

  /** A signed LEB128 of at most 33 bits: a type index, or a negative type code. */
  s33(what: string): number {
    const start = this.#at;
    let result = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.u8(what);
      const bits = byte & 0x7f;
      if (shift === 28 && byte >= 0x80) break;
      result += bits * 2 ** shift;
      if (byte < 0x80) {
        const negative = (byte & 0x40) !== 0;
        if (shift === 28 && bits >> 4 !== (negative ? 7 : 0)) break;
        return negative ? result - 2 ** (shift + 7) : result;
      }
    }
    throw malformed(`${what} does not fit 33 bits`, start);
  }

  /** Passes over a LEB128 of at most `bits` bits whose value is of no interest. */
  skipLeb(what: string, bits: number): void {
    const start = this.#at;
    for (let read = 0; read < bits; read += 7) if (this.u8(what) < 0x80) return;
    throw malformed(`${what} does not fit ${bits} bits`, start);
  }

  /** A limit of a memory or table: at most 2^53 - 1 here, which no real one reaches. */
  u64(what: string): number {
    const start = this.#at;
    let result = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.u8(what);
      result += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return result;
    }
    throw malformed(`${what} does not fit 64 bits`, start);
  }

  take(length: number, what: string): Uint8Array {
    if (length > this.end - this.#at)
      throw malformed(`unexpected end of input while reading ${what}`, this.#at);
    const part = this.bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return part;
  }

  name(what: string): string {
    const start = this.#at;
    const length = this.u32(`length of ${what}`);
    if (length > limits.name && length <= this.end - this.#at) throw limit('name', limits.name);
    const bytes = this.take(length, what);
    try {
      return UTF8.decode(bytes);
    } catch {
      throw malformed(`${what} is not valid UTF-8`, start);
    }
  }

  /** A byte that must be 0 or 1. */
  flag(what: string): boolean {
    const value = this.u8(what);
    if (value > 1) throw malformed(`${what} must be 0 or 1, found ${hex(value)}`, this.#at - 1);
    return value === 1;
  }

  /** A byte that has one possible value. */
  expect(value: number, what: string): void {
    const found = this.u8(what);
    if (found !== value) throw malformed(`${what} must be ${hex(value)}, found ${hex(found)}`, this.#at - 1);
  }

  /** How many entries follow; each takes at least one byte, so more than the bytes left is malformed. */
  count(what: string): number {
    const start = this.#at;
    const count = this.u32(`number of ${what}`);
    if (count > this.end - this.#at)
      throw malformed(`unexpected end of input: ${count} ${what} announced`, start);
    this.#elements(count);
    return count;
  }

  vec<T>(what: string, item: (reader: Reader) => T): T[] {
    const count = this.count(what);
    const items: T[] = [];
    for (let n = 0; n < count; n += 1) items.push(item(this));
    return items;
  }

  /** The next `length` bytes as a reader of their own. */
  window(length: number, what: string): Reader {
    const start = this.#at;
    this.take(length, what);
    return new Reader(this.bytes, start, start + length, this.#elements);
  }

  /** Throws unless every byte was read. */
  finish(what: string): void {
    if (!this.done) throw malformed(`${what} is longer than what it holds`, this.#at);
  }
}

/** A byte as the specification writes it. */
export function hex(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}
