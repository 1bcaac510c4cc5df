import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { decode } from '../decode.ts';
import type { Plan } from '../plan.ts';
import type { ValType } from '../types.ts';
import { compilePlan } from './component.ts';
import { component, LIBC, OPTIONS } from './fixtures/text.ts';
import { createLinker } from './linker.ts';
import { createBits, fits } from './values.ts';

/** Answers the record that it is given, with 1 added to the number and the case of the variant. */
const ECHO = `(component
  ${LIBC}
  (type $kind' (variant (case "no-thing") (case "some-text" string)))
  (export $kind "kind" (type $kind'))
  (type $mode' (enum "fast-one" "slow-one"))
  (export $mode "mode" (type $mode'))
  (type $set' (flags "is-a" "is-b"))
  (export $set "set" (type $set'))
  (type $fields (record (field "first-name" string) (field "count" u32) (field "kind" $kind) (field "mode" $mode) (field "set" $set)))
  (export $exported "fields" (type $fields))
  (core module $M
    (import "" "mem" (memory 1))
    (func (export "echo") (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
      (i32.store (i32.const 16) (local.get 0))
      (i32.store (i32.const 20) (local.get 1))
      (i32.store (i32.const 24) (i32.add (local.get 2) (i32.const 1)))
      (i32.store8 (i32.const 28) (local.get 3))
      (i32.store (i32.const 32) (local.get 4))
      (i32.store (i32.const 36) (local.get 5))
      (i32.store8 (i32.const 40) (local.get 6))
      (i32.store8 (i32.const 41) (local.get 7))
      (i32.const 16)))
  (core instance $m (instantiate $M (with "" (instance $libc))))
  (func (export "echo") (param "value" $exported) (result $exported) (canon lift (core func $m "echo") ${OPTIONS})))`;

const echo = createLinker().link(await component(ECHO));
const value = {
  firstName: 'Zoë',
  count: 1,
  kind: { tag: 'some-text', val: 'x' },
  mode: 'slow-one',
  set: { isA: true, isB: false },
};

test('values come back as they went in', () => {
  using instance = echo.acquire();
  assert.deepEqual(instance.call('echo', [value]), { ...value, count: 2 });
  const other = {
    ...value,
    kind: { tag: 'no-thing' },
    mode: 'fast-one',
    set: { isA: false, isB: true },
    firstName: '',
  };
  assert.deepEqual(instance.call('echo', [other]), { ...other, count: 2 });
});

test('an argument that does not fit is refused before the guest runs, with its place', () => {
  using instance = echo.acquire();
  const cases: readonly (readonly [unknown, string, string, string])[] = [
    [undefined, 'param "value"', 'an object (record)', 'undefined'],
    [{ ...value, firstName: 1 }, 'param "value".firstName', 'string', 'number 1'],
    [{ ...value, count: -1 }, 'param "value".count', 'u32', 'number -1'],
    [{ ...value, count: 1.5 }, 'param "value".count', 'u32', 'number 1.5'],
    [{ ...value, count: 1n }, 'param "value".count', 'u32', 'bigint 1'],
    [
      { ...value, kind: { tag: 'else' } },
      'param "value".kind.tag',
      '{ tag, val } with tag one of "no-thing", "some-text"',
      'string "else"',
    ],
    [{ ...value, kind: { tag: 'some-text' } }, 'param "value".kind.val', 'string', 'undefined'],
    [
      { ...value, mode: 'fastOne' },
      'param "value".mode',
      'one of "fast-one", "slow-one"',
      'string "fastOne"',
    ],
    [{ ...value, set: { isA: 1 } }, 'param "value".set.isA', 'bool', 'number 1'],
    [{ ...value, set: null }, 'param "value".set', 'an object (flags)', 'null'],
  ];
  for (const [argument, path, expected, found] of cases) {
    assert.throws(() => instance.call('echo', [argument]), {
      code: 'VALUE_TYPE',
      blame: 'caller',
      detail: { export: 'echo', path, expected, found },
    });
  }
  assert.throws(() => instance.call('echo', []), {
    code: 'VALUE_COUNT',
    detail: { export: 'echo', expected: 1, found: 0 },
  });
  assert.throws(() => instance.call('nothing', []), {
    code: 'EXPORT_MISSING',
    detail: { export: 'nothing', exports: ['echo'] },
  });
  assert.equal(instance.trapped, undefined);
  assert.ok(instance.call('echo', [value]));
});

/** Renames every label of a plan. */
function renamed(plan: Plan, rename: (name: string) => string): Plan {
  const walk = (node: unknown): unknown => {
    if (Array.isArray(node)) return node.map(walk);
    if (typeof node !== 'object' || node === null || ArrayBuffer.isView(node)) return node;
    const type = Object.fromEntries(Object.entries(node).map(([key, part]) => [key, walk(part)]));
    if (Array.isArray(type['names'])) type['names'] = type['names'].map(rename);
    if (('type' in type || 'val' in type) && typeof type['name'] === 'string')
      type['name'] = rename(type['name']);
    return type;
  };
  return { ...plan, exports: walk(plan.exports) as Plan['exports'] };
}

test('no name of a component reaches source text', async () => {
  const plan = decode(new Uint8Array(await parse(ECHO)));
  const hostile = [
    "'",
    '"',
    '`',
    '$' + '{globalThis.broken = 1}',
    '\n',
    '\u2028',
    '\\',
    '*/',
    '__proto__',
    'constructor',
    '];throw 1;//',
    '\0',
  ];
  for (const evil of hostile) {
    const rename = (name: string): string => `${name}${evil}`;
    const linked = createLinker().link(await compilePlan(renamed(plan, rename)));
    using instance = linked.acquire();
    const keys = ['firstName', 'count', 'kind', 'mode', 'set'];
    const inner = { isA: true, isB: false };
    const named = (object: object): object =>
      Object.fromEntries(Object.entries(object).map(([key, part]) => [rename(key), part]));
    const argument = named({
      ...value,
      kind: { tag: rename('some-text'), val: 'x' },
      mode: rename('slow-one'),
      set: named(inner),
    });
    const answer = instance.call(rename('echo'), [argument]) as Record<string, unknown>;
    assert.deepEqual(Object.keys(answer), keys.map(rename));
    assert.deepEqual(answer, { ...argument, [rename('count')]: 2 });
  }
  const exact = (name: string): string => (name === 'count' ? '__proto__' : name);
  using instance = createLinker()
    .link(await compilePlan(renamed(plan, exact)))
    .acquire();
  const argument: object = JSON.parse(
    '{"firstName":"a","__proto__":1,"kind":{"tag":"no-thing"},"mode":"fast-one","set":{}}',
  );
  const answer = instance.call('echo', [argument]) as object;
  assert.deepEqual(Object.getOwnPropertyDescriptor(answer, '__proto__')?.value, 2);
  assert.equal(Object.getPrototypeOf(answer), Object.prototype);
  assert.equal(Reflect.get(globalThis, 'broken'), undefined);
});

/** Takes a list and answers the same bytes as a list. */
async function listEcho(element: string): Promise<(list: unknown) => unknown> {
  const linked = createLinker().link(
    await component(`(component ${LIBC}
      (core module $M
        (import "" "mem" (memory 1))
        (func (export "echo") (param i32 i32) (result i32)
          (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16)))
      (core instance $m (instantiate $M (with "" (instance $libc))))
      (func (export "echo") (param "value" (list ${element})) (result (list ${element})) (canon lift (core func $m "echo") ${OPTIONS})))`),
  );
  return (list) => {
    using instance = linked.acquire();
    return instance.call('echo', [list]);
  };
}

test('lists of numbers are typed arrays, copied, and plain arrays are taken too', async () => {
  for (const [element, list] of [
    ['u8', new Uint8Array([1, 255])],
    ['s8', new Int8Array([-1, 127])],
    ['u16', new Uint16Array([1, 65535])],
    ['s16', new Int16Array([-1, 3])],
    ['u32', new Uint32Array([1, 0xffff_ffff])],
    ['s32', new Int32Array([-1, 3])],
    ['u64', new BigUint64Array([1n, 2n ** 64n - 1n])],
    ['s64', new BigInt64Array([-1n, 3n])],
    ['f32', new Float32Array([1.5, Number.NaN])],
    ['f64', new Float64Array([1.5, -0])],
  ] as const) {
    const echoed = await listEcho(element);
    assert.deepEqual(echoed(list), list);
    assert.deepEqual(echoed([...list]), list);
    assert.deepEqual(echoed(list.subarray(1)), list.subarray(1).slice());
    assert.throws(() => echoed(['x']), { code: 'VALUE_TYPE' });
    assert.throws(() => echoed(list.buffer), { code: 'VALUE_TYPE' });
  }
  const strings = await listEcho('string');
  assert.deepEqual(strings(['', 'a', 'é'.repeat(40), '\u{1f600}', '\ufeffb', 'x'.repeat(5000)]), [
    '',
    'a',
    'é'.repeat(40),
    '\u{1f600}',
    '\ufeffb',
    'x'.repeat(5000),
  ]);
  assert.deepEqual(strings(['a\ud800b']), ['a\ufffdb']);
  assert.deepEqual((await listEcho('char'))(['a', '\u{1f600}']), ['a', '\u{1f600}']);
  assert.deepEqual((await listEcho('bool'))([true, false]), [true, false]);
});

test('options are undefined or the value, and tagged where that would be ambiguous', async () => {
  const echoed = await listEcho('(option (option u8))');
  const list = [{ tag: 'none' }, { tag: 'some', val: undefined }, { tag: 'some', val: 7 }];
  assert.deepEqual(echoed(list), list);
  assert.throws(() => echoed([7]), { code: 'VALUE_TYPE' });
  assert.deepEqual((await listEcho('(option u8)'))([1, undefined, null]), [1, undefined, undefined]);
  const results = [
    { tag: 'ok', val: undefined },
    { tag: 'err', val: 'no' },
  ];
  assert.deepEqual((await listEcho('(result (error string))'))(results), results);
});

test('scalars take exactly their values', () => {
  const kinds: readonly (readonly [
    Exclude<ValType['kind'], 'list'>,
    readonly unknown[],
    readonly unknown[],
  ])[] = [
    ['bool', [true, false], [0, 1, undefined]],
    ['u8', [0, 255], [-1, 256, 0.5, Number.NaN, '1']],
    ['s8', [-128, 127], [-129, 128]],
    ['u16', [0, 65535], [65536, -1]],
    ['s16', [-32768, 32767], [32768]],
    ['u32', [0, 2 ** 32 - 1], [2 ** 32, -1]],
    ['s32', [-(2 ** 31), 2 ** 31 - 1], [2 ** 31]],
    ['u64', [0n, 2n ** 64n - 1n], [2n ** 64n, -1n, 1]],
    ['s64', [-(2n ** 63n), 2n ** 63n - 1n], [2n ** 63n]],
    ['f32', [1.5, Number.NaN, Number.POSITIVE_INFINITY], ['1', 1n]],
    ['f64', [1.5], [undefined]],
    ['char', ['a', '\u{10ffff}', '\0'], ['', 'ab', '\ud800', 97]],
    ['string', ['', 'a'], [1, undefined, null]],
  ];
  for (const [kind, good, bad] of kinds) {
    const fit = fits[kind as keyof typeof fits];
    for (const one of good) assert.ok(fit(one), `${kind} ${String(one)}`);
    for (const one of bad) assert.ok(!fit(one), `${kind} ${String(one)}`);
  }
});

test('bit casts are inverse and canonicalise NaN', () => {
  const bits = createBits();
  assert.equal(bits.i32FromF32(bits.f32FromI32(0x4048_f5c3)), 0x4048_f5c3);
  assert.equal(bits.i64FromF32(-1), 0xbf80_0000n);
  assert.equal(bits.f64FromI64(bits.i64FromF64(Math.PI)), Math.PI);
  assert.equal(bits.i32FromF32(bits.f32FromI32(0x7fc1_2345)), 0x7fc0_0000);
  assert.equal(bits.i64FromI32(-1), 0xffff_ffffn);
  assert.equal(bits.i32FromI64(0xffff_ffffn), -1);
});

test('a type that names itself many times over is linked and used like any other', async () => {
  const types = Array.from({ length: 9 }, (_, at) => {
    const inner = at === 0 ? 'u8' : `$t${at - 1}`;
    return `(type $v${at} (variant (case "a" ${inner}) (case "b" ${inner}) (case "c" ${inner})))
      (export $t${at} "t${at}" (type $v${at}))`;
  });
  const linked = createLinker().link(
    await component(`(component ${LIBC} ${types.join(' ')}
      (core module $M
        (import "" "mem" (memory 1))
        (func (export "echo") (param ${'i32 '.repeat(10)}) (result i32)
          ${Array.from({ length: 10 }, (_, at) => `(i32.store8 (i32.const ${16 + at}) (local.get ${at}))`).join(' ')}
          (i32.const 16)))
      (core instance $m (instantiate $M (with "" (instance $libc))))
      (func (export "echo") (param "v" $t8) (result $t8) (canon lift (core func $m "echo") ${OPTIONS})))`),
  );
  let deep: unknown = 200;
  for (let at = 0; at < 9; at++) deep = { tag: 'abc'[at % 3], val: deep };
  using instance = linked.acquire();
  assert.deepEqual(instance.call('echo', [deep]), deep);
});
