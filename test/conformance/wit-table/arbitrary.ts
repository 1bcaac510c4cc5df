/**
 * Random arguments for functions of the WIT, as a guest that reads steps in JSON can make them.
 *
 * @module
 */
import fc from 'fast-check';
import type { Wit, WitFunction, WitInterface, WitType } from '../../../src/lib/wit/model.ts';
import { camel } from '../../../src/lib/wit/names.ts';

/** Names of answers that are objects of a resource; by `interface#resource`. */
export type Known = Readonly<Record<string, readonly string[]>>;

const text: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    '.',
    '..',
    '/',
    'var',
    'var/file',
    'var/dir',
    'tmp/a',
    'tmp/../var/b',
    '../secret',
    'www/page',
  ),
  fc.constantFrom(
    'a\0b',
    '\u202e',
    'x'.repeat(300),
    'e\u0301',
    'var/dir/../../..',
    './/tmp//',
    '\\',
    'token',
  ),
  fc.string({ maxLength: 20 }).filter((value) => !value.startsWith('$')),
);
const size: fc.Arbitrary<number> = fc.oneof(
  fc.nat({ max: 100 }),
  fc.constantFrom(0, 1, 4096, 2 ** 20, 2 ** 20 + 1, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63, 1.8e19),
);

/** Arguments of a function, one for each parameter. */
export function argumentsOf(
  fn: WitFunction,
  face: WitInterface,
  options: { readonly wit: Wit; readonly known: Known },
): fc.Arbitrary<readonly unknown[]> {
  return fc.tuple(...fn.params.map(({ type }) => argumentOf(type, face, options)));
}

function argumentOf(
  type: WitType,
  face: WitInterface,
  options: { readonly wit: Wit; readonly known: Known },
): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'string':
      return text;
    case 'bool':
      return fc.boolean();
    case 'list':
      return type.of.kind === 'u8'
        ? fc.record({ bytes: fc.oneof(text, fc.constant('y'.repeat(5000))) })
        : fc.array(argumentOf(type.of, face, options), { maxLength: 4 });
    case 'option':
      return fc.option(argumentOf(type.of, face, options));
    case 'result':
      return fc.record({ tag: fc.constantFrom('ok', 'err') });
    case 'own':
    case 'borrow':
    case 'named':
      return argumentNamed(type.name, face, options);
    case 'u8':
      return fc.nat({ max: 255 });
    case 'u64':
      return size;
    default:
      return fc.nat({ max: 2 ** 31 - 1 });
  }
}

function argumentNamed(
  name: string,
  face: WitInterface,
  options: { readonly wit: Wit; readonly known: Known },
): fc.Arbitrary<unknown> {
  const definition = face.types.get(name)?.definition;
  switch (definition?.kind) {
    case 'alias':
      return argumentOf(definition.type, face, options);
    case 'record':
      return fc.record(
        Object.fromEntries(
          definition.fields.map((field) => [camel(field.name), argumentOf(field.type, face, options)]),
        ),
      );
    case 'variant':
      return fc.oneof(
        ...definition.cases.map((one) =>
          fc.record({
            tag: fc.constant(one.name),
            ...(one.type && { val: argumentOf(one.type, face, options) }),
          }),
        ),
      );
    case 'enum':
      return fc.constantFrom(...definition.names.map((one) => one.name));
    case 'flags':
      return fc.record(Object.fromEntries(definition.names.map((one) => [camel(one.name), fc.boolean()])));
    case 'resource':
      return fc.constantFrom(...(options.known[`${face.id}#${name}`] ?? []));
    case 'use': {
      const from = options.wit.interfaces.get(definition.from);
      if (from) return argumentNamed(definition.name, from, options);
    }
  }
  throw new Error(`There is no type ${name} in ${face.id}`);
}
