import assert from 'node:assert/strict';
import { test } from 'node:test';
import { core, instantiate, type RewrittenInstance } from './fixtures/instance.ts';

/** Fuel that a call takes. */
function used(instance: RewrittenInstance, run: () => unknown): number {
  instance.fuel = 1_000_000_000_000n;
  run();
  return Number(1_000_000_000_000n - instance.fuel);
}

/** Bodies of a function with one parameter that calls itself on every way, or on a way that is taken again and again. */
const endless: Readonly<Record<string, string>> = {
  'at once': '(call $f (local.get 0))',
  'for good': '(return_call $f (local.get 0))',
  'behind a branch': '(br_if 0 (i32.eqz (local.get 0))) (call $f (local.get 0))',
  'in one arm': '(if (local.get 0) (then (call $f (local.get 0))))',
  'in the other arm': '(if (i32.eqz (local.get 0)) (then (nop)) (else (call $f (local.get 0))))',
  'in a block that is left': `(block $b (br_if $b (local.get 0)) (return)) (call $f (local.get 0))`,
  'behind two ways': '(if (local.get 0) (then (nop)) (else (call $none))) (call $f (local.get 0))',
  'behind one that pays':
    '(if (i32.eqz (local.get 0)) (then (call $f (i32.const 0)))) (call $f (local.get 0))',
  'by a switch': `(block $c (block $b (block $a (br_table $a $b $c (local.get 0))) (return))
    (return_call $f (local.get 0))) (return)`,
  'in a loop': '(loop $l (call $f (local.get 0)) (br_if $l (local.get 0)))',
  'behind a loop': '(loop $l (br_if $l (i32.eqz (local.get 0)))) (return_call $f (local.get 0))',
  'in a handler': '(block $h (try_table (catch_all $h) (throw $e))) (return_call $f (local.get 0))',
  'behind another': '(drop (call $g (local.get 0))) (return_call $f (local.get 0))',
  'by another':
    '(br_if 0 (i32.eqz (local.get 0))) (call $through (local.get 0)) (if (i32.const 0) (then (call $f (i32.const 0))))',
  'by a table': `(br_if 0 (i32.eqz (local.get 0))) (call_indirect (param i32) (local.get 0) (i32.const 0))
    (if (i32.const 0) (then (call $f (i32.const 0))))`,
};

for (const [where, body] of Object.entries(endless))
  test(`a function that calls itself ${where} runs out of fuel`, async () => {
    const instance = instantiate(
      await core(`(tag $e) (table 1 funcref) (elem (i32.const 0) func $entry)
        (func $none) (func $g (param i32) (result i32) (local.get 0))
        (func $through (param i32) (call $f (local.get 0)))
        (func $f (param i32) ${body})
        (func $entry (export "run") (param i32) (call $f (local.get 0)))`),
    );
    // Before the stack is full.
    instance.fuel = 10_000n;
    assert.throws(
      () => instance.exports.run(1),
      (error: Error) => error instanceof WebAssembly.RuntimeError && /unreachable/.test(error.message),
    );
    assert.ok(instance.fuel < 0n, 'by its fuel');
  });

test('a recursion pays for all of its calls, wherever they pay', async () => {
  const fib = (exported: string): string => `
    (func $fib ${exported} (param i32) (result i32)
      (if (i32.lt_u (local.get 0) (i32.const 2)) (then (return (local.get 0))))
      (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1))) (call $fib (i32.sub (local.get 0) (i32.const 2)))))`;
  const inner = instantiate(
    await core(`${fib('')} (func (export "run") (param i32) (result i32) (call $fib (local.get 0)))`),
  );
  // One that others may call pays at its entry.
  const outer = instantiate(await core(fib('(export "run")')));
  assert.equal(inner.exports.run(15), 610);
  for (const [n, calls] of [
    [10, 177],
    [20, 21_891],
  ] as const) {
    const [late, early] = [inner, outer].map((instance) => used(instance, () => instance.exports.run(n)));
    // Six instructions on the shorter way, thirteen on the longer, and as many calls of each.
    for (const fuel of [late, early])
      assert.ok(Number(fuel) >= 5 * calls && Number(fuel) <= 10 * calls, `${fuel} for ${calls} calls`);
  }
});

test('the ways on which nothing is called are paid by callers', async () => {
  const instance = instantiate(
    await core(`(func $f (param i32) (result i32)
        (if (local.get 0) (then (return (call $f (i32.const 0)))))
        ${'(drop (i32.mul (i32.const 3) (i32.const 4)))'.repeat(40)} (i32.const 7))
      (func (export "run") (param i32) (local $n i32)
        (loop $l
          (drop (call $f (i32.const 0)))
          (br_if $l (i32.lt_u (local.tee $n (i32.add (local.get $n) (i32.const 1))) (local.get 0)))))`),
  );
  const [few, many] = [10, 1_010].map((n) => used(instance, () => instance.exports.run(n)));
  // A quarter of 160 instructions at least.
  assert.ok((Number(many) - Number(few)) / 1_000 >= 40, `${few}, ${many}`);
});
