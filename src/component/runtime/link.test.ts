import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HostInterface } from '../api.ts';
import { component } from './fixtures/text.ts';
import { createLinker } from './linker.ts';

/** Imports one function of one interface and exports what it answers. */
function versioned(name: string): string {
  return `(component
    (import "${name}" (instance $host (export "get-it" (func (result u32)))))
    (core func $get (canon lower (func $host "get-it")))
    (core module $M (import "" "get" (func $get (result i32))) (func (export "run") (result i32) (call $get)))
    (core instance $m (instantiate $M (with "" (instance (export "get" (func $get))))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))`;
}

async function answer(wanted: string, offered: Readonly<Record<string, number>>): Promise<unknown> {
  const linker = createLinker();
  for (const [name, value] of Object.entries(offered)) linker.define(name, { getIt: () => value });
  using instance = linker.link(await component(versioned(wanted))).acquire();
  return instance.call('run', []);
}

test('an interface is found by its exact name first, else by the newest compatible version', async () => {
  assert.equal(await answer('a:b/c', { 'a:b/c': 1 }), 1);
  assert.equal(await answer('a:b/c@0.2.3', { 'a:b/c@0.2.0': 1, 'a:b/c@0.2.3': 2, 'a:b/c@0.2.9': 3 }), 2);
  assert.equal(await answer('a:b/c@0.2.3', { 'a:b/c@0.2.0': 1, 'a:b/c@0.2.10': 2, 'a:b/c@0.2.9': 3 }), 2);
  assert.equal(await answer('a:b/c@1.0.0', { 'a:b/c@1.4.2': 1, 'a:b/c@2.0.0': 2 }), 1);
});

test('an incompatible version is missing', async () => {
  for (const [wanted, offered] of [
    ['a:b/c@0.2.3', 'a:b/c@0.3.0'],
    ['a:b/c@1.0.0', 'a:b/c@2.0.0'],
    ['a:b/c@0.0.1', 'a:b/c@0.0.2'],
    ['a:b/c@0.2.0-rc.1', 'a:b/c@0.2.0'],
    ['a:b/c', 'a:b/c@0.2.0'],
  ] as const) {
    await assert.rejects(answer(wanted, { [offered]: 1 }), {
      code: 'LINK',
      detail: { missing: [`${wanted}#get-it`], wrong: [] },
    });
  }
});

const many = await component(`(component
  (import "a:b/c" (instance
    (export "one-thing" (func))
    (export "constructor" (func))
    (export "cell" (type $cell (sub resource)))
    (export "[constructor]cell" (func (result (own $cell))))
    (export "[method]cell.read-it" (func (param "self" (borrow $cell)) (result u32)))
    (export "[method]cell.to-string" (func (param "self" (borrow $cell)) (result u32)))
    (export "[static]cell.apply" (func (result u32)))))
  (import "lone-func" (func)))`);

test('all that is missing or of another kind is named at once', () => {
  const detailOf = (linker: ReturnType<typeof createLinker>): unknown => {
    try {
      linker.link(many);
      return undefined;
    } catch (error) {
      return (error as { detail: unknown }).detail;
    }
  };
  assert.deepEqual(detailOf(createLinker()), {
    missing: [
      'a:b/c#cell',
      'a:b/c#one-thing',
      'a:b/c#constructor',
      'a:b/c#[constructor]cell',
      'a:b/c#[method]cell.read-it',
      'a:b/c#[method]cell.to-string',
      'a:b/c#[static]cell.apply',
      'lone-func',
    ],
    wrong: [],
  });
  const wrong = { oneThing: 7, Cell: () => undefined } as unknown as HostInterface;
  assert.deepEqual(
    detailOf(
      createLinker()
        .define('a:b/c', wrong)
        .define('lone-func', { loneFunc: () => undefined }),
    ),
    {
      missing: ['a:b/c#constructor'],
      wrong: [
        { name: 'a:b/c#cell', expected: 'a class Cell' },
        { name: 'a:b/c#one-thing', expected: 'a function oneThing' },
        { name: 'a:b/c#[constructor]cell', expected: 'a class Cell' },
        { name: 'a:b/c#[method]cell.read-it', expected: 'a class Cell' },
        { name: 'a:b/c#[method]cell.to-string', expected: 'a class Cell' },
        { name: 'a:b/c#[static]cell.apply', expected: 'a class Cell' },
      ],
    },
  );
  class Cell {
    readonly readIt = (): number => 1;
  }
  const functions = { oneThing: () => undefined, constructor: () => undefined, Cell };
  assert.deepEqual(
    detailOf(
      createLinker()
        .define('a:b/c', functions)
        .define('$root', { loneFunc: () => undefined }),
    ),
    {
      missing: ['a:b/c#[method]cell.read-it', 'a:b/c#[method]cell.to-string', 'a:b/c#[static]cell.apply'],
      wrong: [],
    },
  );
});

test('an interface may be defined in parts, and a lone function as default', async () => {
  const text = `(component
    (import "a:b/c" (instance (export "one" (func)) (export "two" (func))))
    (import "lone" (func $lone (result u32)))
    (export "lone-again" (func $lone)))`;
  const linked = createLinker()
    .define('a:b/c', { one: () => undefined })
    .define('a:b/c', { two: () => undefined })
    .define('lone', { default: (call: number) => call })
    .link(await component(text));
  using instance = linked.acquire(9);
  assert.equal(instance.call('lone-again', []), 9);
});

test('a component travels to another thread as plain data', async () => {
  const compiled = await component(versioned('a:b/c'));
  const copy = structuredClone(compiled);
  assert.deepEqual(copy.imports, [
    {
      name: 'a:b/c',
      functions: [{ name: 'get-it', type: { params: [], result: { kind: 'u32' } } }],
      resources: [],
    },
  ]);
  assert.deepEqual(copy.exports, [{ name: 'run', type: { params: [], result: { kind: 'u32' } } }]);
  using instance = createLinker()
    .define('a:b/c', { getIt: () => 4 })
    .link(copy)
    .acquire();
  assert.equal(instance.call('run', []), 4);
});

test('a core module that V8 refuses is named', async () => {
  const text =
    '(component (core module $M (func (export "run") (result i32))) (core instance (instantiate $M)))';
  await assert.rejects(component(text), { code: 'CORE_INVALID', blame: 'guest' });
});
