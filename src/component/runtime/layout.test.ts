import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ValType } from '../types.ts';
import { createLayouts } from './layout.ts';

const u8: ValType = { kind: 'u8' };
const u64: ValType = { kind: 'u64' };
const f32: ValType = { kind: 'f32' };
const string: ValType = { kind: 'string' };

function fields(...types: ValType[]): ValType {
  return { kind: 'record', fields: types.map((type, index) => ({ name: `f${index}`, type })) };
}

function cases(...types: (ValType | undefined)[]): ValType {
  return { kind: 'variant', cases: types.map((type, index) => ({ name: `c${index}`, type })) };
}

function enumeration(count: number): ValType {
  return { kind: 'enum', names: Array.from({ length: count }, (_, index) => `n${index}`) };
}

test('sizes, alignments and flat forms are those of the specification', () => {
  const layouts = createLayouts();
  const table: readonly (readonly [ValType, number, number, readonly string[] | undefined])[] = [
    [{ kind: 'bool' }, 1, 1, ['i32']],
    [{ kind: 'char' }, 4, 4, ['i32']],
    [string, 8, 4, ['i32', 'i32']],
    [{ kind: 'list', element: u64 }, 8, 4, ['i32', 'i32']],
    [fields(u8, u64, u8), 24, 8, ['i32', 'i64', 'i32']],
    [{ kind: 'tuple', elements: [u8, { kind: 'u16' }, u8] }, 6, 2, ['i32', 'i32', 'i32']],
    [{ kind: 'flags', names: ['a'] }, 1, 1, ['i32']],
    [{ kind: 'flags', names: Array.from({ length: 9 }, (_, index) => `f${index}`) }, 2, 2, ['i32']],
    [{ kind: 'flags', names: Array.from({ length: 32 }, (_, index) => `f${index}`) }, 4, 4, ['i32']],
    [enumeration(256), 1, 1, ['i32']],
    [enumeration(257), 2, 2, ['i32']],
    [enumeration(65537), 4, 4, ['i32']],
    [{ kind: 'option', some: u8 }, 2, 1, ['i32', 'i32']],
    [{ kind: 'result', ok: undefined, err: undefined }, 1, 1, ['i32']],
    [{ kind: 'result', ok: u64, err: string }, 16, 8, ['i32', 'i64', 'i32']],
    [cases(f32, { kind: 'u32' }), 8, 4, ['i32', 'i32']],
    [cases(f32, { kind: 'f64' }), 16, 8, ['i32', 'i64']],
    [cases(f32, undefined), 8, 4, ['i32', 'f32']],
    [cases(string, u64), 16, 8, ['i32', 'i64', 'i32']],
    [{ kind: 'own', resource: 0 }, 4, 4, ['i32']],
    [fields(...Array.from({ length: 16 }, () => u8)), 16, 1, Array.from({ length: 16 }, () => 'i32')],
    [fields(...Array.from({ length: 17 }, () => u8)), 17, 1, undefined],
    [cases(fields(...Array.from({ length: 16 }, () => u8))), 17, 1, undefined],
  ];
  for (const [type, size, align, flat] of table) {
    const layout = layouts.of(type);
    assert.deepEqual(
      [layout.size, layout.align, layout.flat],
      [size, align, flat],
      JSON.stringify(type).slice(0, 80),
    );
  }
  assert.deepEqual(layouts.of(fields(u8, u64, u8)).offsets, [0, 8, 16]);
  assert.deepEqual(layouts.tuple([u8, string]).offsets, [0, 4]);
});

test('a type that names itself many times over is laid out once', () => {
  const layouts = createLayouts();
  let type: ValType = cases(undefined, undefined);
  for (let depth = 0; depth < 40; depth++) type = cases(type, type, type);
  assert.equal(layouts.of(type).flat, undefined);
  assert.equal(layouts.of(type).size, 41);
});

test('a layout tells whether there are borrows and ranges in it', () => {
  const layouts = createLayouts();
  const borrow: ValType = { kind: 'borrow', resource: 0 };
  for (const [type, borrows, ranges] of [
    [u8, false, false],
    [string, false, true],
    [{ kind: 'own', resource: 0 }, false, false],
    [{ kind: 'option', some: borrow }, true, false],
    [{ kind: 'list', element: fields(u8, borrow) }, true, true],
    [cases(undefined, { kind: 'result', ok: undefined, err: string }), false, true],
  ] as const) {
    const layout = layouts.of(type);
    assert.deepEqual([layout.borrows, layout.ranges], [borrows, ranges], JSON.stringify(type));
  }
});
