/**
 * Places in a bundle as places in the sources it was made of. Runs in guests (a stack becomes readable where it
 * is thrown) and in the build (a module that fails while it is built).
 *
 * @module
 */

/** What is kept of a source map: which file a number means, and the mappings as they stand in the map. */
export interface TraceTable {
  readonly sources: readonly string[];
  readonly mappings: string;
}

/** A place in a source, counted from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** Where QuickJS says that bundled code stands. */
export const BUNDLE: RegExp = /<input>:(\d+)(?::(\d+))?/g;

const DIGITS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/**
 * The source place of a bundle place (both counted from 1), `undefined` when none is known. Only the mappings
 * up to that line are read.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const table = { sources: ['src/index.ts'], mappings: ';AACA,IAAI' };
 * assert.deepEqual(placeOf(table, 2, 6), { file: 'src/index.ts', line: 2, column: 5 });
 * assert.equal(placeOf(table, 1, 1), undefined);
 * ```
 */
export function placeOf(table: TraceTable, line: number, column: number): Place | undefined {
  const state = { source: 0, line: 0, column: 0 };
  let bundleLine = 1;
  let bundleColumn = 0;
  let found: Place | undefined;
  for (const segment of segments(table.mappings)) {
    if (segment === ';') {
      if (bundleLine === line) return found;
      bundleLine += 1;
      bundleColumn = 0;
      continue;
    }
    const [bundle = 0, source, sourceLine = 0, sourceColumn = 0] = decode(segment);
    bundleColumn += bundle;
    if (source === undefined) continue;
    state.source += source;
    state.line += sourceLine;
    state.column += sourceColumn;
    if (bundleLine !== line || bundleColumn > column - 1) continue;
    found = { file: table.sources[state.source] ?? '?', line: state.line + 1, column: state.column + 1 };
  }
  return bundleLine === line ? found : undefined;
}

/** A text with every bundle place in it replaced by the source place; frames of our own code are left out. */
export function traceText(table: TraceTable, text: string): string {
  const placed = text.replace(BUNDLE, (whole, line: string, column: string | undefined) => {
    const place = placeOf(table, Number(line), Number(column ?? 1));
    return place ? `${place.file}:${place.line}:${place.column}` : whole;
  });
  return placed.replace(/\n {4}at [^\n]*\(?hermes:[^\n]*/g, '');
}

/** The first place of a stack that lies in a source that is not one of ours. */
export function firstPlace(table: TraceTable, stack: string): Place | undefined {
  for (const [, line, column] of stack.matchAll(BUNDLE)) {
    const place = placeOf(table, Number(line), Number(column ?? 1));
    if (place && !place.file.startsWith('hermes:')) return place;
  }
  return undefined;
}

/** `;` for each end of a line, and the segments between. */
function* segments(mappings: string): Generator<string> {
  for (const [index, line] of mappings.split(';').entries()) {
    if (index > 0) yield ';';
    if (line) yield* line.split(',');
  }
}

/** Base 64 digits of five bits and a continuation mark; the lowest bit of a number is its sign. */
function decode(segment: string): number[] {
  const numbers: number[] = [];
  let value = 0;
  let shift = 0;
  for (const letter of segment) {
    const digit = DIGITS.indexOf(letter);
    value += (digit & 31) << shift;
    shift += 5;
    if (digit & 32) continue;
    numbers.push(value & 1 ? -(value >> 1) : value >> 1);
    value = 0;
    shift = 0;
  }
  return numbers;
}
