import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../../test/count.ts';
import { anyCharacter } from '../../../test/random-text.ts';
import type { ValType } from '../../component/index.ts';
import { camel } from '../../lib/wit/names.ts';
import { createValueFaults } from './faults.ts';
import { fromJson } from './from-json.ts';
import { isTagged } from './option-form.ts';
import { toJson } from './to-json.ts';

const NAMES = ['a', 'b-c', 'long-name-of-three'];

/** Types of every kind that can be given from outside, nested. */
const types: fc.Arbitrary<ValType> = fc.letrec<{ type: ValType }>((tie) => ({
  type: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc
      .constantFrom<ValType['kind']>(
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
      )
      .map((kind) => ({ kind }) as ValType),
    tie('type').map((element): ValType => ({ kind: 'list', element })),
    tie('type').map((some): ValType => ({ kind: 'option', some })),
    fc
      .array(tie('type'), { minLength: 1, maxLength: 3 })
      .map((elements): ValType => ({ kind: 'tuple', elements })),
    fc.array(tie('type'), { minLength: 1, maxLength: 3 }).map(
      (all): ValType => ({
        kind: 'record',
        fields: all.map((type, index) => ({ name: NAMES[index]!, type })),
      }),
    ),
    fc.array(fc.option(tie('type'), { nil: undefined }), { minLength: 1, maxLength: 3 }).map(
      (all): ValType => ({
        kind: 'variant',
        cases: all.map((type, index) => ({ name: NAMES[index]!, type })),
      }),
    ),
    fc
      .tuple(fc.option(tie('type'), { nil: undefined }), fc.option(tie('type'), { nil: undefined }))
      .map(([ok, err]): ValType => ({ kind: 'result', ok, err })),
    fc.constantFrom<'enum' | 'flags'>('enum', 'flags').map((kind): ValType => ({ kind, names: NAMES })),
  ),
})).type;

const RANGES: Record<string, [bigint, bigint]> = {
  s8: [-128n, 127n],
  u8: [0n, 255n],
  s16: [-32768n, 32767n],
  u16: [0n, 65535n],
  s32: [-(2n ** 31n), 2n ** 31n - 1n],
  u32: [0n, 2n ** 32n - 1n],
  s64: [-(2n ** 63n), 2n ** 63n - 1n],
  u64: [0n, 2n ** 64n - 1n],
};
const ARRAYS: Record<string, { from(items: any): unknown }> = {
  u8: Uint8Array,
  s8: Int8Array,
  u16: Uint16Array,
  s16: Int16Array,
  u32: Uint32Array,
  s32: Int32Array,
  u64: BigUint64Array,
  s64: BigInt64Array,
  f32: Float32Array,
  f64: Float64Array,
};

/** Values of a type as the component runtime has them. JSON knows no -0. */
function values(type: ValType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case 'bool':
      return fc.boolean();
    case 'f32':
      return fc.float().map((value) => value + 0);
    case 'f64':
      return fc.double().map((value) => value + 0);
    case 'char':
      return anyCharacter();
    case 'string':
      return fc.string({ unit: anyCharacter() });
    case 'list': {
      const array = ARRAYS[type.element.kind];
      const items = fc.array(values(type.element), { maxLength: 4 });
      return array ? items.map((all) => array.from(all)) : items;
    }
    case 'tuple':
      return fc.tuple(...type.elements.map(values));
    case 'record':
      return fc.record(Object.fromEntries(type.fields.map(({ name, type }) => [camel(name), values(type)])), {
        noNullPrototype: true,
      });
    case 'enum':
      return fc.constantFrom(...type.names);
    case 'flags':
      return fc.record(Object.fromEntries(type.names.map((name) => [camel(name), fc.boolean()])), {
        noNullPrototype: true,
      });
    case 'option':
      return isTagged(type)
        ? fc.oneof(
            fc.constant({ tag: 'none' }),
            values(type.some).map((val) => ({ tag: 'some', val })),
          )
        : fc.oneof(fc.constant(undefined), values(type.some));
    case 'variant':
      return fc.oneof(...type.cases.map(({ name, type }) => payload(name, type)));
    case 'result':
      return fc.oneof(payload('ok', type.ok), payload('err', type.err));
    case 'own':
    case 'borrow':
      return fc.constant(null);
    default: {
      const [min, max] = RANGES[type.kind]!;
      const wide = type.kind.endsWith('64');
      return fc.bigInt({ min, max }).map((value) => (wide ? value : Number(value)));
    }
  }
}

function payload(tag: string, type: ValType | undefined): fc.Arbitrary<unknown> {
  return type ? values(type).map((val) => ({ tag, val })) : fc.constant({ tag });
}

/** Any JSON: mostly wrong for a type. */
const jsons = fc.jsonValue({ maxDepth: 3 });

describe('values of a component as JSON', () => {
  it('come back as they were, through text', () => {
    fc.assert(
      fc.property(
        types.chain((type) => fc.tuple(fc.constant(type), values(type))),
        ([type, value]) => {
          const faults = createValueFaults();
          const read = fromJson(type, JSON.parse(JSON.stringify(toJson(type, value))), 'value', faults);
          assert.deepEqual(faults.sentences, []);
          assert.deepEqual(read, value);
        },
      ),
      { numRuns: count(50_000), seed },
    );
  });

  it('are refused with a place, never with another error', () => {
    fc.assert(
      fc.property(types, jsons, (type, json) => {
        const faults = createValueFaults();
        const read = fromJson(type, json, 'value', faults);
        if (faults.sentences.length === 0) {
          // What was taken is a value of the type: it can be shown, and read again.
          const again = createValueFaults();
          assert.deepEqual(fromJson(type, toJson(type, read), 'value', again), read);
          assert.deepEqual(again.sentences, []);
        } else
          for (const sentence of faults.sentences) assert.match(sentence, /^value.* must be .*; found /s);
      }),
      { numRuns: count(50_000), seed },
    );
  });

  const u8s: ValType = { kind: 'list', element: { kind: 'u8' } };
  const record: ValType = {
    kind: 'record',
    fields: [
      { name: 'status-code', type: { kind: 'u16' } },
      { name: 'note', type: { kind: 'option', some: { kind: 'string' } } },
    ],
  };
  const read = (type: ValType, json: unknown): unknown => {
    const faults = createValueFaults();
    const value = fromJson(type, json, 'v', faults);
    return faults.sentences.length > 0 ? faults.sentences : value;
  };

  it('take bytes in three forms', () => {
    assert.deepEqual(read(u8s, [1, 2]), Uint8Array.of(1, 2));
    assert.deepEqual(read(u8s, { utf8: 'é' }), Uint8Array.of(0xc3, 0xa9));
    assert.deepEqual(read(u8s, { base64: '/wA=' }), Uint8Array.of(255, 0));
    assert.match(String(read(u8s, { base64: '*' })), /must be a list of numbers, \{"utf8": "…"\}/);
    assert.match(String(read(u8s, [256])), /^v\[0\] must be u8, a whole number from 0 to 255; found 256$/);
  });

  it('take 64-bit integers as numbers or text, exactly', () => {
    assert.equal(read({ kind: 's64' }, '-9223372036854775808'), -(2n ** 63n));
    assert.match(String(read({ kind: 'u64' }, 2 ** 60)), /as decimal text beyond 2\^53/);
    assert.match(String(read({ kind: 'u64' }, '18446744073709551616')), /must be u64/);
  });

  it('take records with the names of WIT or of JavaScript, fields that are options left out', () => {
    assert.deepEqual(read(record, { 'status-code': 200 }), { statusCode: 200, note: undefined });
    assert.deepEqual(read(record, { statusCode: 200, note: 'x' }), { statusCode: 200, note: 'x' });
    assert.match(String(read(record, { 'status-cod': 200 })), /did you mean "status-code"\?/);
  });

  it('show bytes as text only when they are text', () => {
    assert.deepEqual(toJson(u8s, Uint8Array.of(0xff)), [255]);
    assert.deepEqual(toJson(u8s, Uint8Array.of(0xef, 0xbb, 0xbf)), { utf8: '\ufeff' });
  });
});
