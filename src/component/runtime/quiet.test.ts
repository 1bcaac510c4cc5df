import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { InstancePre } from '../api.ts';
import type { Compiled } from './component.ts';
import { component } from './fixtures/text.ts';
import { createIdle } from './idle.ts';
import { snapshotOf } from './lease.ts';
import { createLinker } from './linker.ts';

/** Has a stack of a megabyte, and does what it is told to at addresses that it is given. */
const guest = await component(`(component
  (import "a:b/c" (instance $host (export "name" (func (result string)))))
  (core module $Mem
    (memory (export "mem") 18)
    (global $sp (mut i32) (i32.const 1048576))
    (global $next (export "next") (mut i32) (i32.const 1100000))
    (data (i32.const 1048576) "data")
    (func $start (i32.store (i32.const 5000) (i32.const 77)))
    (start $start)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (global.get $next)))
  (core instance $mem (instantiate $Mem))
  (core func $name (canon lower (func $host "name")
    (memory (core memory $mem "mem")) (realloc (core func $mem "realloc"))))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "next" (global $next (mut i32)))
    (import "" "name" (func $name (param i32)))
    (func (export "store") (param i32) (i32.store (local.get 0) (i32.const -1)))
    (func (export "fill") (param i32) (memory.fill (local.get 0) (i32.const 9) (i32.const 3)))
    (func (export "next") (param i32) (global.set $next (local.get 0)))
    (func (export "take") (param i32 i32))
    (func (export "ask") (param i32) (call $name (local.get 0)))
    (func (export "answer") (param i32) (result i32)
      (i32.store (local.get 0) (i32.const 0)) (i32.store offset=4 (local.get 0) (i32.const 0)) (local.get 0))
    (func (export "load") (param i32) (result i32) (i32.load (local.get 0))))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $mem "mem")) (export "next" (global $mem "next")) (export "name" (func $name))))))
  ${['store', 'fill', 'next', 'ask'].map((name) => `(func (export "${name}") (param "at" u32) (canon lift (core func $m "${name}")))`).join('')}
  (func (export "take") (param "s" string) (canon lift (core func $m "take")
    (memory (core memory $mem "mem")) (realloc (core func $mem "realloc"))))
  (func (export "load") (param "at" u32) (result u32) (canon lift (core func $m "load"))))`);

const SEVENTY_SEVEN = 77;

function link(): InstancePre {
  return createLinker({ idle: createIdle() })
    .define('a:b/c', { name: () => 'a name' })
    .link(guest);
}

/** Calls that write below, in all the ways that there are. */
const writes: readonly (readonly [name: string, ...args: readonly unknown[]][])[] = [
  [['store', 4_000]],
  [['store', 5_000]],
  [['fill', 200_001]],
  [
    ['next', 300_000],
    ['take', 'a text'],
  ],
  [
    ['next', 900_000],
    ['ask', 1_048_592],
  ],
  [['ask', 40_000]],
  [
    ['store', 983_036],
    ['store', 1_048_000],
  ],
];

test('what was written where a guest seldom writes is gone for the next event, however it was written', () => {
  assert.equal((guest as Compiled).quietBelow, 983_040);
  const linked = link();
  const pristine = (): string => {
    using instance = linked.acquire();
    const [memory] = snapshotOf(instance)?.memories ?? [];
    return Buffer.from(memory ?? []).toString('latin1');
  };
  const first = pristine();
  assert.equal(first.charCodeAt(5_000), SEVENTY_SEVEN);
  for (const calls of writes) {
    {
      using instance = linked.acquire();
      for (const [name, ...args] of calls) instance.call(name, args);
      const [memory] = snapshotOf(instance)?.memories ?? [];
      assert.notEqual(Buffer.from(memory ?? []).toString('latin1'), first, `${calls}`);
    }
    // The same instance, twice: what tells of stores is put back as well.
    assert.ok(pristine() === first && pristine() === first, `${calls}`);
  }
});

test('where nobody says that something was written nothing is cleared', () => {
  const linked = link();
  const behind = 600_000;
  {
    using instance = linked.acquire();
    instance.call('store', [1_048_000]);
    instance.call('take', ['above']);
    // No guest can do this.
    const [memory] = snapshotOf(instance)?.memories ?? [];
    (memory as Uint8Array)[behind] = 5;
  }
  using instance = linked.acquire();
  assert.equal(instance.call('load', [behind]), 5);
  instance.call('store', [0]);
  instance[Symbol.dispose]();
  using next = linked.acquire();
  assert.equal(next.call('load', [behind]), 0);
});
