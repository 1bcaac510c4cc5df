/**
 * Random WIT types and, for each, random values in the JavaScript form that the runtime documents: the raw
 * material of the differential test.
 *
 * @module
 */
import fc, { type Arbitrary } from 'fast-check';
import type { NamedType, PrimitiveKind, ValType } from '../../src/component/types.ts';
import { anyCharacter } from '../random-text.ts';

/** Words that have a meaning in JavaScript or WIT, words with digits, capitals and hyphens. */
const names = [
  'a',
  'b',
  'x1',
  'some-field',
  'the-URL',
  'HTTP-code',
  'constructor',
  'default',
  'to-string',
  'prototype',
  'then',
  'list',
  'type',
  'length',
  'tag',
  'val',
  'own',
  'a-b-c',
  'record',
  'has-own-property',
  'value-of',
  'z9-y8',
] as const;

const primitives: readonly PrimitiveKind[] = [
  'bool',
  's8',
  'u8',
  's16',
  'u16',
  's32',
  'u32',
  's64',
  'u64',
  'f32',
  'f64',
  'char',
  'string',
];

function someNames(min: number, max: number): Arbitrary<string[]> {
  return fc.uniqueArray(fc.constantFrom(...names), {
    minLength: min,
    maxLength: Math.min(max, names.length),
  });
}

/** Up to 32 names: the vocabulary has fewer, so numbers are appended. */
function manyNames(max: number): Arbitrary<string[]> {
  return fc
    .tuple(fc.integer({ min: 1, max }), fc.constantFrom(...names))
    .map(([n, name]) => Array.from({ length: n }, (_, i) => `${name}-n${i}`));
}

function named(type: Arbitrary<ValType>, max: number): Arbitrary<NamedType[]> {
  return someNames(1, max).chain((fields) =>
    fc.tuple(...fields.map((name) => type.map((found): NamedType => ({ name, type: found })))),
  );
}

/** A type of at most this depth; with `own` it may hold resource 0, which is the host's. */
export function anyType(depth: number, own = false): Arbitrary<ValType> {
  const leaf: Arbitrary<ValType> = fc.constantFrom(...primitives).map((kind) => ({ kind }));
  const resource: Arbitrary<ValType> = fc.constant({ kind: 'own', resource: 0 });
  const enumeration: Arbitrary<ValType> = fc
    .oneof({ weight: 4, arbitrary: someNames(1, 5) }, { weight: 1, arbitrary: manyNames(300) })
    .map((found) => ({ kind: 'enum', names: found }));
  const flags: Arbitrary<ValType> = fc
    .oneof({ weight: 3, arbitrary: someNames(1, 9) }, { weight: 2, arbitrary: manyNames(32) })
    .map((found) => ({ kind: 'flags', names: found }));
  const leaves = [
    { weight: 8, arbitrary: leaf },
    { weight: 1, arbitrary: enumeration },
    { weight: 1, arbitrary: flags },
    ...(own ? [{ weight: 1, arbitrary: resource }] : []),
  ];
  if (depth <= 1) return fc.oneof(...leaves);
  const inner = anyType(depth - 1, own);
  const maybe = fc.option(inner, { nil: undefined, freq: 3 });
  return fc.oneof(
    ...leaves,
    { weight: 4, arbitrary: inner.map((element): ValType => ({ kind: 'list', element })) },
    { weight: 3, arbitrary: named(inner, 5).map((fields): ValType => ({ kind: 'record', fields })) },
    {
      weight: 2,
      arbitrary: fc
        .array(inner, { minLength: 1, maxLength: 4 })
        .map((elements): ValType => ({ kind: 'tuple', elements })),
    },
    { weight: 3, arbitrary: variants(maybe) },
    { weight: 3, arbitrary: inner.map((some): ValType => ({ kind: 'option', some })) },
    {
      weight: 2,
      arbitrary: fc.tuple(maybe, maybe).map(([ok, err]): ValType => ({ kind: 'result', ok, err })),
    },
  );
}

function variants(payload: Arbitrary<ValType | undefined>): Arbitrary<ValType> {
  return someNames(1, 5).chain((cases) =>
    fc.tuple(...cases.map((name) => payload.map((type) => ({ name, type })))).map(
      (found): ValType => ({
        kind: 'variant',
        cases: found,
      }),
    ),
  );
}

const integers: Readonly<Record<string, readonly [bigint, bigint]>> = {
  s8: [-0x80n, 0x7fn],
  u8: [0n, 0xffn],
  s16: [-0x8000n, 0x7fffn],
  u16: [0n, 0xffffn],
  s32: [-0x8000_0000n, 0x7fff_ffffn],
  u32: [0n, 0xffff_ffffn],
  s64: [-0x8000_0000_0000_0000n, 0x7fff_ffff_ffff_ffffn],
  u64: [0n, 0xffff_ffff_ffff_ffffn],
};

/** Class of the typed array that stands for a list of these. */
export const typedArrays: Readonly<Record<string, { from(values: Iterable<never>): ArrayLike<unknown> }>> = {
  s8: Int8Array,
  u8: Uint8Array,
  s16: Int16Array,
  u16: Uint16Array,
  s32: Int32Array,
  u32: Uint32Array,
  s64: BigInt64Array,
  u64: BigUint64Array,
  f32: Float32Array,
  f64: Float64Array,
};

function primitive(kind: PrimitiveKind): Arbitrary<unknown> {
  const range = integers[kind];
  if (range) {
    const [min, max] = range;
    const edges = [min, max, 0n, 1n, max - 1n, max / 2n, min / 2n].filter((n) => n >= min && n <= max);
    const all = fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min, max }));
    return kind.endsWith('64') ? all : all.map(Number);
  }
  if (kind === 'bool') return fc.boolean();
  if (kind === 'f32') return fc.oneof(fc.constantFrom(0, -0, Number.NaN, Infinity, 1.5), fc.float());
  if (kind === 'f64') return fc.oneof(fc.constantFrom(0, -0, Number.NaN, -Infinity, 5e-324), fc.double());
  if (kind === 'char') {
    const edges = [
      '\0',
      'a',
      '\u{7f}',
      '\u{80}',
      '\u{7ff}',
      '\u{d7ff}',
      '\u{e000}',
      '\u{ffff}',
      '\u{10000}',
      '\u{10ffff}',
    ];
    return fc.oneof(fc.constantFrom(...edges), anyCharacter());
  }
  return fc.oneof(
    fc.constantFrom('', '\0', 'é', '😀', 'ÿĀ', 'x'.repeat(100), '\u{feff}bom'),
    // Long enough that each way of growing a buffer, and of noticing a wide character late, is taken.
    fc.constantFrom('ab'.repeat(3000), 'é'.repeat(2000), `${'a'.repeat(1500)}Ā`, `${'ÿ'.repeat(700)}😀`),
    fc.string({ unit: anyCharacter(), maxLength: 12 }),
    fc.string({ unit: 'grapheme', maxLength: 12 }),
    fc.string({ unit: 'binary-ascii', maxLength: 40 }),
  );
}

/** An option is `undefined` or the value, unless the value itself can be `undefined`. */
export function isNullable(type: ValType): boolean {
  return type.kind === 'option' && !isNullable(type.some);
}

/** camelCase of a WIT name. */
export function camel(name: string): string {
  return name.toLowerCase().replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** A value of the type; `make` supplies handles of resource 0. */
export function anyValue(type: ValType, make: () => object): Arbitrary<unknown> {
  switch (type.kind) {
    case 'list': {
      const elements = fc.array(anyValue(type.element, make), { maxLength: 4 });
      const typed = typedArrays[type.element.kind];
      return typed ? elements.map((values) => typed.from(values as never[])) : elements;
    }
    case 'record':
      return fc
        .tuple(...type.fields.map((field) => anyValue(field.type, make)))
        .map((values) => Object.fromEntries(type.fields.map(({ name }, i) => [camel(name), values[i]])));
    case 'tuple':
      return fc.tuple(...type.elements.map((element) => anyValue(element, make)));
    case 'variant':
      return fc.oneof(
        ...type.cases.map(({ name, type: payload }) =>
          payload ? anyValue(payload, make).map((val) => ({ tag: name, val })) : fc.constant({ tag: name }),
        ),
      );
    case 'enum':
      return fc.constantFrom(...type.names);
    case 'option': {
      const some = anyValue(type.some, make);
      if (isNullable(type)) return fc.option(some, { nil: undefined });
      return fc.oneof(
        fc.constant({ tag: 'none' }),
        some.map((val) => ({ tag: 'some', val })),
      );
    }
    case 'result': {
      const side = (tag: 'ok' | 'err', payload: ValType | undefined) =>
        payload ? anyValue(payload, make).map((val) => ({ tag, val })) : fc.constant({ tag });
      return fc.oneof(side('ok', type.ok), side('err', type.err));
    }
    case 'flags':
      return fc
        .tuple(...type.names.map(() => fc.boolean()))
        .map((bits) => Object.fromEntries(type.names.map((name, i) => [camel(name), bits[i]])));
    case 'own':
    case 'borrow':
      return fc.constant(undefined).map(make);
    default:
      return primitive(type.kind);
  }
}
