import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Instance, type InstancePre, Suspending } from '../api.ts';
import { EMPTY } from '../rewrite/report.ts';
import { component, LIBC } from './fixtures/text.ts';
import { fuelAtStart, HOST_CALL } from './fuel.ts';
import { createLinker } from './linker.ts';

/** Spends what it is told to, in many ways. */
const spender = await component(`(component
  (import "a:b/c" (instance $host
    (export "call" (func)) (export "wait" (func)) (export "text" (func (param "s" string)))))
  (core module $Mem (memory (export "mem") 1))
  (core instance $mem (instantiate $Mem))
  (core func $call (canon lower (func $host "call")))
  (core func $wait (canon lower (func $host "wait")))
  (core func $text (canon lower (func $host "text") (memory (core memory $mem "mem"))))
  (core module $M
    (import "" "mem" (memory 1))
    (import "" "call" (func $call))
    (import "" "wait" (func $wait))
    (import "" "text" (func $text (param i32 i32)))
    (tag $t)
    (func $count (param $n i32) (result i32) (local $at i32)
      (loop $next
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $at) (local.get $n))))
      (local.get $at))
    (func (export "count") (param i32) (result i32) (call $count (local.get 0)))
    (func (export "spin") (loop $next (br $next)))
    (func (export "caught")
      (loop $again
        (block $done (try_table (catch_all $done) (loop $next (br $next))))
        (br $again)))
    (func (export "fill")
      (loop $next (memory.fill (i32.const 0) (i32.const 1) (i32.const 65536)) (br $next)))
    (func (export "calls") (loop $next (call $call) (br $next)))
    (func (export "texts") (loop $next (call $text (i32.const 0) (i32.const 60000)) (br $next)))
    (func (export "waits") (loop $next (call $wait) (br $next)))
    (func (export "waited") (param i32) (result i32)
      (call $wait) (call $count (local.get 0)))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
  (core instance $m (instantiate $M (with "" (instance
    (export "mem" (memory $mem "mem")) (export "call" (func $call))
    (export "wait" (func $wait)) (export "text" (func $text))))))
  ${['count', 'waited', 'grow'].map((name) => `(func (export "${name}") (param "n" u32) (result u32) (canon lift (core func $m "${name}")))`).join('')}
  ${['spin', 'caught', 'fill', 'calls', 'texts', 'waits'].map((name) => `(func (export "${name}") (canon lift (core func $m "${name}")))`).join('')})`);

const host = { call: () => undefined, text: () => undefined, wait: new Suspending(async () => undefined) };
const linkers = { reused: createLinker(), fresh: createLinker({ reuse: false }) };
for (const linker of Object.values(linkers)) linker.define('a:b/c', host);

async function outcome(instance: Instance, name: string, args: readonly unknown[] = []): Promise<unknown> {
  try {
    return await instance.call(name, args);
  } catch (error) {
    return (error as { code: string }).code;
  }
}

test('whatever does not end ends for want of fuel, and is to blame', async () => {
  const linked = linkers.reused.link(spender);
  for (const name of ['spin', 'caught', 'fill', 'calls', 'texts', 'waits']) {
    using instance = linked.acquire(undefined, { fuel: 1_000_000 });
    assert.equal(await outcome(instance, name), 'FUEL', name);
    const { blame, detail } = instance.trapped as unknown as { blame: string; detail: object };
    assert.deepEqual([blame, 'export' in detail || 'import' in detail], ['guest', true]);
    assert.ok(instance.fuelUsed >= 1_000_000, name);
    assert.equal(await outcome(instance, 'count', [1]), 'FUEL');
    using next = linked.acquire(undefined, { fuel: 1_000_000 });
    assert.equal(await outcome(next, 'count', [100]), 100);
  }
});

test('the same call takes the same fuel, again and again, in a new instance and in a used one', async () => {
  const used = new Set<number>();
  for (const linker of Object.values(linkers)) {
    const linked = linker.link(spender);
    for (let round = 0; round < 3; round++) {
      using instance = linked.acquire(undefined, { fuel: 10_000_000 });
      assert.equal(await outcome(instance, 'count', [10_000]), 10_000);
      used.add(instance.fuelUsed);
    }
    using unlimited = linked.acquire();
    await outcome(unlimited, 'count', [10_000]);
    used.add(unlimited.fuelUsed);
  }
  assert.equal(used.size, 1);
  const [fuel = 0] = used;
  assert.ok(fuel >= 10_000 && fuel < 200_000);
});

test('one unit less than a call takes is too little', async () => {
  const linked = linkers.reused.link(spender);
  const spend = async (fuel: number): Promise<readonly [unknown, number]> => {
    using instance = linked.acquire(undefined, { fuel });
    return [await outcome(instance, 'count', [500]), instance.fuelUsed];
  };
  const [, needed] = await spend(1_000_000);
  assert.deepEqual(await spend(needed), [500, needed]);
  assert.equal((await spend(needed - 1))[0], 'FUEL');
});

test('calls of the host cost, and a guest that waits keeps its count', async () => {
  const linked = linkers.reused.link(spender);
  using instance = linked.acquire(undefined, { fuel: 1_000_000 });
  assert.equal(await outcome(instance, 'waited', [100]), 100);
  const once = instance.fuelUsed;
  assert.ok(once > HOST_CALL);
  assert.equal(await outcome(instance, 'waited', [100]), 100);
  assert.equal(instance.fuelUsed, 2 * once);
  instance[Symbol.dispose]();
  assert.equal(instance.fuelUsed, 2 * once);
});

test('a loop in realloc or post-return ends as well', async () => {
  const loops = (realloc: string, post: string): Promise<unknown> => {
    const text = `(component
      (core module $M
        (memory (export "mem") 1)
        (func $spin (loop $next (br $next)))
        (func (export "realloc") (param i32 i32 i32 i32) (result i32) ${realloc} (i32.const 8))
        (func (export "f") (param i32 i32) (result i32) (i32.const 0))
        (func (export "post") (param i32) ${post}))
      (core instance $m (instantiate $M))
      (func (export "f") (param "s" string) (result string) (canon lift (core func $m "f")
        (memory (core memory $m "mem")) (realloc (core func $m "realloc")) (post-return (core func $m "post")))))`;
    return component(text).then((made) => {
      using instance = createLinker().link(made).acquire(undefined, { fuel: 100_000 });
      return outcome(instance, 'f', ['text']);
    });
  };
  assert.equal(await loops('(call $spin)', ''), 'FUEL');
  assert.equal(await loops('', '(call $spin)'), 'FUEL');
  assert.equal(await loops('', ''), '');
});

/** So many modules that count at their start, as far as they are told to; another one has them call it. */
async function starters(modules: number, rounds: number): Promise<InstancePre> {
  const counts = Array.from(
    { length: modules },
    (_, n) => `(core instance $c${n} (instantiate $C (with "" (instance $m))))`,
  );
  const made = await component(`(component
    (core module $M (func (export "count") (param $n i32)
      (loop $next (br_if $next (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
    (core module $C
      (import "" "count" (func $count (param i32)))
      (func $start (call $count (i32.const ${rounds})) (loop $next (br_if $next (i32.const 0))))
      (start $start)
      (func (export "f") (result i32) (i32.const 7)))
    (core instance $m (instantiate $M))
    ${counts.join('\n')}
    (func (export "f") (result u32) (canon lift (core func $c0 "f"))))`);
  return createLinker().link(made);
}

test('start functions end for want of fuel, whoever computes for them', async () => {
  for (const [modules, rounds] of [
    [1, 0],
    [400, 2_000_000],
  ] as const) {
    const linked = await starters(modules, rounds);
    assert.throws(() => linked.acquire(), { code: 'FUEL', blame: 'guest' });
  }
  // What one may take is not for each of many.
  using alone = (await starters(1, 20_000_000)).acquire();
  assert.equal(alone.call('f', []), 7);
  const report = { ...EMPTY, fuel: 'fuel' };
  for (const modules of [0, 1, 2, 3, 1_000]) {
    const each = fuelAtStart([EMPTY, ...Array.from({ length: modules }, () => report)]);
    assert.ok(each <= 5_000_000_000n && each * BigInt(modules) <= 10_000_000_000n, `${modules}: ${each}`);
  }
});

test('copies in a large memory end with the fuel, in the time that it stands for', async () => {
  const copies = await component(`(component
    (core module $M
      (memory 4096)
      (func (export "copy")
        (loop $next (memory.copy (i32.const 0) (i32.const 134217728) (i32.const 134217728)) (br $next))))
    (core instance $m (instantiate $M))
    (func (export "copy") (canon lift (core func $m "copy"))))`);
  using instance = linkers.fresh.link(copies).acquire(undefined, { fuel: 5_000_000_000 });
  assert.equal(await outcome(instance, 'copy'), 'FUEL');
  // 38 copies of 128 MiB, where each byte is a unit.
  assert.ok(instance.fuelUsed > 5_000_000_000 && instance.fuelUsed < 5_000_000_000 + 2 ** 28);
});

test('growth ends at the limit of all memories together, and each event has it anew', async () => {
  const two = await component(`(component
    ${LIBC}
    (core module $M
      (memory 2)
      (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
    (core instance $m (instantiate $M))
    (func (export "grow") (param "n" u32) (result s32) (canon lift (core func $m "grow"))))`);
  for (const linker of [createLinker(), createLinker({ reuse: false })]) {
    const linked: InstancePre = linker.link(two);
    for (let round = 0; round < 3; round++) {
      using instance = linked.acquire(undefined, { pages: 10 });
      assert.deepEqual(
        [6, 1, 1, 0].map((pages) => instance.call('grow', [pages])),
        [2, 8, -1, 9],
      );
    }
    using more = linked.acquire(undefined, { pages: 20 });
    assert.equal(more.call('grow', [17]), 2);
    using exact = linked.acquire(undefined, { pages: 3 });
    assert.equal(exact.call('grow', [1]), -1);
    assert.throws(() => linked.acquire(undefined, { pages: 2 }), {
      code: 'LIMIT_MEMORY',
      blame: 'guest',
      detail: { pages: 3, limit: 2 },
    });
  }
});
