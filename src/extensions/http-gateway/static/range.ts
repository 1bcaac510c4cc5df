/**
 * Parts of a file: RFC 9110, 14.
 *
 * @module
 */

/** The first and last byte, both included. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/**
 * What a `Range` header asks of `size` bytes: a part, or `'whole'` for what is to be ignored (no header, another
 * unit, several parts, out of form), or `'unsatisfiable'` (416).
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(parseRange('bytes=2-', 10), { start: 2, end: 9 });
 * assert.deepEqual(parseRange('bytes=-3', 10), { start: 7, end: 9 });
 * assert.equal(parseRange('bytes=10-', 10), 'unsatisfiable');
 * assert.equal(parseRange('bytes=0-1,4-5', 10), 'whole');
 * ```
 */
export function parseRange(header: string | undefined, size: number): Range | 'whole' | 'unsatisfiable' {
  const match = /^\s*bytes\s*=\s*(\d*)\s*-\s*(\d*)\s*$/i.exec(header ?? '');
  if (match === null) return 'whole';
  const [, first = '', last = ''] = match;
  if (first === '' && last === '') return 'whole';
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { start: size - length, end: size - 1 };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return 'whole';
  if (start >= size) return 'unsatisfiable';
  return { start, end: last === '' ? size - 1 : Math.min(Number(last), size - 1) };
}
