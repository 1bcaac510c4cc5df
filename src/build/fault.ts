/** Something wrong with a source, and where. */
export interface Fault {
  /** Relative to the module folder; `undefined` when no place is known. */
  readonly file: string | undefined;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** How many characters are meant; at least 1. */
  readonly length: number;
  readonly text: string;
}

/** Columns of a source line that are shown: minified code has lines without end. */
const WIDTH = 160;

/**
 * A fault as people read it: place and text, then the line of the source with a caret below.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const fault = { file: 'src/index.ts', line: 2, column: 5, length: 3, text: 'Cannot find name "foo"' };
 * assert.equal(
 *   faultText(fault, 'a\nlet foo'),
 *   'src/index.ts:2:5 Cannot find name "foo"\n  2 | let foo\n    |     ^^^',
 * );
 * ```
 */
export function faultText({ file, line, column, length, text }: Fault, source: string | undefined): string {
  if (file === undefined) return text;
  const head = `${file}:${line}:${column} ${text}`;
  const shown = source?.split('\n')[line - 1]?.replace(/\r$/, '');
  if (shown === undefined) return head;
  const from = Math.max(0, Math.min(column - WIDTH / 2, shown.length - WIDTH));
  const cut = shown.slice(from, from + WIDTH);
  const before = cut.slice(0, column - 1 - from);
  // A tab stays a tab, so that the caret stands below what it means at any width of tabs.
  const indent = before.replace(/[^\t]/g, ' ');
  const carets = '^'.repeat(Math.max(1, Math.min(length, cut.length - before.length)));
  const number = String(line);
  return `${head}\n  ${number} | ${cut}\n  ${' '.repeat(number.length)} | ${indent}${carets}`;
}
