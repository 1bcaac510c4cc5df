/** C0 and C1 controls, line separators, invisible marks, and what turns the direction of text. */
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb]/gu;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t', '\u001b': '\\e' };

/**
 * Text that cannot move a terminal's cursor, colour it, start a line or hide: control characters and invisible
 * ones are escaped.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(printable('a\u001b[2Jb\nc\u202e'), 'a\\e[2Jb\\nc\\u{202e}');
 * assert.equal(printable('Grüße, 世界 🙂'), 'Grüße, 世界 🙂');
 * ```
 */
export function printable(text: string): string {
  return text.replaceAll(UNSAFE, (sign) => SHORT[sign] ?? `\\u{${sign.codePointAt(0)?.toString(16)}}`);
}
