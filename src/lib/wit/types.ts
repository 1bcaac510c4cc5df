import type { Cursor } from './cursor.ts';
import type { WitField, WitFunction, WitType } from './model.ts';
import { PRIMITIVES, type PrimitiveKind } from './primitives.ts';
import type { Token } from './tokens.ts';

const LATER: ReadonlySet<string> = new Set(['stream', 'future', 'error-context', 'async', 'map']);

/** Reads a type, as it stands behind a colon. */
export function readType(cursor: Cursor): WitType {
  const token = cursor.name('a type');
  if (token.escaped) return { kind: 'named', name: token.text };
  if (PRIMITIVES.has(token.text)) return { kind: token.text as PrimitiveKind };
  if (LATER.has(token.text)) throw cursor.fail('WIT_UNSUPPORTED', token);
  switch (token.text) {
    case 'list':
    case 'option':
      return { kind: token.text, of: inAngles(cursor, () => readType(cursor)) };
    case 'tuple':
      cursor.expect('<');
      return { kind: 'tuple', elements: cursor.list('>', () => readType(cursor)) };
    case 'own':
    case 'borrow':
      return { kind: token.text, name: inAngles(cursor, () => cursor.name('a resource')).text };
    case 'result':
      return readResult(cursor);
    default:
      return { kind: 'named', name: token.text };
  }
}

/** Reads `func(…) -> …;`, the name already taken. */
export function readFunction(cursor: Cursor, name: Token): WitFunction {
  if (cursor.peek().text === 'async') throw cursor.fail('WIT_UNSUPPORTED', cursor.peek());
  cursor.expect('func');
  return readSignature(cursor, name);
}

/** Reads `(…) -> …;` */
export function readSignature(cursor: Cursor, name: Token): WitFunction {
  cursor.expect('(');
  const params = cursor.list(')', () => readField(cursor));
  const result = cursor.accept('->') ? readType(cursor) : undefined;
  const { end } = cursor.expect(';');
  return { name: name.text, params, result, docs: name.docs, span: { start: name.start, end } };
}

/** Reads `name: type`. */
export function readField(cursor: Cursor): WitField {
  const name = cursor.name('a name');
  cursor.expect(':');
  return { name: name.text, docs: name.docs, type: readType(cursor) };
}

function readResult(cursor: Cursor): WitType {
  if (!cursor.accept('<')) return { kind: 'result', ok: undefined, err: undefined };
  const ok = cursor.accept('_') ? undefined : readType(cursor);
  const err = cursor.accept(',') ? readType(cursor) : undefined;
  cursor.expect('>');
  return { kind: 'result', ok, err };
}

function inAngles<T>(cursor: Cursor, read: () => T): T {
  cursor.expect('<');
  const value = read();
  cursor.expect('>');
  return value;
}
