/** What lies in what: which fields of a message have fields of their own, and which are bytes or numbers. */
interface Shape {
  readonly [field: number]: 'bytes' | 'number' | Shape;
}

const ENTRY: Shape = { 1: 'bytes', 2: 'number', 3: 'number', 4: 'number', 5: 'number' };
const WANTLIST: Shape = { 1: ENTRY, 2: 'number' };
const BLOCK: Shape = { 1: 'bytes', 2: 'bytes' };
const PRESENCE: Shape = { 1: 'bytes', 2: 'number' };
/** A message of bitswap; field 2 are blocks as its first version sent them. */
const MESSAGE: Shape = { 1: WANTLIST, 2: 'bytes', 3: BLOCK, 4: PRESENCE, 5: 'number' };

/** Of one message: larger ones are read by nobody. */
const MAX_MESSAGE = 4 * 1_048_576;

const NUMBER = 0;
const LONG = 1;
const BYTES = 2;
const SHORT = 5;

/** Where one message and what lies in it end, counted from the message's begin; `shape` says what comes. */
interface Level {
  readonly shape: Shape;
  readonly end: number;
}

/**
 * Watches messages of bitswap that each follow their length, while they come: answers of how many fields those bytes
 * are, at whatever depth; a message itself counts as `message` of them. So what reading them will cost is known before they are read.
 * Answers infinity, and that for ever, for what no implementation writes: from there on a reader could see other fields
 * than are counted here.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const count = countFields(1);
 * // Two entries of a wantlist, of which one names a CID; then the begin of a message.
 * assert.equal(count([Uint8Array.of(8, 0x0a, 6, 0x0a, 0, 0x0a, 2, 0x0a, 0, 4)]), 6);
 * assert.equal(count([Uint8Array.of(0x0b)]), Number.POSITIVE_INFINITY);
 * ```
 */
export function countFields(message: number): (chunks: Iterable<Uint8Array>) => number {
  const scanner = new Scanner(message);
  return (chunks) => {
    let fields = 0;
    for (const chunk of chunks) fields += scanner.scan(chunk);
    return fields;
  };
}

/** More is to come of what is read. */
const UNFINISHED = -1;
/** Nobody writes this. */
const STRANGE = -2;

class Scanner {
  readonly #message: number;
  readonly #levels: Level[] = [];
  /** Within the message. */
  #at = 0;
  /** Bytes of a field that are passed over. */
  #skip = 0;
  #varint = 0;
  #digits = 0;
  /** The key whose length or number comes, 0 when a key comes. */
  #key = 0;
  #strange = false;

  constructor(message: number) {
    this.#message = message;
  }

  /** The fields that begin in these bytes. */
  scan(chunk: Uint8Array): number {
    let fields = 0;
    for (let n = 0; n < chunk.length && !this.#strange; ) {
      if (this.#skip > 0) {
        const some = Math.min(this.#skip, chunk.length - n);
        n += some;
        this.#at += some;
        this.#skip -= some;
        continue;
      }
      const begun = this.#step(chunk[n++] ?? 0);
      if (begun < 0) this.#strange = true;
      else fields += begun;
    }
    return this.#strange ? Number.POSITIVE_INFINITY : fields;
  }

  #step(byte: number): number {
    const top = this.#levels.at(-1);
    if (!top) return this.#begin(byte);
    this.#at++;
    return this.#key === 0 ? this.#keyed(byte, top) : this.#valued(byte, top);
  }

  #begin(byte: number): number {
    const length = this.#digit(byte, 4);
    if (length === UNFINISHED) return 0;
    if (length === STRANGE || length > MAX_MESSAGE) return STRANGE;
    this.#at = 0;
    if (length > 0) this.#levels.push({ shape: MESSAGE, end: length });
    return this.#message;
  }

  /** Takes one byte of a varint: what it is when it is whole. */
  #digit(byte: number, most: number): number {
    this.#varint += this.#digits < 5 ? (byte & 0x7f) * 2 ** (7 * this.#digits) : 0;
    this.#digits++;
    if (byte & 0x80) return this.#digits < most ? UNFINISHED : STRANGE;
    // A reader may take another number of bytes for one that is longer than it must be.
    const value = this.#digits > 1 && byte === 0 ? STRANGE : this.#varint;
    this.#varint = 0;
    this.#digits = 0;
    return value;
  }

  #keyed(byte: number, top: Level): number {
    const value = this.#digit(byte, 4);
    const isLast = this.#at === top.end;
    if (value === UNFINISHED) return isLast ? STRANGE : 0;
    const kind = value & 7;
    const known = top.shape[value >>> 3];
    const right = known === undefined || (known === 'number' ? kind === NUMBER : kind === BYTES);
    if (value < 8 || !right || isLast) return STRANGE;
    if (kind === LONG || kind === SHORT) return this.#pass(kind === LONG ? 8 : 4, top) ? 1 : STRANGE;
    if (kind !== NUMBER && kind !== BYTES) return STRANGE;
    this.#key = value;
    return 1;
  }

  #valued(byte: number, top: Level): number {
    const isNumber = (this.#key & 7) === NUMBER;
    const digits = this.#digits + 1;
    const value = this.#digit(byte, isNumber ? 10 : 4);
    if (value === UNFINISHED) return this.#at === top.end ? STRANGE : 0;
    // Negative numbers take ten bytes; a reader takes six to nine for ten.
    if (value === STRANGE || (digits > 5 && digits < 10)) return STRANGE;
    const known = top.shape[this.#key >>> 3];
    this.#key = 0;
    if (isNumber || typeof known !== 'object') return this.#pass(isNumber ? 0 : value, top) ? 0 : STRANGE;
    if (this.#at + value > top.end) return STRANGE;
    this.#levels.push({ shape: known, end: this.#at + value });
    this.#leave();
    return 0;
  }

  #pass(bytes: number, top: Level): boolean {
    if (this.#at + bytes > top.end) return false;
    this.#skip = bytes;
    this.#leave();
    return true;
  }

  /** Ends what ends with the bytes that are passed over. */
  #leave(): void {
    while (this.#levels.at(-1)?.end === this.#at + this.#skip) this.#levels.pop();
  }
}
