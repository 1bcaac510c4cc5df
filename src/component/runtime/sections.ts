/**
 * The sections of a core module. Whether what is in them is valid is for `WebAssembly.compile` to say.
 *
 * @module
 */

export interface Section {
  readonly id: number;
  readonly content: Uint8Array;
  /** With its id and size. */
  readonly whole: Uint8Array;
}

export const sectionId = { custom: 0, type: 1, import: 2, memory: 5, start: 8, data: 11 } as const;

/** In this order sections follow each other; tags (13) and the data count (12) were added later. */
const ORDER: readonly number[] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

/**
 * All sections, or none when they are not in order, not unique or not of the size that they claim.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const module = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 5, 3, 1, 0, 2]);
 * assert.deepEqual(splitSections(module).map(({ id, content }) => [id, ...content]), [[5, 1, 0, 2]]);
 * assert.deepEqual(splitSections(module.subarray(0, 12)), []);
 * ```
 */
export function splitSections(bytes: Uint8Array): Section[] {
  const sections: Section[] = [];
  const cursor: ByteCursor = { bytes, at: 8 };
  let last = -1;
  while (cursor.at < bytes.length) {
    const start = cursor.at;
    const id = bytes[cursor.at++] ?? 0;
    const size = readUnsigned(cursor);
    const end = cursor.at + (size ?? Number.NaN);
    const rank = id === sectionId.custom ? last : ORDER.indexOf(id);
    if (!(end <= bytes.length) || rank < last || (id !== sectionId.custom && rank === last)) return [];
    last = rank;
    sections.push({ id, content: bytes.subarray(cursor.at, end), whole: bytes.subarray(start, end) });
    cursor.at = end;
  }
  return sections;
}

/** Whether a core module has a start function. */
export function hasStart(bytes: Uint8Array): boolean {
  return splitSections(bytes).some(({ id }) => id === sectionId.start);
}

export interface ByteCursor {
  readonly bytes: Uint8Array;
  at: number;
}

/** An unsigned LEB128 of at most 32 bits, or `undefined` when it is none. */
export function readUnsigned(cursor: ByteCursor): number | undefined {
  let value = 0;
  for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
    const byte = cursor.bytes[cursor.at++];
    if (byte === undefined) return undefined;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value < 2 ** 32 ? value : undefined;
  }
  return undefined;
}

/** The bytes of an unsigned LEB128. */
export function unsigned(value: number): number[] {
  const low = value % 128;
  return value < 128 ? [low] : [low + 128, ...unsigned((value - low) / 128)];
}
