import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { FuncType, ValType } from '../types.ts';
import { flattenFunc, type Shape, shapeOf } from './shape.ts';

const shape = (type: ValType): Shape => shapeOf(type, shape);
const u8: ValType = { kind: 'u8' };
const u64: ValType = { kind: 'u64' };
const f32: ValType = { kind: 'f32' };
const f64: ValType = { kind: 'f64' };
const string: ValType = { kind: 'string' };
const variant = (...types: (ValType | undefined)[]): ValType => ({
  kind: 'variant',
  cases: types.map((type, n) => ({ name: `c${n}`, type })),
});
const func = (params: readonly ValType[], result?: ValType): FuncType => ({
  params: params.map((type, n) => ({ name: `p${n}`, type })),
  result,
});

test('records pad their fields and their end', () => {
  const { size, align, flat } = shape({ kind: 'tuple', elements: [u8, u64, u8] });
  assert.deepEqual({ size, align, flat }, { size: 24, align: 8, flat: ['i32', 'i64', 'i32'] });
});

test('variants join what their cases flatten to', () => {
  assert.deepEqual(shape(variant(f32, undefined, { kind: 's32' })).flat, ['i32', 'i32']);
  assert.deepEqual(shape(variant(f32, f32)).flat, ['i32', 'f32']);
  assert.deepEqual(shape(variant(f32, f64)).flat, ['i32', 'i64']);
  assert.deepEqual(shape(variant(string, u64)).flat, ['i32', 'i64', 'i32']);
  assert.deepEqual(shape({ kind: 'result', ok: undefined, err: undefined }).flat, ['i32']);
  assert.deepEqual(shape({ kind: 'option', some: string }).flat, ['i32', 'i32', 'i32']);
});

test('sizes are those of 64-bit pointers', () => {
  assert.equal(shape(string).size, 16);
  assert.equal(shape({ kind: 'option', some: string }).size, 24);
  assert.equal(shape({ kind: 'flags', names: Array.from({ length: 17 }, (_, n) => `f${n}`) }).size, 4);
  assert.equal(shape({ kind: 'enum', names: Array.from({ length: 257 }, (_, n) => `e${n}`) }).size, 2);
});

test('functions spill what does not fit', () => {
  const many = func(
    Array.from({ length: 17 }, () => u8),
    string,
  );
  assert.deepEqual(flattenFunc(many, 'lift', shape), {
    params: ['i32'],
    results: ['i32'],
    spilledParams: true,
    spilledResult: true,
  });
  assert.deepEqual(flattenFunc(many, 'lower', shape), {
    params: ['i32', 'i32'],
    results: [],
    spilledParams: true,
    spilledResult: true,
  });
  const sixteen = func(
    Array.from({ length: 8 }, () => string),
    f64,
  );
  const { params, results, spilledParams } = flattenFunc(sixteen, 'lower', shape);
  assert.deepEqual(
    { count: params.length, results, spilledParams },
    { count: 16, results: ['f64'], spilledParams: false },
  );
});

test('shapes know handles, borrows and pointers inside', () => {
  const type: ValType = { kind: 'list', element: { kind: 'option', some: { kind: 'borrow', resource: 0 } } };
  const { borrow, resource, pointer, nodes, depth } = shape(type);
  assert.deepEqual(
    { borrow, resource, pointer, nodes, depth },
    { borrow: true, resource: true, pointer: true, nodes: 3, depth: 3 },
  );
  assert.equal(shape({ kind: 'own', resource: 0 }).borrow, false);
});
