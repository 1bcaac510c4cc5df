import type { Cursor } from './cursor.ts';
import { createCursor } from './cursor.ts';
import { atDefinition, readDefinition, skipGates } from './definitions.ts';
import type { WitFunction, WitInterface, WitPart, WitTypeDef, WitWorld } from './model.ts';
import { readFunction } from './types.ts';

/** Where the interfaces of a part live, and the names that `use` gave to others at its top. */
interface Scope {
  readonly package: string;
  readonly aliases: Map<string, string>;
}

/**
 * Reads one WIT text: the package it declares, and the packages nested in it. Names of other interfaces are
 * made whole (`hermes:json/api`) but not looked up; `readWit` does. Throws `WIT_SYNTAX` or `WIT_UNSUPPORTED`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const [part] = parseWit('package a:b; interface c { d: func() -> u8; }', 'c.wit', undefined);
 * assert.equal(part?.interfaces[0]?.id, 'a:b/c');
 * ```
 */
export function parseWit(
  text: string,
  path: string,
  packageOfFolder: string | undefined,
): readonly WitPart[] {
  const cursor = createCursor(text, path);
  const parts: WitPart[] = [];
  let name = packageOfFolder;
  let start = 0;
  if (cursor.peek().text === 'package' && !nestedAhead(cursor)) {
    cursor.take();
    name = readPackage(cursor);
    start = cursor.expect(';').end;
  }
  const interfaces: WitInterface[] = [];
  const worlds: WitWorld[] = [];
  const scope: Scope = { package: name ?? '', aliases: new Map() };
  while (cursor.peek().kind !== 'end') {
    if (cursor.peek().text === 'package') parts.push(readNested(cursor));
    else {
      if (name === undefined) throw cursor.fail('WIT_SYNTAX', cursor.peek(), { expected: '"package"' });
      readItem(cursor, scope, { interfaces, worlds });
    }
  }
  if (name === undefined) return parts;
  return [{ path, package: name, interfaces, worlds, text, body: { start, end: text.length } }, ...parts];
}

interface Items {
  readonly interfaces: WitInterface[];
  readonly worlds: WitWorld[];
}

/** `package a:b { … }` as against `package a:b;`. */
function nestedAhead(cursor: Cursor): boolean {
  for (let ahead = 1; ; ahead += 1) {
    const { text, kind } = cursor.peek(ahead);
    if (text === '{') return true;
    if (text === ';' || kind === 'end') return false;
  }
}

function readNested(cursor: Cursor): WitPart {
  cursor.expect('package');
  const name = readPackage(cursor);
  const start = cursor.expect('{').end;
  const items: Items = { interfaces: [], worlds: [] };
  const scope: Scope = { package: name, aliases: new Map() };
  for (;;) {
    const token = cursor.peek();
    if (cursor.accept('}')) {
      return {
        path: cursor.path,
        package: name,
        ...items,
        text: cursor.text,
        body: { start, end: token.start },
      };
    }
    readItem(cursor, scope, items);
  }
}

function readPackage(cursor: Cursor): string {
  const namespace = cursor.name('a namespace').text;
  cursor.expect(':');
  const name = cursor.name('the name of a package').text;
  return `${namespace}:${name}${readVersion(cursor)}`;
}

function readVersion(cursor: Cursor): string {
  if (!cursor.accept('@')) return '';
  const token = cursor.take();
  if (token.kind !== 'version') throw cursor.fail('WIT_SYNTAX', token, { expected: 'a version' });
  return `@${token.text}`;
}

function readItem(cursor: Cursor, scope: Scope, { interfaces, worlds }: Items): void {
  const docs = skipGates(cursor);
  const token = cursor.take();
  if (token.text === 'interface') {
    const name = cursor.name('the name of an interface').text;
    interfaces.push(readInterface(cursor, scope, { name, docs: docs || token.docs }));
  } else if (token.text === 'world') {
    const name = cursor.name('the name of a world').text;
    worlds.push(readWorld(cursor, scope, name));
  } else if (token.text === 'use') {
    const id = readPath(cursor, scope);
    const alias = cursor.accept('as') ? cursor.name('a name').text : (id.split(/[/@]/)[1] ?? id);
    scope.aliases.set(alias, id);
    cursor.expect(';');
  } else throw cursor.fail('WIT_SYNTAX', token, { expected: '"interface", "world" or "use"' });
}

function readInterface(
  cursor: Cursor,
  scope: Scope,
  { name, docs }: { readonly name: string; readonly docs: string },
): WitInterface {
  const types = new Map<string, WitTypeDef>();
  const functions = new Map<string, WitFunction>();
  cursor.expect('{');
  while (!cursor.accept('}')) {
    const gated = skipGates(cursor);
    const start = cursor.peek();
    for (const item of readMembers(cursor, scope)) {
      if (types.has(item.name) || functions.has(item.name))
        throw cursor.fail('WIT_DUPLICATE', start, { name: item.name });
      const documented = gated ? { ...item, docs: gated } : item;
      if ('definition' in documented) types.set(item.name, documented);
      else functions.set(item.name, documented);
    }
  }
  return { id: idOf(scope.package, name), name, docs, types, functions };
}

function readMembers(cursor: Cursor, scope: Scope): readonly (WitTypeDef | WitFunction)[] {
  if (atDefinition(cursor)) return [readDefinition(cursor)];
  if (cursor.peek().text === 'use' && cursor.peek(1).text !== ':') return readUse(cursor, scope);
  const name = cursor.name('a function or a type');
  cursor.expect(':');
  return [readFunction(cursor, name)];
}

function readUse(cursor: Cursor, scope: Scope): readonly WitTypeDef[] {
  cursor.expect('use');
  const from = readPath(cursor, scope);
  cursor.expect('.');
  cursor.expect('{');
  const types = cursor.list('}', (): WitTypeDef => {
    const { text, docs } = cursor.name('the name of a type');
    const name = cursor.accept('as') ? cursor.name('a name').text : text;
    return { name, docs, definition: { kind: 'use', from, name: text } };
  });
  cursor.expect(';');
  return types;
}

/** `api`, `a:b/api` or `a:b/api@1.2.3`, made whole. */
function readPath(cursor: Cursor, scope: Scope): string {
  const first = cursor.name('an interface').text;
  if (!cursor.accept(':')) return scope.aliases.get(first) ?? idOf(scope.package, first);
  const name = cursor.name('the name of a package').text;
  cursor.expect('/');
  const face = cursor.name('the name of an interface').text;
  return `${first}:${name}/${face}${readVersion(cursor)}`;
}

/** The version belongs behind the interface: `wasi:io/error@0.2.6`. */
function idOf(pkg: string, name: string): string {
  const [id, version] = pkg.split('@');
  return `${id}/${name}${version === undefined ? '' : `@${version}`}`;
}

function readWorld(cursor: Cursor, scope: Scope, name: string): WitWorld {
  const imports: string[] = [];
  const exports: string[] = [];
  cursor.expect('{');
  while (!cursor.accept('}')) {
    skipGates(cursor);
    const token = cursor.peek();
    if (cursor.accept('include')) {
      // What an included world brings is seen where that world is: here it would only be said twice.
      readPath(cursor, scope);
      cursor.expect(';');
    } else if (cursor.accept('import')) imports.push(...readExtern(cursor, scope));
    else if (cursor.accept('export')) exports.push(...readExtern(cursor, scope));
    else if (atDefinition(cursor)) readDefinition(cursor);
    else if (token.text === 'use') readUse(cursor, scope);
    else throw cursor.fail('WIT_SYNTAX', token, { expected: '"import", "export", "include" or "use"' });
  }
  return { name, imports, exports };
}

/** An interface by its path; functions and interfaces written in place have no id. */
function readExtern(cursor: Cursor, scope: Scope): readonly string[] {
  const inPlace = cursor.peek(1).text === ':' && ['func', 'interface', 'async'].includes(cursor.peek(2).text);
  if (!inPlace) {
    const id = readPath(cursor, scope);
    cursor.expect(';');
    return [id];
  }
  const name = cursor.name('a name');
  cursor.expect(':');
  if (cursor.accept('interface')) readInterface(cursor, scope, { name: name.text, docs: name.docs });
  else readFunction(cursor, name);
  return [];
}
