/**
 * Reads the scripts of the specification's tests (`.wast`): a component or an assertion each, with its place.
 *
 * @module
 */

/** A word or a string of the text; a string has its bytes. */
export interface Atom {
  readonly text: string;
  readonly bytes?: Uint8Array<ArrayBuffer>;
}

/** A parenthesis and what is in it; `start` and `end` are offsets into the text. */
export interface List {
  readonly items: readonly (Atom | List)[];
  readonly start: number;
  readonly end: number;
  /** Counted from 1. */
  readonly line: number;
}

export function isList(node: Atom | List | undefined): node is List {
  return node !== undefined && 'items' in node;
}

/** First word of a list. */
export function head(list: List): string {
  const first = list.items[0];
  return first && !isList(first) ? first.text : '';
}

const escapes: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, '"': 34, "'": 39, '\\': 92 };

/**
 * The lists at the top of a script.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const [list] = readWast(';; one\n(assert_return (invoke "a\\00" (u32.const 1)))');
 * assert.equal(head(list), 'assert_return');
 * assert.equal(list.line, 2);
 * ```
 */
export function readWast(text: string): List[] {
  const top: List[] = [];
  const open: { start: number; line: number; items: (Atom | List)[] }[] = [];
  let at = 0;
  let line = 1;
  const put = (node: Atom | List): void => {
    const parent = open.at(-1);
    if (parent) parent.items.push(node);
    else if (isList(node)) top.push(node);
    else throw new Error(`Cannot read script: "${node.text}" in line ${line} stands outside of parentheses`);
  };
  while (at < text.length) {
    const c = text[at];
    if (c === '\n') line++;
    if (text.startsWith(';;', at)) {
      const end = text.indexOf('\n', at);
      at = end < 0 ? text.length : end;
    } else if (text.startsWith('(;', at)) {
      const end = skipBlockComment(text, at);
      line += text.slice(at, end).split('\n').length - 1;
      at = end;
    } else if (c === '(') {
      open.push({ start: at++, line, items: [] });
    } else if (c === ')') {
      const done = open.pop();
      if (!done) throw new Error(`Cannot read script: line ${line} closes what nothing opened`);
      put({ ...done, end: ++at });
    } else if (c === '"') {
      const { end, bytes } = readString(text, at, line);
      put({ text: text.slice(at, end), bytes });
      at = end;
    } else if (/\s/.test(c as string)) {
      at++;
    } else {
      const word = /[^\s()";]+/y;
      word.lastIndex = at;
      const [found] = word.exec(text) ?? [c as string];
      put({ text: found });
      at += found.length;
    }
  }
  if (open.length > 0) throw new Error(`Cannot read script: line ${open.at(-1)?.line} is never closed`);
  return top;
}

function skipBlockComment(text: string, from: number): number {
  let depth = 0;
  let at = from;
  do {
    if (text.startsWith('(;', at)) {
      depth++;
      at += 2;
    } else if (text.startsWith(';)', at)) {
      depth--;
      at += 2;
    } else at++;
  } while (depth > 0 && at < text.length);
  return at;
}

function readString(
  text: string,
  from: number,
  line: number,
): { readonly end: number; readonly bytes: Uint8Array<ArrayBuffer> } {
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  let at = from + 1;
  while (text[at] !== '"') {
    if (at >= text.length) throw new Error(`Cannot read script: the string in line ${line} has no end`);
    if (text[at] !== '\\') {
      const char = String.fromCodePoint(text.codePointAt(at) as number);
      bytes.push(...encoder.encode(char));
      at += char.length;
      continue;
    }
    const code = text[at + 1] as string;
    const unicode = /^u\{([0-9a-fA-F_]+)\}/.exec(text.slice(at + 1, at + 20));
    if (unicode?.[1]) {
      bytes.push(
        ...encoder.encode(String.fromCodePoint(Number.parseInt(unicode[1].replaceAll('_', ''), 16))),
      );
      at += 1 + unicode[0].length;
    } else if (code in escapes) {
      bytes.push(escapes[code] as number);
      at += 2;
    } else {
      bytes.push(Number.parseInt(text.slice(at + 1, at + 3), 16));
      at += 3;
    }
  }
  return { end: at + 1, bytes: new Uint8Array(bytes) };
}
