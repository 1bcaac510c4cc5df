/**
 * Values as they may stand in a line of a log: plain data, errors unfolded, nothing too long.
 *
 * @module
 */
import { isCoded } from '../lib/errors.ts';

/** Characters of one string; what is beyond is counted. A request may bring megabytes. */
const LONGEST = 8_192;
/** Elements of one array, keys of one object. */
const WIDEST = 100;
const DEEPEST = 6;
/** Causes of causes. */
const CAUSES = 8;

/**
 * A value that JSON can hold and a reader can bear: long strings are cut, wide and deep values are cut off and
 * say so, bytes are counted, `bigint` and times become text, errors become objects with code and causes.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(plain({ n: 1n, bytes: new Uint8Array(3) }), { n: '1', bytes: '3 bytes' });
 * ```
 */
export function plain(value: unknown, depth: number = DEEPEST): unknown {
  switch (typeof value) {
    case 'string':
      return value.length <= LONGEST
        ? value
        : `${value.slice(0, LONGEST)}… and ${value.length - LONGEST} characters more`;
    case 'number':
      return Number.isFinite(value) ? value : String(value);
    case 'bigint':
    case 'symbol':
      return String(value);
    case 'function':
      return '(function)';
    case 'object':
      return value === null ? null : plainObject(value, depth);
    default:
      return value;
  }
}

function plainObject(value: object, depth: number): unknown {
  if (Error.isError(value)) return plainError(value, { stack: false });
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (value instanceof Temporal.Instant) return value.toString();
  if (depth === 0) return '…';
  if (Array.isArray(value)) {
    const items = value.slice(0, WIDEST).map((item) => plain(item, depth - 1));
    return value.length <= WIDEST ? items : [...items, `… and ${value.length - WIDEST} more`];
  }
  const keys = Object.keys(value);
  const shown = keys
    .slice(0, WIDEST)
    .map((key) => [key, plain((value as Record<string, unknown>)[key], depth - 1)]);
  if (keys.length > WIDEST) shown.push(['…', `${keys.length - WIDEST} more`]);
  return Object.fromEntries(shown);
}

/**
 * An error as data: text, code, blame and detail when it has them, its stack when asked for, and its causes.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const error = new Error('No file', { cause: new TypeError('No path') });
 * assert.deepEqual(plainError(error, { stack: false }), {
 *   text: 'No file',
 *   cause: { text: 'No path', name: 'TypeError' },
 * });
 * ```
 */
export function plainError(
  error: unknown,
  options: { readonly stack: boolean },
  causes: number = CAUSES,
): Readonly<Record<string, unknown>> {
  if (!Error.isError(error)) return { text: plain(String(error)) };
  const coded = isCoded(error)
    ? { code: error.code, blame: error.blame, detail: plain(error.detail, 4) }
    : {};
  const name = error.name === 'Error' || isCoded(error) ? {} : { name: error.name };
  const node =
    'code' in error && typeof error.code === 'string' && !isCoded(error) ? { code: error.code } : {};
  return {
    text: plain(error.message),
    ...name,
    ...node,
    ...coded,
    ...(options.stack && { stack: plain(error.stack) }),
    ...(error.cause !== undefined &&
      (causes > 0 ? { cause: plainError(error.cause, options, causes - 1) } : { cause: { text: '…' } })),
  };
}
