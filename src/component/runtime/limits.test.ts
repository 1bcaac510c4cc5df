import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { compile } from './component.ts';
import { component } from './fixtures/text.ts';
import { createLinker } from './linker.ts';

/** Answers a list of `count` times the same string of `length` bytes, or hands it to the host. */
const many = await component(`(component
  (import "a:b/c" (instance $host (export "take" (func (param "s" (list string))))))
  (core module $Libc (memory (export "mem") 300))
  (core instance $libc (instantiate $Libc))
  (core func $take (canon lower (func $host "take") (memory (core memory $libc "mem"))))
  (core module $M
    (import "" "mem" (memory 300))
    (import "" "take" (func $take (param i32 i32)))
    (func $fill (param $count i32) (param $length i32) (local $at i32)
      (local.set $at (i32.const 16))
      (memory.fill (i32.const 10000000) (i32.const 120) (local.get $length))
      (block $done (loop $next
        (br_if $done (i32.eqz (local.get $count)))
        (i32.store (local.get $at) (i32.const 10000000))
        (i32.store offset=4 (local.get $at) (local.get $length))
        (local.set $at (i32.add (local.get $at) (i32.const 8)))
        (local.set $count (i32.sub (local.get $count) (i32.const 1)))
        (br $next))))
    (func (export "give") (param i32 i32) (result i32)
      (call $fill (local.get 0) (local.get 1))
      (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (local.get 0)) (i32.const 0))
    (func (export "hand") (param i32 i32)
      (call $fill (local.get 0) (local.get 1))
      (call $take (i32.const 16) (local.get 0))))
  (core instance $m (instantiate $M (with "" (instance (export "mem" (memory $libc "mem")) (export "take" (func $take))))))
  (func (export "give") (param "count" u32) (param "length" u32) (result (list string))
    (canon lift (core func $m "give") (memory (core memory $libc "mem"))))
  (func (export "hand") (param "count" u32) (param "length" u32) (canon lift (core func $m "hand"))))`);

test('what a guest passes in one call is bounded, however little memory it takes', () => {
  let taken = 0;
  const take = (_call: unknown, list: readonly string[]): void => {
    taken += list.length;
  };
  const linked = createLinker({ limits: { bytes: 10_000, values: 1000 } })
    .define('a:b/c', { take })
    .link(many);
  const call = (name: string, count: number, length: number): unknown => {
    using instance = linked.acquire();
    return instance.call(name, [count, length]);
  };
  assert.equal((call('give', 100, 80) as unknown[]).length, 100);
  assert.throws(() => call('give', 100, 100), {
    code: 'LIMIT_LIFT',
    blame: 'guest',
    detail: { export: 'give', param: 'result', limit: 'bytes' },
  });
  assert.throws(() => call('give', 501, 0), {
    code: 'LIMIT_LIFT',
    detail: { export: 'give', param: 'result', limit: 'values' },
  });
  assert.throws(() => call('hand', 100, 100), {
    code: 'LIMIT_LIFT',
    detail: { import: 'a:b/c#take', param: 's', limit: 'bytes' },
  });
  assert.equal(taken, 0);
  using instance = linked.acquire();
  for (let round = 0; round < 50; round++) instance.call('hand', [100, 80]);
  assert.equal(taken, 5000);
});

test('there is a bound unless the host gives another', () => {
  const linked = createLinker()
    .define('a:b/c', { take: () => undefined })
    .link(many);
  using instance = linked.acquire();
  assert.throws(() => instance.call('give', [1000, 1_000_000]), { code: 'LIMIT_LIFT' });
});

test('what a call may pass and hold can be another thing in each', () => {
  const linked = createLinker()
    .define('a:b/c', { take: () => undefined })
    .link(many);
  const give = (values: number | undefined): unknown => {
    const lift = values === undefined ? {} : { lift: { values, bytes: 1_000_000 } };
    using instance = linked.acquire(undefined, lift);
    return instance.call('give', [10, 1]);
  };
  assert.throws(() => give(19), {
    code: 'LIMIT_LIFT',
    detail: { export: 'give', param: 'result', limit: 'values' },
  });
  for (const values of [20, undefined]) assert.equal((give(values) as unknown[]).length, 10);
});

const maker = await component(`(component
  (type $r (resource (rep i32)))
  (core func $new (canon resource.new $r))
  (core func $drop (canon resource.drop $r))
  (core module $M
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "make") (param $n i32) (param $kept i32) (result i32)
      (local $last i32)
      (loop $next
        (local.set $last (call $new (i32.const 7)))
        (if (i32.eqz (local.get $kept)) (then (call $drop (local.get $last))))
        (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
      (local.get $last)))
  (core instance $m (instantiate $M (with "" (instance
    (export "new" (func $new)) (export "drop" (func $drop))))))
  (func (export "make") (param "n" u32) (param "kept" u32) (result u32) (canon lift (core func $m "make"))))`);

test('a call holds so many handles and no more; those that it dropped do not count', () => {
  const linked = createLinker().link(maker);
  const make = (n: number, kept: number): unknown => {
    using instance = linked.acquire(undefined, { handles: 100 });
    return instance.call('make', [n, kept]);
  };
  for (let round = 0; round < 3; round++) {
    assert.equal(make(100, 1), 100);
    assert.equal(make(1000, 0), 1);
    assert.throws(() => make(101, 1), {
      code: 'LIMIT_HANDLES',
      blame: 'guest',
      detail: { import: 'resource.new', param: 'handle', handles: 100 },
    });
  }
});

test('tables may have a million entries together, as far as anybody can make them', async () => {
  const tables = (entries: readonly string[], code = '') =>
    parse(`(component
      (core module $M ${entries.map((each) => `(table ${each} funcref)`).join('')} ${code})
      (core instance (instantiate $M)))`).then((bytes) => compile(new Uint8Array(bytes)));
  const grows = '(func (drop (table.grow 0 (ref.null func) (i32.const 1))))';
  const refused = { code: 'LIMIT_TABLES', blame: 'guest' };
  await tables(['1000000']);
  await tables(Array(20).fill('1'));
  await tables(Array(10).fill('1'), grows);
  await tables(Array(20).fill('1 50000'), grows);
  await assert.rejects(tables(['1000001']), refused);
  await assert.rejects(tables(['600000', '600000']), refused);
  await assert.rejects(tables(Array(20).fill('1'), grows), refused);
});

test('a component may have 32 memories, however small', async () => {
  const memories = async (each: number, times: number) => {
    const instances = '(core instance (instantiate $M))'.repeat(times);
    const text = `(component (core module $M ${'(memory 0)'.repeat(each)}) ${instances})`;
    return compile(new Uint8Array(await parse(text)));
  };
  await memories(32, 1);
  await memories(2, 16);
  for (const [each, times] of [
    [33, 1],
    [3, 11],
  ] as const)
    await assert.rejects(memories(each, times), {
      code: 'LIMIT_MEMORIES',
      blame: 'guest',
      detail: { memories: 33, limit: 32 },
    });
});
