/**
 * The poorest answer that a type allows: what a host function would give that does nothing.
 *
 * @module
 */
import type { Call } from '../../../src/engine/extension.ts';
import type { Wit, WitInterface, WitType } from '../../../src/lib/wit/model.ts';
import { camel } from '../../../src/lib/wit/names.ts';

/** Makes an object of a resource that does as little as it can; by `interface#resource`. */
export type ZeroObjects = Readonly<Record<string, (call: Call) => object>>;

export interface ZeroOptions {
  readonly wit: Wit;
  readonly objects: ZeroObjects;
  readonly call: Call;
}

/** The zero of a type as an interface writes it; of a result, its `ok`. */
export function zeroOf(type: WitType | undefined, face: WitInterface, options: ZeroOptions): unknown {
  if (type === undefined) return undefined;
  switch (type.kind) {
    case 'list':
      return type.of.kind === 'u8' ? new Uint8Array() : [];
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
    case 'char':
      return '';
    case 'bool':
      return false;
    case 'u64':
    case 's64':
      return 0n;
    default:
      return 0;
  }
}

function zeroOfName(name: string, face: WitInterface, options: ZeroOptions): unknown {
  const definition = face.types.get(name)?.definition;
  switch (definition?.kind) {
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
    case 'resource': {
      const make = options.objects[`${face.id}#${name}`];
      if (!make) throw new Error(`There is no zero for ${face.id}#${name}`);
      return make(options.call);
    }
    case 'use': {
      const from = options.wit.interfaces.get(definition.from);
      if (from) return zeroOfName(definition.name, from, options);
    }
  }
  throw new Error(`There is no type ${name} in ${face.id}`);
}
