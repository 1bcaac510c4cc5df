import { failures } from '../errors.ts';
import { errors } from './errors.ts';

/** An identifier (`%` taken off), a version, or one punctuation mark. */
export interface Token {
  readonly kind: 'id' | 'version' | 'mark' | 'end';
  readonly text: string;
  /** Whether the identifier was written with `%`: then it is no keyword. */
  readonly escaped: boolean;
  /** The `///` and `/**` comments right before it, without their marks. */
  readonly docs: string;
  readonly start: number;
  readonly end: number;
}

const fail = failures(errors);

// A version stands only behind `@`, so digits elsewhere are the business of the grammar.
const TOKEN =
  /(?<space>\s+)|(?<line>\/\/[^\n]*)|(?<block>\/\*[\s\S]*?\*\/)|(?<version>(?<=@)\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?)|(?<id>%?[a-zA-Z][a-zA-Z0-9-]*|\d+)|(?<mark>->|[=,:;(){}<>*./@_])/y;

/**
 * Cuts WIT text into tokens; the last one is of kind `end`. Throws `WIT_SYNTAX` at the first character that
 * no token can start with.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const [first, colon] = tokenize('/// Docs\nkv-get: func();', 'api.wit');
 * assert.deepEqual([first?.text, first?.docs, colon?.text], ['kv-get', 'Docs', ':']);
 * ```
 */
export function tokenize(text: string, path: string): readonly Token[] {
  const tokens: Token[] = [];
  let docs: string[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const start = TOKEN.lastIndex;
    const groups = TOKEN.exec(text)?.groups;
    if (!groups)
      throw fail('WIT_SYNTAX', { ...position(text, start), path, found: text[start], expected: 'a token' });
    const { space, line, block, version, id, mark } = groups;
    if (space !== undefined) continue;
    if (line !== undefined) {
      if (line.startsWith('///')) docs.push(line.slice(3).replace(/^ /, '').trimEnd());
      continue;
    }
    if (block !== undefined) {
      if (block.startsWith('/**')) docs.push(...blockDocs(block));
      continue;
    }
    tokens.push({
      kind: version !== undefined ? 'version' : id !== undefined ? 'id' : 'mark',
      text: (version ?? id ?? mark ?? '').replace(/^%/, ''),
      escaped: id?.startsWith('%') ?? false,
      docs: docs.join('\n'),
      start,
      end: TOKEN.lastIndex,
    });
    docs = [];
  }
  tokens.push({
    kind: 'end',
    text: 'end of text',
    escaped: false,
    docs: '',
    start: text.length,
    end: text.length,
  });
  return tokens;
}

/** Line and column of an offset, both counted from 1. */
export function position(text: string, offset: number): { readonly line: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { line: before.split('\n').length, column: offset - before.lastIndexOf('\n') };
}

function blockDocs(block: string): readonly string[] {
  return block
    .slice(3, -2)
    .split('\n')
    .map((line) => line.replace(/^\s*\* ?/, '').trimEnd())
    .filter((line, index, all) => line !== '' || (index > 0 && index < all.length - 1));
}
