import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { core, instantiate, type RewrittenInstance } from './fixtures/instance.ts';
import { PRIVATE } from './report.ts';
import { rewriteCore } from './rewrite.ts';

const PLENTY = 1_000_000_000_000n;

/** Fuel that a call takes; its traps are let through only when the fuel is gone. */
function used(instance: RewrittenInstance, run: () => unknown): number {
  instance.fuel = PLENTY;
  try {
    run();
  } catch (error) {
    if (instance.fuel >= 0n) throw error;
  }
  return Number(PLENTY - instance.fuel);
}

/** Runs until there is no fuel left; `end` says how. */
function exhaust(instance: RewrittenInstance, run: () => unknown): void {
  instance.fuel = 200_000n;
  assert.throws(
    run,
    (error: Error) => error instanceof WebAssembly.RuntimeError && /unreachable/.test(error.message),
  );
  assert.ok(instance.fuel < 0n);
}

test('whatever does not end runs out of fuel, whatever it catches', async () => {
  const instance = instantiate(
    await core(`(memory 1 1) (table $t 16 funcref) (type $v (func)) (elem (i32.const 0) func $indirect) (tag $e)
    (func (export "loop") (loop $l (br $l)))
    (func (export "nested") (loop $l (loop (br_if 1 (i32.const 1))) (br $l)))
    (func $recurse (export "recurse") (return_call $recurse))
    (func $indirect (export "indirect") (return_call_indirect (type $v) (i32.const 0)))
    (func (export "caught") (loop $l (block $h (try_table (catch_all $h) (loop $m (br $m)))) (br $l)))
    (func (export "thrown") (loop $l (block $h (try_table (catch_all $h) (throw $e))) (br $l)))
    (func (export "grow") (loop $l (drop (memory.grow (i32.const 1))) (br $l)))
    (func (export "tables") (loop $l (drop (table.grow $t (ref.null func) (i32.const 1))) (br $l)))
    (func (export "fill") (loop $l (memory.fill (i32.const 0) (i32.const 0) (i32.const 65536)) (br $l)))
    (func (export "switch") (param i32)
      (loop $l (block $a (block $b (br_table $a $b $l (local.get 0))) (br $l)) (br $l)))`),
  );
  const { loop, nested, recurse, indirect, caught, thrown, grow, tables, fill } = instance.exports;
  for (const run of [loop, nested, recurse, indirect, caught, thrown, grow, tables, fill])
    exhaust(instance, () => run());
  for (const way of [0, 1, 2]) exhaust(instance, () => instance.exports.switch(way));
  // The instance is as usable as it was.
  assert.throws(() => loop(), WebAssembly.RuntimeError);
  instance.fuel = 200_000n;
  exhaust(instance, loop);
});

test('bulk instructions pay by length, of whatever they are bulk', async () => {
  const instance = instantiate(
    await core(`(memory $m 2) (memory $w i64 2) (table $t 70000 funcref) (data $d "0123456789abcdef")
    (type $a (array (mut i32))) (elem $e func $f $f $f $f $f $f $f $f) (func $f)
    (func (export "fill") (param i32) (memory.fill (i32.const 0) (i32.const 1) (local.get 0)))
    (func (export "wide") (param i64) (memory.fill $w (i64.const 0) (i32.const 1) (local.get 0)))
    (func (export "copy") (param i32) (memory.copy (i32.const 0) (i32.const 8) (local.get 0)))
    (func (export "init") (param i32) (memory.init $d (i32.const 0) (i32.const 0) (local.get 0)))
    (func (export "table") (param i32) (table.fill $t (i32.const 0) (ref.null func) (local.get 0)))
    (func (export "elements") (param i32) (table.init $t $e (i32.const 0) (i32.const 0) (local.get 0)))
    (func (export "array") (param i32) (drop (array.new_default $a (local.get 0))))`),
  );
  const { exports } = instance;
  const cost = (name: string, length: number | bigint): number =>
    used(instance, () => exports[name](length)) -
    used(instance, () => exports[name](typeof length === 'bigint' ? 0n : 0));
  // 4 bytes are a unit, an element of an array is two, an entry of a table 64.
  assert.deepEqual([cost('fill', 40_000), cost('copy', 40_000), cost('init', 8)], [10_000, 10_000, 2]);
  assert.equal(cost('wide', 100_000n), 25_000);
  assert.equal(cost('array', 40_000), 80_000);
  assert.deepEqual([cost('table', 1_000), cost('elements', 8)], [64_000, 512]);
  // In a memory that is larger than caches each byte is one.
  const large = instantiate(
    await core(`(memory $m 1) (memory $w i64 1)
    (func (export "grow") (param i64) (drop (memory.grow $w (local.get 0))))
    (func (export "fill") (param i32) (memory.fill $m (i32.const 0) (i32.const 1) (local.get 0)))`),
  );
  const fill = (): number => used(large, () => large.exports.fill(40_000));
  large.exports.grow(127n);
  assert.equal(fill(), 10_000);
  large.exports.grow(1n);
  assert.equal(fill(), 40_000);
  // What is out of bounds traps as such, with or without fuel for it.
  instance.fuel = PLENTY;
  assert.throws(() => exports.fill(1_000_000), /out of bounds/);
  assert.throws(() => exports.wide(2n ** 40n), /out of bounds/);
  instance.fuel = 1_000n;
  assert.throws(() => exports.table(-1), /out of bounds/);
  assert.throws(() => exports.array(-1), /too large/);
  assert.equal(instance.fuel > 0n, true);
});

test('work that is passed unpaid stays small, on every path', async () => {
  const nops = (n: number): string => '(global.set $g (i32.add (global.get $g) (i32.const 1)))'.repeat(n);
  const skips = Array.from({ length: 20 }, () => `(block (br_if 0 (local.get 0)) ${nops(50)})`).join('');
  const instance = instantiate(
    await core(`(global $g (mut i32) (i32.const 0))
    (func (export "chain") (param i32) (loop $l ${skips} (br_if $l (i32.const 0))))
    (func (export "late") (param i32) (loop $l (if (local.get 0) (then ${nops(1000)})) (br_if $l (i32.const 0))))`),
  );
  const { chain, late } = instance.exports;
  // 20 * 50 * 4 instructions on the long way, 20 * 2 on the short one. A stretch pays for the path that left most
  // unpaid: more than it should where another one was taken, never less than all but 256.
  const long = used(instance, () => chain(0));
  assert.ok(long >= 4_000 - 256 && long <= 4_000 * 2.5, `${long}`);
  const short = used(instance, () => chain(1));
  assert.ok(short <= 150, `${short}`);
  assert.ok(used(instance, () => late(1)) >= 4_000);
  assert.ok(used(instance, () => late(0)) <= 80);
});

test('a loop without calls pays for each round that goes back, and those who enter it pay for the first', async () => {
  const instance = instantiate(
    await core(`(global $g (mut i32) (i32.const 0))
    (func (export "rounds") (param i32)
      (loop $l (local.set 0 (i32.sub (local.get 0) (i32.const 1))) (br_if $l (i32.gt_s (local.get 0) (i32.const 0)))))
    (func (export "nested") (param i32 i32) (local i32) (local f32 i64 i64)
      (loop $outer
        (local.set 2 (local.get 1))
        (loop $inner
          (local.set 2 (i32.sub (local.get 2) (i32.const 1)))
          (br_if $inner (i32.gt_s (local.get 2) (i32.const 0))))
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (br_if $outer (i32.gt_s (local.get 0) (i32.const 0)))))
    (func (export "middle") (param i32) (result i32) (local i64)
      (block $out
        (loop $l
          (br_if $out (i32.eqz (local.get 0)))
          (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
          (br $l)))
      (i32.const 7))
    (func (export "parameters") (param i32) (result i32)
      (local.get 0)
      (loop $l (param i32) (result i32)
        (i32.sub (i32.const 1)) (local.tee 0) (local.get 0)
        (br_if $l (i32.gt_s (i32.const 0)))))
    (func (export "switch") (param i32)
      (loop $l
        (local.set 0 (i32.sub (local.get 0) (i32.const 1)))
        (block $end (br_table $l $end (i32.le_s (local.get 0) (i32.const 0))))))`),
  );
  const { rounds, nested, middle, parameters, switch: table } = instance.exports;
  const cost = (run: () => unknown): number => used(instance, run);
  // The first round is free where callers pay; the others take eight units each.
  assert.deepEqual([cost(() => rounds(1)), cost(() => rounds(2)), cost(() => rounds(101))], [0, 8, 800]);
  // One round outside is 18 units with the inner loop's first one; 8 for each round more of the inner one.
  const outside = cost(() => nested(2, 1));
  assert.ok(outside >= 10 && outside <= 18, `${outside}`);
  assert.equal(
    cost(() => nested(1, 11)),
    80,
  );
  assert.equal(
    cost(() => nested(11, 11)),
    11 * 80 + 10 * outside,
  );
  assert.deepEqual([cost(() => middle(0)), cost(() => middle(50))], [0, 50 * 8]);
  assert.equal(middle(3), 7);
  // Those that cannot pay there pay at the head.
  for (const run of [parameters, table]) {
    const [few, many] = [cost(() => run(10)), cost(() => run(110))] as const;
    assert.ok(few > 0 && many - few >= 100 * 6, `${few} ${many}`);
  }
});

test('what was paid in a loop is known behind it', async () => {
  const instance = instantiate(
    await core(`(memory 1)
    (func $pays (param i32) (loop $l (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "mixed") (param i32)
      (loop $all
        (call $pays (i32.const 10))
        (local.get 0) (local.set 0)
        (loop $l (br_if $l (i32.lt_s (local.tee 0 (i32.sub (local.get 0) (i32.const 1))) (i32.const 0))))
        (memory.fill (i32.const 0) (i32.const 0) (i32.const 400))
        (call $pays (i32.const 10))
        (br_if $all (local.get 0))))`),
  );
  const { mixed } = instance.exports;
  const costs = [1, 2, 3, 11].map((n) => used(instance, () => mixed(n))) as [number, number, number, number];
  const round = costs[1] - costs[0];
  assert.ok(round >= 2 * 9 * 5 + 100, `${round}`);
  assert.deepEqual(costs.slice(2), [costs[0] + 2 * round, costs[0] + 10 * round]);
  instance.fuel = BigInt(costs[3] - 1);
  assert.throws(() => mixed(11), /unreachable/);
  assert.ok(instance.fuel < 0n);
  instance.fuel = BigInt(costs[3]);
  mixed(11);
  assert.equal(instance.fuel, 0n);
});

test('functions with as many locals as there may be pay as well', () => {
  for (const locals of [50_000, 49_999]) {
    const body = [1, (locals & 0x7f) | 0x80, ((locals >> 7) & 0x7f) | 0x80, locals >> 14, 0x7f];
    // (func (export "f") (local i32 …) (loop (br 0)))
    const code = [...body, 0x03, 0x40, 0x0c, 0, 0x0b, 0x0b];
    const instance = instantiate(
      Uint8Array.of(
        ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
        ...[1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 7, 5, 1, 1, 0x66, 0, 0],
        ...[10, code.length + 2, 1, code.length, ...code],
      ),
    );
    exhaust(instance, () => instance.exports.f());
  }
});

test('functions of little work are paid by their callers', async () => {
  const chain = Array.from(
    { length: 30 },
    (_, i) => `(func $f${i} (call $f${i + 1}) (call $f${i + 1}))`,
  ).join('\n');
  const instance = instantiate(
    await core(`(func $small (param i32) (result i32) (i32.add (i32.mul (local.get 0) (i32.const 3)) (i32.const 1)))
    (func (export "calls") (result i32) (local i32)
      (loop $l (local.set 0 (call $small (local.get 0))) (br_if $l (i32.lt_u (local.get 0) (i32.const 1000000))))
      (local.get 0))
    ${chain} (func $f30) (func (export "doubles") (call $f0))
    (func $even (param i32) (if (local.get 0) (then (call $odd (i32.sub (local.get 0) (i32.const 1))))))
    (func $odd (param i32) (if (local.get 0) (then (call $even (i32.sub (local.get 0) (i32.const 1))))))
    (func (export "recursive") (param i32) (call $even (local.get 0)))`),
  );
  const { calls, doubles, recursive } = instance.exports;
  // 14 rounds of 7 instructions and 5 of the callee; the entry is for the host to pay.
  assert.equal(
    used(instance, () => calls()),
    14 * 12,
  );
  exhaust(instance, () => doubles());
  const [few, many] = [100, 1_100].map((n) => used(instance, () => recursive(n))) as [number, number];
  assert.ok(many - few >= 3_000, `${few} ${many}`);
});

test('a module that can only do little takes no fuel and says so', async () => {
  const body = '(func (export "f") (result i32) (i32.const 1))';
  const { report } = rewriteCore(await core(body));
  assert.deepEqual([report.fuel, report.noFuel], [undefined, 'Nothing in its code can run for long']);
  const loop = await core('(func (export "f") (loop (br 0)))');
  assert.equal(rewriteCore(loop).report.fuel, `${PRIVATE}fuel`);
  assert.match(rewriteCore(loop, { fuel: false }).report.noFuel ?? '', /not asked for/);
});

test('fuel is the same in every run and in every thread', async () => {
  const bytes = await core(`(memory 1) (global $g (mut i32) (i32.const 7))
    (func $step (param i32) (result i32)
      (if (result i32) (i32.and (local.get 0) (i32.const 1))
        (then (i32.add (i32.mul (local.get 0) (i32.const 3)) (i32.const 1)))
        (else (i32.shr_u (local.get 0) (i32.const 1)))))
    (func (export "run") (param i32) (local i32)
      (loop $next
        (local.set 1 (local.get 0))
        (loop $l (local.set 1 (call $step (local.get 1))) (br_if $l (i32.gt_u (local.get 1) (i32.const 1))))
        (memory.fill (i32.const 0) (i32.const 1) (i32.and (local.get 0) (i32.const 4095)))
        (br_if $next (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))))`);
  const runs = Array.from({ length: 5 }, () => instantiate(bytes)).flatMap((instance) =>
    [3_000, 3_000].map((n) => used(instance, () => instance.exports.run(n))),
  );
  const rewritten = rewriteCore(bytes);
  const worker = new Worker(
    `const { parentPort, workerData: { bytes, fuel } } = require('node:worker_threads');
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes));
    exports[fuel].value = ${PLENTY}n;
    exports.run(3_000);
    parentPort.postMessage(Number(${PLENTY}n - exports[fuel].value));`,
    { eval: true, workerData: { bytes: rewritten.bytes, fuel: rewritten.report.fuel } },
  );
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  worker.on('message', resolve).on('error', reject);
  assert.deepEqual(new Set([...runs, await promise]).size, 1);
  await worker.terminate();
});
