/**
 * The poorest answer that a type allows: what a host function would give that does nothing.
 *
 * @module
 */
import type { Wit, WitInterface, WitType } from '../src/lib/wit/model.ts';
import { camel } from '../src/lib/wit/names.ts';
import { findType } from '../src/lib/wit/read.ts';

export interface ZeroOptions {
  readonly wit: Wit;
  /** An object of a resource, named `interface#resource`, that does as little as it can. */
  readonly make: (resource: string) => unknown;
}

/** The zero of a type as an interface writes it; of a result, its `ok`. */
export function zeroOf(type: WitType | undefined, face: WitInterface, options: ZeroOptions): unknown {
  if (type === undefined) return undefined;
  switch (type.kind) {
    case 'list':
      return listOf(type.of, face, options.wit);
    case 'option':
      return undefined;
    case 'result':
      return zeroOf(type.ok, face, options);
    case 'tuple':
      return type.elements.map((element) => zeroOf(element, face, options));
    case 'own':
    case 'borrow':
    case 'named':
      return zeroOfName(type.name, face, options);
    case 'string':
      return '';
    case 'char':
      return '\0';
    case 'bool':
      return false;
    case 'u64':
    case 's64':
      return 0n;
    default:
      return 0;
  }
}

/** Lists of bytes are typed arrays. */
function listOf(element: WitType, face: WitInterface, wit: Wit): unknown {
  if (element.kind === 'u8') return new Uint8Array();
  if (element.kind !== 'named') return [];
  const found = findType(wit, face.id, element.name);
  const { definition } = found.type;
  return definition.kind === 'alias' ? listOf(definition.type, found.face, wit) : [];
}

function zeroOfName(name: string, from: WitInterface, options: ZeroOptions): unknown {
  const { face, type } = findType(options.wit, from.id, name);
  const { definition } = type;
  switch (definition.kind) {
    case 'alias':
      return zeroOf(definition.type, face, options);
    case 'record':
      return Object.fromEntries(
        definition.fields.map((field) => [camel(field.name), zeroOf(field.type, face, options)]),
      );
    case 'variant': {
      const [first] = definition.cases;
      return { tag: first?.name, ...(first?.type && { val: zeroOf(first.type, face, options) }) };
    }
    case 'enum':
      return definition.names[0]?.name;
    case 'flags':
      return {};
    case 'resource':
      return options.make(`${face.id}#${type.name}`);
    case 'use':
      throw new Error(`findType() stopped at a use of ${name} in ${from.id}`);
  }
}
