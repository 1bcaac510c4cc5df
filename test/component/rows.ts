/**
 * Every host function of the extensions, from the WIT.
 *
 * @module
 */
import type { Wit, WitFunction, WitInterface, WitType } from '../../src/lib/wit/model.ts';
import { camel, pascal } from '../../src/lib/wit/names.ts';
import { findType } from '../../src/lib/wit/read.ts';

export interface Row {
  /** The name of its test, too: `hermes:hash/api#blake3`, `hermes:crypto/api#[method]bip32-ed25519.derive`. */
  readonly id: string;
  readonly extension: string;
  readonly face: WitInterface;
  readonly fn: WitFunction;
  /** Where guest halves have it: the key of a function, or a resource and a key. */
  readonly key: string;
  readonly resource: string | undefined;
  readonly kind: 'function' | 'constructor' | 'method' | 'static';
}

/** Rows in the order of the WIT; interfaces that modules export are not called by them. */
export function rowsOf(wit: Wit): readonly Row[] {
  const exported = new Set([...wit.worlds.values()].flatMap(({ exports }) => exports));
  return wit.parts.flatMap(({ path, interfaces }) => {
    const extension = /extensions\/([^/]+)\/wit\//.exec(path)?.[1];
    if (extension === undefined) return [];
    return interfaces
      .filter(({ id }) => !exported.has(id))
      .flatMap((face) => rowsOfInterface(extension, face));
  });
}

function rowsOfInterface(extension: string, face: WitInterface): readonly Row[] {
  const at = { extension, face };
  const rows: Row[] = [...face.functions.values()].map((fn) => {
    return {
      ...at,
      fn,
      id: `${face.id}#${fn.name}`,
      key: camel(fn.name),
      resource: undefined,
      kind: 'function',
    };
  });
  for (const { name, definition } of face.types.values()) {
    if (definition.kind !== 'resource') continue;
    const resource = pascal(name);
    const { create, methods, statics } = definition;
    if (create) {
      const id = `${face.id}#[constructor]${name}`;
      rows.push({ ...at, fn: create, id, key: 'constructor', resource, kind: 'constructor' });
    }
    for (const [kind, list] of [['method', methods] as const, ['static', statics] as const]) {
      for (const fn of list)
        rows.push({
          ...at,
          fn,
          id: `${face.id}#[${kind}]${name}.${fn.name}`,
          key: camel(fn.name),
          resource,
          kind,
        });
    }
  }
  return rows;
}

/** The zero of a type: what a function answers that does nothing. `make` gives an object for a resource. */
export function zeroOf(
  wit: Wit,
  face: WitInterface,
  type: WitType | undefined,
  make: () => unknown,
): unknown {
  if (!type) return undefined;
  const zero = (inner: WitType | undefined, of: WitInterface = face): unknown => zeroOf(wit, of, inner, make);
  switch (type.kind) {
    case 'bool':
      return false;
    case 'string':
      return '';
    case 'char':
      return '\0';
    case 'u64':
    case 's64':
      return 0n;
    case 'list':
      return arrayFor(wit, face, type.of);
    case 'option':
      return undefined;
    case 'result':
      return zero(type.ok);
    case 'tuple':
      return type.elements.map((element) => zero(element));
    case 'own':
    case 'borrow':
      return make();
    case 'named':
      return zeroOfNamed(wit, face, type.name, make);
    default:
      return 0;
  }
}

function zeroOfNamed(wit: Wit, from: WitInterface, name: string, make: () => unknown): unknown {
  const { face, type } = findType(wit, from.id, name);
  const { definition } = type;
  const zero = (inner: WitType | undefined): unknown => zeroOf(wit, face, inner, make);
  switch (definition.kind) {
    case 'alias':
      return zero(definition.type);
    case 'record':
      return Object.fromEntries(definition.fields.map((field) => [camel(field.name), zero(field.type)]));
    case 'enum':
      return definition.names[0]?.name;
    case 'flags':
      return {};
    case 'variant': {
      const [first] = definition.cases;
      return { tag: first?.name, ...(first?.type && { val: zero(first.type) }) };
    }
    default:
      return make();
  }
}

/** Lists of numbers are typed arrays. */
function arrayFor(wit: Wit, face: WitInterface, element: WitType): unknown {
  if (element.kind === 'u8') return new Uint8Array();
  if (element.kind !== 'named') return [];
  const { face: there, type } = findType(wit, face.id, element.name);
  return type.definition.kind === 'alias' ? arrayFor(wit, there, type.definition.type) : [];
}
