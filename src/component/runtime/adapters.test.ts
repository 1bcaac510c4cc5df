import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CodedError } from '../../lib/errors.ts';
import { component, LIBC, OPTIONS } from './fixtures/text.ts';
import { createLinker } from './linker.ts';

/** An inner component with a resource, an outer one that uses it; `main` is the body of the outer export. */
function composed(main: string): string {
  return `(component
    (import "test:host/api" (instance $host (export "gone" (func (param "rep" u32)))))
    (component $Inner
      (import "gone" (func $gone (param "rep" u32)))
      (core func $gone' (canon lower (func $gone)))
      (core module $D
        (import "" "gone" (func $gone (param i32)))
        (func (export "dtor") (param i32) (call $gone (local.get 0))))
      (core instance $d (instantiate $D (with "" (instance (export "gone" (func $gone'))))))
      (type $thing' (resource (rep i32) (dtor (core func $d "dtor"))))
      (export $thing "thing" (type $thing'))
      (canon resource.new $thing' (core func $new))
      (canon resource.rep $thing' (core func $rep))
      (canon resource.drop $thing' (core func $drop))
      (core module $M
        (import "" "new" (func $new (param i32) (result i32)))
        (import "" "rep" (func $rep (param i32) (result i32)))
        (import "" "drop" (func $drop (param i32)))
        (func (export "make") (param i32) (result i32) (call $new (local.get 0)))
        (func (export "read") (param i32) (result i32) (local.get 0))
        (func (export "take") (param i32) (result i32) (local $r i32)
          (local.set $r (call $rep (local.get 0))) (call $drop (local.get 0)) (local.get $r))
        (func (export "fail") (unreachable)))
      (core instance $m (instantiate $M (with "" (instance
        (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
      (func (export "make") (param "n" u32) (result (own $thing)) (canon lift (core func $m "make")))
      (func (export "read") (param "t" (borrow $thing)) (result u32) (canon lift (core func $m "read")))
      (func (export "take") (param "t" (own $thing)) (result u32) (canon lift (core func $m "take")))
      (func (export "fail") (canon lift (core func $m "fail"))))
    (component $Outer
      (import "inner" (instance $inner
        (export "thing" (type $thing (sub resource)))
        (export "make" (func (param "n" u32) (result (own $thing))))
        (export "read" (func (param "t" (borrow $thing)) (result u32)))
        (export "take" (func (param "t" (own $thing)) (result u32)))
        (export "fail" (func))))
      (alias export $inner "thing" (type $thing))
      (core func $make (canon lower (func $inner "make")))
      (core func $read (canon lower (func $inner "read")))
      (core func $take (canon lower (func $inner "take")))
      (core func $fail (canon lower (func $inner "fail")))
      (canon resource.drop $thing (core func $drop))
      (core module $M
        (import "" "make" (func $make (param i32) (result i32)))
        (import "" "read" (func $read (param i32) (result i32)))
        (import "" "take" (func $take (param i32) (result i32)))
        (import "" "fail" (func $fail))
        (import "" "drop" (func $drop (param i32)))
        (func (export "run") (result i32) (local $a i32) (local $b i32)
          (block $caught (try_table (catch_all $caught) (return ${main})))
          (i32.const 77)))
      (core instance $m (instantiate $M (with "" (instance (export "make" (func $make)) (export "read" (func $read))
        (export "take" (func $take)) (export "fail" (func $fail)) (export "drop" (func $drop))))))
      (func (export "run") (result u32) (canon lift (core func $m "run"))))
    (alias export $host "gone" (func $gone))
    (instance $inner (instantiate $Inner (with "gone" (func $gone))))
    (instance $outer (instantiate $Outer (with "inner" (instance $inner))))
    (export "run" (func $outer "run")))`;
}

async function run(main: string): Promise<{ readonly value: unknown; readonly gone: readonly number[] }> {
  const gone: number[] = [];
  const linked = createLinker()
    .define('test:host/api', { gone: (_call: unknown, rep: number) => void gone.push(rep) })
    .link(await component(composed(main)));
  using instance = linked.acquire();
  return { value: instance.call('run', []), gone };
}

test("a resource moves between components, and its definer's destructor runs at the end", async () => {
  const sequence = `(block (result i32)
    (local.set $a (call $make (i32.const 100)))
    (local.set $b (call $make (i32.const 20)))
    (drop (call $read (local.get $a)))
    (i32.add (call $take (local.get $b)) (call $read (local.get $a)))
    (call $drop (local.get $a)))`;
  assert.deepEqual(await run(sequence), { value: 120, gone: [20, 100] });
});

test('a handle that was moved or never was traps the caller, whatever it catches', async () => {
  const moved =
    '(block (result i32) (local.set $a (call $make (i32.const 1))) (drop (call $take (local.get $a))) (call $read (local.get $a)))';
  await assert.rejects(run(moved), { code: 'TRAP_HANDLE', blame: 'guest' });
  await assert.rejects(run('(call $read (i32.const 5))'), { code: 'TRAP_HANDLE' });
});

test('a trap of the inner component ends the outer one too', async () => {
  await assert.rejects(run('(block (result i32) (call $fail) (i32.const 1))'), (error: CodedError) => {
    assert.deepEqual(
      [error.code, error.blame, error.detail['reason']],
      ['TRAP_GUEST', 'guest', 'unreachable'],
    );
    return true;
  });
});

test('a child may call its parent back, a sibling on the stack may not be entered', async () => {
  const text = (callee: string): string => `(component
    (import "test:host/api" (instance $host (export "tick" (func (result u32)))))
    (component $Child
      (import "back" (func $back (result u32)))
      (core func $back' (canon lower (func $back)))
      (core module $M (import "" "back" (func $back (result i32)))
        (func (export "run") (result i32) (i32.add (call $back) (i32.const 1))))
      (core instance $m (instantiate $M (with "" (instance (export "back" (func $back'))))))
      (func (export "run") (result u32) (canon lift (core func $m "run"))))
    (core module $Parent (func (export "five") (result i32) (i32.const 5)))
    (core instance $parent (instantiate $Parent))
    (func $five (result u32) (canon lift (core func $parent "five")))
    (alias export $host "tick" (func $tick))
    (instance $child (instantiate $Child (with "back" (func ${callee}))))
    (export "run" (func $child "run")))`;
  const link = async (callee: string) =>
    createLinker()
      .define('test:host/api', { tick: () => 10 })
      .link(await component(text(callee)));
  using up = (await link('$five')).acquire();
  assert.equal(up.call('run', []), 6);
  assert.equal(up.call('run', []), 6);
  using out = (await link('$tick')).acquire();
  assert.equal(out.call('run', []), 11);
});

test('strings and lists are copied from one memory to another and survive the growth of either', async () => {
  const text = `(component
    (component $Inner
      ${LIBC}
      (core module $M
        (import "" "mem" (memory 1))
        (func (export "shout") (param i32 i32) (result i32)
          (drop (memory.grow (i32.const 1)))
          (i32.store (i32.const 16) (local.get 0)) (i32.store (i32.const 20) (local.get 1)) (i32.const 16)))
      (core instance $m (instantiate $M (with "" (instance $libc))))
      (func (export "shout") (param "s" (list string)) (result (list string)) (canon lift (core func $m "shout") ${OPTIONS})))
    (component $Outer
      (import "shout" (func $shout (param "s" (list string)) (result (list string))))
      ${LIBC}
      (core func $shout' (canon lower (func $shout) ${OPTIONS} string-encoding=utf16))
      (core module $M
        (import "" "mem" (memory 1))
        (import "" "shout" (func $shout (param i32 i32 i32)))
        (func (export "run") (param i32 i32) (result i32)
          (drop (memory.grow (i32.const 1)))
          (call $shout (local.get 0) (local.get 1) (i32.const 32))
          (i32.const 32)))
      (core instance $m (instantiate $M (with "" (instance (export "mem" (memory $libc "mem")) (export "shout" (func $shout'))))))
      (func (export "run") (param "s" (list string)) (result (list string)) (canon lift (core func $m "run") ${OPTIONS} string-encoding=utf16)))
    (instance $inner (instantiate $Inner))
    (instance $outer (instantiate $Outer (with "shout" (func $inner "shout"))))
    (export "run" (func $outer "run")))`;
  using instance = createLinker()
    .link(await component(text))
    .acquire();
  const words = ['', 'plain', 'Zoë ☃ \u{1f370}', 'x'.repeat(300), '\u{10ffff}'.repeat(100)];
  for (let round = 0; round < 3; round++) assert.deepEqual(instance.call('run', [words]), words);
});
