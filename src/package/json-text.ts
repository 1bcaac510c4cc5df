/**
 * JSON that people write: the place of a fault, and no silent choice between two values of one key.
 *
 * @module
 */
import type { CodedError } from '../lib/errors.ts';
import { fail } from './errors.ts';

/** How deeply lists and objects may be nested. */
export const MAX_JSON_DEPTH = 128;

const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/**
 * Reads JSON (RFC 8259). Refuses what `JSON.parse` refuses, and a key that stands twice in one object, and
 * nesting deeper than {@link MAX_JSON_DEPTH}: `JSON_INVALID` with `detail.line`, `detail.column` (both from 1,
 * columns in UTF-16 units) and `detail.reason`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(parseJson('{"a": [1, 2]}'), { a: [1, 2] });
 * assert.throws(() => parseJson('{\n  "a": 1,\n}'), {
 *   code: 'JSON_INVALID',
 *   detail: { line: 3, column: 1, reason: 'a key must follow the comma, found "}"' },
 * });
 * ```
 */
export function parseJson(text: string): unknown {
  const cursor: Cursor = { text, at: 0 };
  skipSpace(cursor);
  skipValue(cursor, 0);
  skipSpace(cursor);
  if (cursor.at < text.length) throw fault(cursor, 'the text must end here');
  return JSON.parse(text);
}

interface Cursor {
  readonly text: string;
  at: number;
}

function skipValue(cursor: Cursor, depth: number): void {
  const first = cursor.text[cursor.at];
  if (first === '{' || first === '[') {
    if (depth === MAX_JSON_DEPTH) throw fault(cursor, `nesting is deeper than ${MAX_JSON_DEPTH}`, false);
    cursor.at++;
    if (first === '{') skipObject(cursor, depth + 1);
    else skipList(cursor, depth + 1);
    return;
  }
  if (first === '"') {
    skipString(cursor);
    return;
  }
  if (skip(cursor, NUMBER) === undefined && skip(cursor, WORD) === undefined) {
    throw fault(cursor, 'a value must stand here');
  }
}

function skipObject(cursor: Cursor, depth: number): void {
  const keys = new Set<string>();
  if (endsAt(cursor, '}')) return;
  for (;;) {
    const start = cursor.at;
    if (cursor.text[start] !== '"') {
      throw fault(cursor, keys.size === 0 ? 'a key or "}" must stand here' : 'a key must follow the comma');
    }
    const key = JSON.parse(skipString(cursor)) as string;
    if (keys.has(key)) {
      cursor.at = start;
      throw fault(cursor, `the key ${JSON.stringify(key.slice(0, 60))} stands twice in this object`, false);
    }
    keys.add(key);
    skipSpace(cursor);
    if (cursor.text[cursor.at] !== ':') throw fault(cursor, '":" must follow the key');
    cursor.at++;
    skipSpace(cursor);
    skipValue(cursor, depth);
    if (endsAt(cursor, '}')) return;
    skipComma(cursor, '}');
  }
}

function skipList(cursor: Cursor, depth: number): void {
  if (endsAt(cursor, ']')) return;
  for (;;) {
    skipValue(cursor, depth);
    if (endsAt(cursor, ']')) return;
    skipComma(cursor, ']');
  }
}

function endsAt(cursor: Cursor, end: string): boolean {
  skipSpace(cursor);
  if (cursor.text[cursor.at] !== end) return false;
  cursor.at++;
  return true;
}

function skipComma(cursor: Cursor, end: string): void {
  if (cursor.text[cursor.at] !== ',') throw fault(cursor, `"," or "${end}" must stand here`);
  cursor.at++;
  skipSpace(cursor);
}

/** Answers the string as it is written. */
function skipString(cursor: Cursor): string {
  const start = cursor.at;
  const written = skip(cursor, STRING);
  if (written !== undefined) return written;
  // A line break ends the search, so that the place is near the mistake and not at the end of the file.
  const rest = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*/y;
  rest.lastIndex = start;
  rest.test(cursor.text);
  cursor.at = rest.lastIndex;
  if (cursor.text[cursor.at] === '\\') throw fault(cursor, 'JSON has no such escape');
  throw fault(cursor, 'the string must end before this');
}

function skipSpace(cursor: Cursor): void {
  skip(cursor, SPACE);
}

function skip(cursor: Cursor, what: RegExp): string | undefined {
  what.lastIndex = cursor.at;
  const found = what.exec(cursor.text)?.[0];
  if (found !== undefined) cursor.at += found.length;
  return found;
}

function fault({ text, at }: Cursor, expected: string, found = true): CodedError {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  const next = String.fromCodePoint(text.codePointAt(at) ?? 0);
  const comment = /^\/[/*]|^#/.test(text.slice(at, at + 2)) ? '; JSON has no comments' : '';
  const what = at >= text.length ? 'the end of the text' : `${JSON.stringify(next)}${comment}`;
  return fail('JSON_INVALID', { line, column, reason: found ? `${expected}, found ${what}` : expected });
}
