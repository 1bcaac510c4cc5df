import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Suspending } from '../api.ts';
import { component } from './fixtures/text.ts';
import { createLinker } from './linker.ts';

/** A table stands between the guest and its import; not quite as in the shims that are taken out of a plan. */
const shimmed = `(component
  (import "test:host/api" (instance $host (export "wait" (func (param "n" u32) (result u32)))))
  (alias export $host "wait" (func $wait))
  (core module $Shim
    (table (export "table") 1 funcref)
    (type $t (func (param i32) (result i32)))
    (func (export "wait") (param i32) (result i32)
      (nop) (call_indirect (type $t) (local.get 0) (i32.const 0))))
  (core instance $shim (instantiate $Shim))
  (core module $Main
    (import "" "wait" (func $wait (param i32) (result i32)))
    (func (export "ask") (param i32) (result i32) (i32.add (call $wait (local.get 0)) (i32.const 1))))
  (core instance $main (instantiate $Main (with "" (instance $shim))))
  (core func $wait' (canon lower (func $wait)))
  (core module $Fixup
    (import "" "table" (table 1 funcref))
    (import "" "wait" (func $wait (param i32) (result i32)))
    (elem (i32.const 0) func $wait))
  (core instance (instantiate $Fixup (with "" (instance
    (export "table" (table $shim "table")) (export "wait" (func $wait'))))))
  (core module $Plain (func (export "plain") (result i32) (i32.const 7)))
  (core instance $plain (instantiate $Plain))
  (func (export "ask") (param "n" u32) (result u32) (canon lift (core func $main "ask")))
  (func (export "plain") (result u32) (canon lift (core func $plain "plain"))))`;

test('an export that reaches a suspending import through a table answers a promise; others do not', async () => {
  const wait = new Suspending(async (call: number, n: number) => call + n);
  const linked = createLinker()
    .define('test:host/api', { wait })
    .link(await component(shimmed));
  assert.deepEqual(
    [linked.suspends('ask'), linked.suspends('plain'), linked.suspends('?')],
    [true, false, false],
  );
  using instance = linked.acquire(100);
  assert.equal(instance.call('plain', []), 7);
  const answers = [await instance.call('ask', [1]), await instance.call('ask', [2])];
  assert.deepEqual(answers, [102, 103]);
});

test('the same component does not suspend when its host does not', async () => {
  const linked = createLinker()
    .define('test:host/api', { wait: (_call: unknown, n: number) => n })
    .link(await component(shimmed));
  using instance = linked.acquire();
  assert.equal(linked.suspends('ask'), false);
  assert.equal(instance.call('ask', [41]), 42);
});

test('many instances are suspended at once and answered in any order', async () => {
  const gates = Array.from({ length: 50 }, () => Promise.withResolvers<number>());
  const wait = new Suspending((call: number) => gates[call]?.promise);
  const linked = createLinker()
    .define('test:host/api', { wait })
    .link(await component(shimmed));
  const instances = gates.map((_, index) => linked.acquire(index));
  const answers = instances.map((instance) => instance.call('ask', [0]));
  for (const [index, gate] of [...gates.entries()].reverse()) gate.resolve(index);
  assert.deepEqual(
    await Promise.all(answers),
    gates.map((_, index) => index + 1),
  );
  for (const instance of instances) instance[Symbol.dispose]();
});

const starting = `(component
  (import "test:host/api" (instance $host (export "wait" (func (result u32)))))
  (core func $wait (canon lower (func $host "wait")))
  (core module $M
    (import "" "wait" (func $wait (result i32)))
    (func $start (block $caught (try_table (catch_all $caught) (drop (call $wait)))))
    (start $start))
  (core instance (instantiate $M (with "" (instance (export "wait" (func $wait)))))))`;

test('a suspending import called by a start function is refused by name', async () => {
  const compiled = await component(starting);
  let asked = 0;
  const wait = () => {
    asked += 1;
    return 1;
  };
  const suspending = createLinker()
    .define('test:host/api', { wait: new Suspending(wait) })
    .link(compiled);
  assert.throws(() => suspending.acquire(), { code: 'LINK_START', detail: { import: 'test:host/api#wait' } });
  assert.equal(asked, 0);
  createLinker().define('test:host/api', { wait }).link(compiled).acquire()[Symbol.dispose]();
  assert.equal(asked, 1);
});

const chain = `(component
  (import "test:host/api" (instance $host (export "wait" (func (param "n" u32) (result u32)))))
  (component $Inner
    (import "wait" (func $wait (param "n" u32) (result u32)))
    (core func $wait' (canon lower (func $wait)))
    (core module $M
      (import "" "wait" (func $wait (param i32) (result i32)))
      (func (export "ask") (param i32) (result i32) (i32.add (call $wait (local.get 0)) (i32.const 1))))
    (core instance $m (instantiate $M (with "" (instance (export "wait" (func $wait'))))))
    (func (export "ask") (param "n" u32) (result u32) (canon lift (core func $m "ask"))))
  (component $Outer
    (import "ask" (func $ask (param "n" u32) (result u32)))
    (core func $ask' (canon lower (func $ask)))
    (core module $M
      (import "" "ask" (func $ask (param i32) (result i32)))
      (func (export "twice") (param i32) (result i32)
        (block $caught
          (try_table (catch_all $caught)
            (return (i32.add (call $ask (local.get 0)) (call $ask (i32.const 10))))))
        (i32.const 77)))
    (core instance $m (instantiate $M (with "" (instance (export "ask" (func $ask'))))))
    (func (export "twice") (param "n" u32) (result u32) (canon lift (core func $m "twice"))))
  (alias export $host "wait" (func $wait))
  (instance $inner (instantiate $Inner (with "wait" (func $wait))))
  (instance $outer (instantiate $Outer (with "ask" (func $inner "ask"))))
  (export "twice" (func $outer "twice")))`;

test('an inner component suspends together with its caller', async () => {
  const wait = new Suspending(async (_call: unknown, n: number) => n * 2);
  const linked = createLinker()
    .define('test:host/api', { wait })
    .link(await component(chain));
  using instance = linked.acquire();
  assert.equal(await instance.call('twice', [3]), 3 * 2 + 1 + 21);
});

test('neither the inner nor the outer guest survives the end of what they wait for', async () => {
  const compiled = await component(chain);
  const lost = new Error('lost');
  const failing = createLinker().define('test:host/api', {
    wait: new Suspending(() => Promise.reject(lost)),
  });
  using first = failing.link(compiled).acquire();
  await assert.rejects(async () => first.call('twice', [1]), { code: 'TRAP_HOST', cause: lost });

  const reason = new Error('deadline');
  const waiting = createLinker().define('test:host/api', {
    wait: new Suspending(() => new Promise(() => undefined)),
  });
  using second = waiting.link(compiled).acquire();
  const running = second.call('twice', [1]) as Promise<unknown>;
  second.end(reason);
  await assert.rejects(running, reason);
});

test('a late answer lowers nothing into an instance that was ended', async () => {
  const text = `(component
    (import "test:host/api" (instance $host (export "ask" (func (result string)))))
    (core module $Libc
      (memory (export "mem") 1)
      (global $calls (export "calls") (mut i32) (i32.const 0))
      (func (export "realloc") (param i32 i32 i32 i32) (result i32)
        (global.set $calls (i32.add (global.get $calls) (i32.const 1))) (i32.const 64)))
    (core instance $libc (instantiate $Libc))
    (core func $ask (canon lower (func $host "ask") (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))))
    (core module $M (import "" "ask" (func $ask (param i32))) (func (export "run") (call $ask (i32.const 0))))
    (core instance $m (instantiate $M (with "" (instance (export "ask" (func $ask))))))
    (func (export "run") (canon lift (core func $m "run"))))`;
  const { promise, resolve } = Promise.withResolvers<string>();
  let looked = 0;
  const answer = { toString: () => String(++looked) };
  const linked = createLinker()
    .define('test:host/api', { ask: new Suspending(() => promise) })
    .link(await component(text));
  using instance = linked.acquire();
  const running = instance.call('run', []) as Promise<unknown>;
  instance.end(new Error('enough'));
  await assert.rejects(running, /enough/);
  resolve(answer as unknown as string);
  await promise;
  assert.equal(looked, 0);
});

test('a method and a static of a host class may suspend', async () => {
  class Cell {
    readonly #start: number;
    constructor(_call: unknown, start: number) {
      this.#start = start;
    }
    static readonly twice: Suspending = new Suspending(async (_call: unknown, n: number) => n * 2);
    get start(): number {
      return this.#start;
    }
  }
  Object.defineProperty(Cell.prototype, 'read', {
    value: new Suspending(async function (this: Cell, call: number) {
      return this.start + call;
    } as never),
  });
  const text = `(component
    (import "test:host/api" (instance $host
      (export "cell" (type $cell (sub resource)))
      (export "[constructor]cell" (func (param "start" u32) (result (own $cell))))
      (export "[method]cell.read" (func (param "self" (borrow $cell)) (result u32)))
      (export "[static]cell.twice" (func (param "n" u32) (result u32)))))
    (core func $new (canon lower (func $host "[constructor]cell")))
    (core func $read (canon lower (func $host "[method]cell.read")))
    (core func $twice (canon lower (func $host "[static]cell.twice")))
    (core module $M
      (import "" "new" (func $new (param i32) (result i32)))
      (import "" "read" (func $read (param i32) (result i32)))
      (import "" "twice" (func $twice (param i32) (result i32)))
      (func (export "run") (param i32) (result i32) (call $twice (call $read (call $new (local.get 0))))))
    (core instance $m (instantiate $M (with "" (instance
      (export "new" (func $new)) (export "read" (func $read)) (export "twice" (func $twice))))))
    (func (export "run") (param "n" u32) (result u32) (canon lift (core func $m "run"))))`;
  const linked = createLinker()
    .define('test:host/api', { Cell })
    .link(await component(text));
  using instance = linked.acquire(5);
  assert.equal(await instance.call('run', [10]), 30);
});

test('a guest that cannot be suspended where it stands is trapped by name', async () => {
  const text = `(component
    (import "test:host/api" (instance $host (export "wait" (func (result u32)))))
    (core func $wait (canon lower (func $host "wait")))
    (core module $Passes
      (import "" "wait" (func $wait (result i32)))
      (func (export "wait-ref") (result funcref) (ref.func $wait))
      (elem declare func $wait))
    (core instance $passes (instantiate $Passes (with "" (instance (export "wait" (func $wait))))))
    (core module $M
      (import "" "wait-ref" (func $ref (result funcref)))
      (table 1 funcref)
      (type $t (func (result i32)))
      (func (export "run") (result i32)
        (table.set (i32.const 0) (call $ref))
        (block $caught
          (try_table (catch_all $caught) (return (call_indirect (type $t) (i32.const 0)))))
        (i32.const 77)))
    (core instance $m (instantiate $M (with "" (instance $passes))))
    (func (export "run") (result u32) (canon lift (core func $m "run"))))`;
  const linked = createLinker()
    .define('test:host/api', { wait: new Suspending(async () => 5) })
    .link(await component(text));
  using instance = linked.acquire();
  assert.equal(await instance.call('run', []), 5);
});
