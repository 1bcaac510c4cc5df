import type { CodedError } from '../errors.ts';
import { failures } from '../errors.ts';
import { errors } from './errors.ts';
import { position, type Token, tokenize } from './tokens.ts';

/** A place in the tokens of one text, and the ways to go on from it. */
export interface Cursor {
  readonly path: string;
  readonly text: string;
  /** The next token, not taken. */
  peek(ahead?: number): Token;
  take(): Token;
  /** Takes the next token when it is this keyword or mark. */
  accept(text: string): boolean;
  /** Takes this keyword or mark; throws `WIT_SYNTAX` when something else stands there. */
  expect(text: string): Token;
  /** Takes an identifier. */
  name(what: string): Token;
  /** `item, item, }` up to the closing mark, a comma after the last allowed. */
  list<T>(close: string, item: () => T): T[];
  fail(code: keyof typeof errors, token: Token, detail?: Readonly<Record<string, unknown>>): CodedError;
}

const failure = failures(errors);

/** A cursor at the start of a WIT text. */
export function createCursor(text: string, path: string): Cursor {
  const tokens = tokenize(text, path);
  const end = tokens[tokens.length - 1] as Token;
  let at = 0;

  const peek = (ahead = 0): Token => tokens[at + ahead] ?? end;
  const take = (): Token => {
    const token = peek();
    at += 1;
    return token;
  };
  const fail: Cursor['fail'] = (code, token, detail = {}) =>
    failure(code, { path, ...position(text, token.start), found: token.text, ...detail });
  const is = (token: Token, wanted: string): boolean =>
    token.text === wanted && !token.escaped && token.kind !== 'end';
  const accept = (wanted: string): boolean => {
    const found = is(peek(), wanted);
    if (found) at += 1;
    return found;
  };
  const expect = (wanted: string): Token => {
    if (!is(peek(), wanted)) throw fail('WIT_SYNTAX', peek(), { expected: `"${wanted}"` });
    return take();
  };
  const name = (what: string): Token => {
    if (peek().kind !== 'id') throw fail('WIT_SYNTAX', peek(), { expected: what });
    return take();
  };
  const list = <T>(close: string, item: () => T): T[] => {
    const items: T[] = [];
    while (!is(peek(), close)) {
      items.push(item());
      if (!accept(',')) break;
    }
    expect(close);
    return items;
  };
  return { path, text, peek, take, accept, expect, name, list, fail };
}
