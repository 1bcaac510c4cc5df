import type { Cursor } from './cursor.ts';
import type { WitDefinition, WitFunction, WitResource, WitTypeDef } from './model.ts';
import type { Token } from './tokens.ts';
import { readField, readFunction, readSignature, readType } from './types.ts';

const KEYWORDS: ReadonlySet<string> = new Set(['type', 'record', 'variant', 'enum', 'flags', 'resource']);

/** Whether a type definition begins here. */
export function atDefinition(cursor: Cursor): boolean {
  const token = cursor.peek();
  return !token.escaped && KEYWORDS.has(token.text) && cursor.peek(1).kind === 'id';
}

/** Reads one type definition, its keyword included. */
export function readDefinition(cursor: Cursor): WitTypeDef {
  const keyword = cursor.take();
  const name = cursor.name('the name of a type').text;
  return { name, docs: keyword.docs, definition: readBody(cursor, keyword.text) };
}

function readBody(cursor: Cursor, keyword: string): WitDefinition {
  if (keyword === 'type') {
    cursor.expect('=');
    const type = readType(cursor);
    cursor.expect(';');
    return { kind: 'alias', type };
  }
  if (keyword === 'resource') return readResource(cursor);
  cursor.expect('{');
  if (keyword === 'record') return { kind: 'record', fields: cursor.list('}', () => readField(cursor)) };
  if (keyword === 'variant') return { kind: 'variant', cases: cursor.list('}', () => readCase(cursor)) };
  const names = cursor.list('}', () => {
    const { text, docs } = cursor.name('a name');
    return { name: text, docs };
  });
  return { kind: keyword === 'enum' ? 'enum' : 'flags', names };
}

function readCase(cursor: Cursor): {
  readonly name: string;
  readonly docs: string;
  readonly type: ReturnType<typeof readType> | undefined;
} {
  const { text, docs } = cursor.name('a case');
  if (!cursor.accept('(')) return { name: text, docs, type: undefined };
  const type = readType(cursor);
  cursor.expect(')');
  return { name: text, docs, type };
}

function readResource(cursor: Cursor): WitResource {
  const methods: WitFunction[] = [];
  const statics: WitFunction[] = [];
  let create: WitFunction | undefined;
  if (cursor.accept(';')) return { kind: 'resource', create, methods, statics };
  cursor.expect('{');
  while (!cursor.accept('}')) {
    skipGates(cursor);
    const name = cursor.name('a method');
    if (name.text === 'constructor' && !name.escaped) {
      create = readSignature(cursor, name);
      continue;
    }
    cursor.expect(':');
    if (cursor.accept('static')) statics.push(readFunction(cursor, name));
    else methods.push(readFunction(cursor, name));
  }
  return { kind: 'resource', create, methods, statics };
}

/** Skips `@since(…)`, `@unstable(…)` and `@deprecated(…)`: they say when, not what. Answers the docs before them. */
export function skipGates(cursor: Cursor): string {
  const docs: string[] = [];
  while (cursor.peek().text === '@') {
    const at: Token = cursor.take();
    if (at.docs) docs.push(at.docs);
    cursor.name('the name of a gate');
    cursor.expect('(');
    while (!cursor.accept(')')) {
      if (cursor.peek().kind === 'end') throw cursor.fail('WIT_SYNTAX', cursor.peek(), { expected: '")"' });
      cursor.take();
    }
  }
  return docs.join('\n');
}
