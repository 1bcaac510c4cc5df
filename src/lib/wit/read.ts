import { failures } from '../errors.ts';
import { nearest } from '../nearest.ts';
import { errors } from './errors.ts';
import type { Wit, WitFunction, WitInterface, WitPart, WitType, WitTypeDef, WitWorld } from './model.ts';
import { parseWit } from './parse.ts';

const fail = failures(errors);

/** One WIT text and where it came from. */
export interface WitFile {
  readonly path: string;
  readonly text: string;
}

/**
 * Reads WIT texts together and checks that every name in them is defined. Files without a `package` line take
 * the package of the nearest earlier file in the same folder. Throws `WIT_SYNTAX`, `WIT_UNSUPPORTED`,
 * `WIT_UNKNOWN_NAME` or `WIT_DUPLICATE`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const wit = readWit([{ path: 'a.wit', text: 'package a:b; interface c { type d = u8; } world w { export c; }' }]);
 * assert.deepEqual([...wit.interfaces.keys(), ...(wit.worlds.get('a:b/w')?.exports ?? [])], ['a:b/c', 'a:b/c']);
 * ```
 */
export function readWit(files: readonly WitFile[]): Wit {
  const packages = new Map<string, string>();
  const parts: WitPart[] = [];
  for (const { path, text } of files) {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const read = parseWit(text, path, packages.get(folder));
    if (read[0]) packages.set(folder, read[0].package);
    parts.push(...read);
  }
  const interfaces = new Map<string, WitInterface>();
  const worlds = new Map<string, WitWorld>();
  for (const part of parts) {
    for (const face of part.interfaces) {
      if (interfaces.has(face.id)) throw fail('WIT_DUPLICATE', { path: part.path, name: face.id });
      interfaces.set(face.id, face);
    }
    for (const world of part.worlds) worlds.set(`${part.package}/${world.name}`, world);
  }
  const wit: Wit = { parts, interfaces, worlds };
  for (const part of parts) check(wit, part);
  return wit;
}

/**
 * What a type name means: follows `use` to the interface that defines it.
 * Throws `WIT_UNKNOWN_NAME`.
 */
export function findType(
  wit: Wit,
  id: string,
  name: string,
): { readonly face: WitInterface; readonly type: WitTypeDef } {
  const face = wit.interfaces.get(id);
  if (!face)
    throw fail('WIT_UNKNOWN_NAME', { interface: id, nearest: nearest(id, [...wit.interfaces.keys()]) });
  const type = face.types.get(name);
  if (!type) {
    throw fail('WIT_UNKNOWN_NAME', {
      interface: id,
      type: name,
      nearest: nearest(name, [...face.types.keys()]),
    });
  }
  return type.definition.kind === 'use'
    ? findType(wit, type.definition.from, type.definition.name)
    : { face, type };
}

/** A function of an interface or of one of its resources. */
export interface Member {
  /** As in components: `get`, `[constructor]cell`, `[method]cell.get`, `[static]cell.merge`. */
  readonly name: string;
  readonly kind: 'function' | 'constructor' | 'method' | 'static';
  readonly resource: string | undefined;
  readonly fn: WitFunction;
}

/**
 * Every function of an interface, those of its resources included.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const text = 'package a:b; interface c { resource d { constructor(); e: func(); } f: func(); }';
 * const wit = readWit([{ path: 'a.wit', text }]);
 * const names = [...wit.interfaces.values()].flatMap(membersOf).map(({ name }) => name);
 * assert.deepEqual(names, ['f', '[constructor]d', '[method]d.e']);
 * ```
 */
export function membersOf(face: WitInterface): readonly Member[] {
  const members: Member[] = [...face.functions.values()].map((fn) => {
    return { name: fn.name, kind: 'function', resource: undefined, fn };
  });
  for (const { name: resource, definition } of face.types.values()) {
    if (definition.kind !== 'resource') continue;
    const { create, methods, statics } = definition;
    if (create) members.push({ name: `[constructor]${resource}`, kind: 'constructor', resource, fn: create });
    for (const fn of methods)
      members.push({ name: `[method]${resource}.${fn.name}`, kind: 'method', resource, fn });
    for (const fn of statics)
      members.push({ name: `[static]${resource}.${fn.name}`, kind: 'static', resource, fn });
  }
  return members;
}

function check(wit: Wit, part: WitPart): void {
  for (const face of part.interfaces) {
    for (const { name, definition } of face.types.values()) {
      if (definition.kind === 'use') findType(wit, face.id, name);
      if (definition.kind === 'alias') checkType(wit, face, definition.type);
      if (definition.kind === 'record')
        for (const field of definition.fields) checkType(wit, face, field.type);
      if (definition.kind === 'variant') for (const { type } of definition.cases) checkType(wit, face, type);
    }
    for (const {
      fn: { params, result },
    } of membersOf(face)) {
      for (const { type } of params) checkType(wit, face, type);
      checkType(wit, face, result);
    }
  }
  for (const { imports, exports } of part.worlds) {
    for (const id of [...imports, ...exports]) {
      if (!wit.interfaces.has(id)) {
        throw fail('WIT_UNKNOWN_NAME', {
          path: part.path,
          interface: id,
          nearest: nearest(id, [...wit.interfaces.keys()]),
        });
      }
    }
  }
}

function checkType(wit: Wit, face: WitInterface, type: WitType | undefined): void {
  if (!type) return;
  if (type.kind === 'named' || type.kind === 'own' || type.kind === 'borrow')
    findType(wit, face.id, type.name);
  else if (type.kind === 'list' || type.kind === 'option') checkType(wit, face, type.of);
  else if (type.kind === 'tuple') for (const element of type.elements) checkType(wit, face, element);
  else if (type.kind === 'result') {
    checkType(wit, face, type.ok);
    checkType(wit, face, type.err);
  }
}
