/**
 * As much of WebAssembly's binary format as it takes to put a module's state into it: sections, and numbers.
 *
 * @module
 */

/** What a binary holds is not what this knows how to change. */
export class Unknown extends Error {}

/** Reads a binary from a place on. */
export class Reader {
  readonly bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    const value = this.bytes[this.at];
    if (value === undefined) throw new Unknown('The binary ends too early');
    this.at += 1;
    return value;
  }

  /** An unsigned number of at most 53 bits. */
  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  take(length: number): Uint8Array {
    if (this.at + length > this.bytes.length) throw new Unknown('The binary ends too early');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  name(): string {
    return Buffer.from(this.take(this.number())).toString('utf8');
  }
}

/** A number as it stands in binaries, unsigned. */
export function number(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  do {
    bytes.push((rest % 128) + (rest >= 128 ? 128 : 0));
    rest = Math.floor(rest / 128);
  } while (rest > 0);
  return Uint8Array.from(bytes);
}

/** The same, signed. */
export function signed(value: bigint): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const low = Number(rest & 127n);
    rest >>= 7n;
    const last = (rest === 0n && low < 64) || (rest === -1n && low >= 64);
    bytes.push(last ? low : low + 128);
    if (last) return Uint8Array.from(bytes);
  }
}

export function text(value: string): Uint8Array {
  const bytes = Buffer.from(value);
  return join([number(bytes.length), bytes]);
}

export function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.concat(parts));
}

export interface Section {
  readonly id: number;
  readonly body: Uint8Array;
}

/** Magic number and version. */
const HEAD = 8;

/** The sections of a module or component, behind the head. */
export function sectionsOf(bytes: Uint8Array): readonly Section[] {
  const reader = new Reader(bytes, HEAD);
  const sections: Section[] = [];
  while (!reader.done) sections.push({ id: reader.byte(), body: reader.take(reader.number()) });
  return sections;
}

/** The same binary with other sections. */
export function withSections(bytes: Uint8Array, sections: readonly Section[]): Uint8Array<ArrayBuffer> {
  return join([
    bytes.subarray(0, HEAD),
    ...sections.flatMap(({ id, body }) => [Uint8Array.of(id), number(body.length), body]),
  ]);
}
