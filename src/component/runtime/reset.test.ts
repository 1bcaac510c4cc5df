import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type InstancePre, Suspending } from '../api.ts';
import { component } from './fixtures/text.ts';
import { GuestResource } from './guest-resource.ts';
import { createIdle } from './idle.ts';
import { snapshotOf } from './lease.ts';
import { createLinker } from './linker.ts';

/** Lifts core functions of `$m`: `name params -> result`, with numbers only. */
function lifted(...signatures: string[]): string {
  return signatures
    .map((signature) => {
      const [name = '', params = '', result] = signature.split(' ');
      const typed = [...params].map((letter, at) => `(param "${letter}${at}" u32)`).join('');
      const answer = result === undefined ? '' : `(result ${result})`;
      return `(func (export "${name}") ${typed} ${answer} (canon lift (core func $m "${name}")))`;
    })
    .join('\n');
}

/** Memory, globals of each type, a table that code changes, and growth. */
const dirty = await component(`(component
  (core module $M
    (type $f (func (result i32)))
    (memory (export "mem") 1)
    (data (i32.const 4) "\\07")
    (global $i (mut i32) (i32.const 1))
    (global $l (mut i64) (i64.const 2))
    (global $s (mut f32) (f32.const 3))
    (global $d (mut f64) (f64.const 4))
    (global $r (mut funcref) (ref.func $one))
    (table $t 2 funcref)
    (elem (table $t) (i32.const 0) func $one $two)
    (elem declare func $one $two)
    (func $one (type $f) (i32.const 1))
    (func $two (type $f) (i32.const 2))
    (func (export "soil")
      (i32.store8 (i32.const 4) (i32.const 99))
      (i32.store (i32.const 65532) (i32.const -1))
      (global.set $i (i32.const 11)) (global.set $l (i64.const 12))
      (global.set $s (f32.const 13)) (global.set $d (f64.const 14))
      (global.set $r (ref.null func))
      (table.set $t (i32.const 0) (ref.func $two))
      (table.set $t (i32.const 1) (ref.null func)))
    (func (export "look") (result i32)
      (i32.add (i32.load8_u (i32.const 4)) (i32.add (i32.load (i32.const 65532))
        (i32.add (global.get $i) (i32.add (i32.wrap_i64 (global.get $l))
          (i32.add (i32.trunc_f32_s (global.get $s)) (i32.add (i32.trunc_f64_s (global.get $d))
            (i32.add (ref.is_null (global.get $r)) (i32.add
              (call_indirect $t (type $f) (i32.const 0))
              (call_indirect $t (type $f) (i32.const 1)))))))))))
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "pages") (result i32) (memory.size))
    (func (export "peek") (param i32) (result i32) (i32.load (local.get 0)))
    (func (export "poke") (param i32) (i32.store (local.get 0) (i32.const -1)))
    (func (export "fill")
      (memory.fill (i32.const 0) (i32.const -1) (i32.mul (memory.size) (i32.const 65536))))
    (func (export "trap") (unreachable)))
  (core instance $m (instantiate $M))
  ${lifted('soil', 'look  u32', 'grow n u32', 'pages  u32', 'peek a u32', 'poke a', 'fill', 'trap')})`);

const PRISTINE = 7 + 0 + 1 + 2 + 3 + 4 + 0 + 1 + 2;

test('memory, globals and tables are put back', () => {
  const idle = createIdle();
  const linked = createLinker({ idle }).link(dirty);
  for (let round = 0; round < 5; round++) {
    using instance = linked.acquire();
    assert.equal(idle.instances, 0);
    assert.deepEqual([instance.call('look', []), instance.call('pages', [])], [PRISTINE, 1]);
    instance.call('soil', []);
    assert.throws(() => instance.call('look', []), { code: 'TRAP_GUEST' });
  }
  // The last of each round was a trap, so none was kept; this one is.
  {
    using instance = linked.acquire();
    instance.call('soil', []);
  }
  assert.equal(idle.instances, 1);
  using instance = linked.acquire();
  assert.equal(instance.call('look', []), PRISTINE);
  assert.deepEqual(linked.obstacles, []);
});

test('a memory that grew begins at its first size again, and holds nothing of before', () => {
  const linked = createLinker().link(dirty);
  const use = (run: (call: (name: string, ...args: number[]) => unknown) => void): void => {
    using instance = linked.acquire();
    run((name, ...args) => instance.call(name, args));
  };
  use((call) => {
    assert.throws(() => call('peek', 65_536), { code: 'TRAP_GUEST' });
  });
  use((call) => {
    assert.deepEqual([call('grow', 2), call('pages')], [1, 3]);
    for (let at = 0; at < 3 * 65_536; at += 4096) call('poke', at);
  });
  use((call) => {
    assert.equal(call('pages'), 1);
    // The one thing that a guest can tell, when it reads what it has no right to: zeros, or what it wrote itself.
    assert.equal(call('peek', 2 * 65_536), 0);
    call('poke', 2 * 65_536);
    assert.equal(call('peek', 2 * 65_536), 0xffff_ffff);
    assert.throws(() => call('peek', 3 * 65_536), { code: 'TRAP_GUEST' });
  });
  use((call) => assert.throws(() => call('peek', 65_536), { code: 'TRAP_GUEST' }));
  use((call) => assert.deepEqual([call('grow', 1), call('peek', 65_536)], [1, 0]));
});

test('one that fills all it can reach leaves no byte to the next one', () => {
  const idle = createIdle();
  const linked = createLinker({ idle }).link(dirty);
  const reference = createLinker({ reuse: false }).link(dirty);
  for (let round = 0; round < 3; round++) {
    using instance = linked.acquire();
    using fresh = reference.acquire();
    for (const pages of [0, 5]) {
      instance.call('grow', [pages]);
      fresh.call('grow', [pages]);
      assert.deepEqual(snapshotOf(instance)?.memories, snapshotOf(fresh)?.memories);
    }
    instance.call('soil', []);
    instance.call('fill', []);
    // Beyond its own end, where an earlier one had grown to.
    if (round === 1) instance.call('poke', [6 * 65_536 - 4]);
    else instance.call('grow', [round]);
  }
  assert.equal(idle.instances, 1);
});

test('one that grew by more than 64 pages is thrown away', () => {
  const idle = createIdle();
  const linked = createLinker({ idle }).link(dirty);
  for (const [pages, kept] of [
    [64, 1],
    [65, 0],
  ] as const) {
    {
      using instance = linked.acquire();
      assert.equal(instance.call('grow', [pages]), 1);
    }
    assert.equal(idle.instances, kept);
    idle.clear();
  }
});

test('what cannot be put back is made anew, and says why', async () => {
  const cases = [
    [
      '(table 1 10 funcref) (func (export "f") (drop (table.grow (ref.null func) (i32.const 1))))',
      /grows a table/,
    ],
    [
      '(global (mut v128) (v128.const i64x2 0 0)) (func (export "f") (global.set 0 (v128.const i64x2 1 1)))',
      /v128/,
    ],
    ['(data "x") (func (export "f") (data.drop 0))', /drops data/],
    ['(global (export "g") (mut f64) (f64.const nan)) (func (export "f"))', /NaN/],
  ] as const;
  for (const [text, why] of cases) {
    const idle = createIdle();
    const linked = createLinker({ idle }).link(
      await component(
        `(component (core module $M ${text}) (core instance $m (instantiate $M)) ${lifted('f')})`,
      ),
    );
    for (let round = 0; round < 2; round++) {
      using instance = linked.acquire();
      instance.call('f', []);
    }
    assert.equal(idle.instances, 0, text);
    assert.match(linked.obstacles.join(), why);
  }
  const asked = createLinker({ reuse: false }).link(dirty);
  asked.acquire()[Symbol.dispose]();
  assert.equal(asked.obstacles.length, 1);
});

/** Asks the host for a number while it starts, and keeps it. */
const seeded = await component(`(component
  (import "a:b/c" (instance $host (export "seed" (func (result u32)))))
  (core func $seed (canon lower (func $host "seed")))
  (core module $M
    (import "" "seed" (func $seed (result i32)))
    (global $g (mut i32) (i32.const 0))
    (func $start (global.set $g (call $seed)))
    (start $start)
    (func (export "get") (result i32) (global.get $g)))
  (core instance $m (instantiate $M (with "" (instance (export "seed" (func $seed))))))
  ${lifted('get  u32')})`);

test('what the host answers while an instance starts is not kept for the next one', () => {
  for (const warm of [false, true]) {
    let last = 0;
    const calls: unknown[] = [];
    const seed = (call: unknown): number => {
      calls.push(call);
      return ++last;
    };
    const linked = createLinker().define('a:b/c', { seed }).link(seeded);
    if (warm) linked.warm();
    assert.deepEqual(calls, []);
    for (const expected of [1, 2, 3]) {
      using instance = linked.acquire(`call ${expected}`);
      assert.equal(instance.call('get', []), expected);
    }
    assert.deepEqual(calls, ['call 1', 'call 2', 'call 3']);
    assert.match(linked.obstacles.join(), /while it starts/);
  }
});

/** Hands out a resource of its own, and keeps one of the host's. */
const holder = await component(`(component
  (import "a:b/c" (instance $host (export "thing" (type (sub resource))) (export "make" (func (result (own 0))))))
  (alias export $host "thing" (type $thing))
  (core func $make (canon lower (func $host "make")))
  (core module $D
    (global $count (mut i32) (i32.const 0))
    (func (export "dtor") (param i32) (global.set $count (i32.add (global.get $count) (i32.const 1))))
    (func (export "dropped") (result i32) (global.get $count)))
  (core instance $d (instantiate $D))
  (type $r (resource (rep i32) (dtor (core func $d "dtor"))))
  (core func $new (canon resource.new $r))
  (core module $M
    (import "" "make" (func $make (result i32)))
    (import "" "new" (func $new (param i32) (result i32)))
    (func (export "keep") (result i32) (call $make))
    (func (export "give") (result i32) (call $new (i32.const 7))))
  (core instance $m (instantiate $M (with "" (instance
    (export "make" (func $make)) (export "new" (func $new))))))
  (export $R "r" (type $r))
  (func (export "keep") (result u32) (canon lift (core func $m "keep")))
  (func (export "give") (result (own $R)) (canon lift (core func $m "give")))
  (func (export "take") (param "r" (own $R)) (canon lift (core func $d "dtor")))
  (func (export "dropped") (result u32) (canon lift (core func $d "dropped"))))`);

test('handles are counted from the first again, and resources end with the use that they are of', () => {
  const disposed: number[] = [];
  class Thing {
    readonly #id: number;
    constructor(id: number) {
      this.#id = id;
    }
    [Symbol.dispose](): void {
      disposed.push(this.#id);
    }
  }
  let last = 0;
  const linked: InstancePre = createLinker()
    .define('a:b/c', { Thing, make: () => new Thing(++last) })
    .link(holder);
  let stale: GuestResource | undefined;
  for (let round = 0; round < 3; round++) {
    using instance = linked.acquire();
    const held = stale;
    if (held !== undefined) {
      assert.throws(() => instance.call('take', [held]), { code: 'VALUE_TYPE' });
      held[Symbol.dispose]();
      assert.equal(instance.call('dropped', []), 0);
    }
    assert.deepEqual([instance.call('keep', []), instance.call('keep', [])], [1, 2]);
    stale = instance.call('give', []) as GuestResource;
    assert.ok(stale instanceof GuestResource);
    instance.call('take', [instance.call('give', [])]);
  }
  assert.deepEqual(disposed, [1, 2, 3, 4, 5, 6]);
  assert.deepEqual(linked.obstacles, []);
});

test('what a host object throws at its disposal reaches whoever disposes, and the instance is not used again', () => {
  class Thing {
    [Symbol.dispose](): void {
      throw new Error('not yet');
    }
  }
  const idle = createIdle();
  const linked = createLinker({ idle })
    .define('a:b/c', { Thing, make: () => new Thing() })
    .link(holder);
  const instance = linked.acquire();
  instance.call('keep', []);
  assert.throws(() => instance[Symbol.dispose](), /not yet/);
  assert.equal(idle.instances, 0);
});

const waiting = await component(`(component
  (import "a:b/c" (instance $host (export "wait" (func (param "n" u32) (result u32)))))
  (core func $wait (canon lower (func $host "wait")))
  (core module $M
    (import "" "wait" (func $wait (param i32) (result i32)))
    (global $g (mut i32) (i32.const 0))
    (func (export "ask") (param i32) (result i32)
      (global.set $g (i32.add (global.get $g) (call $wait (local.get 0)))) (global.get $g)))
  (core instance $m (instantiate $M (with "" (instance (export "wait" (func $wait))))))
  ${lifted('ask n u32')})`);

test('a guest that waited is put back like any other', async () => {
  const idle = createIdle();
  const wait = new Suspending(async (_call, n: number) => n);
  const linked = createLinker({ idle }).define('a:b/c', { wait }).link(waiting);
  for (let round = 0; round < 5; round++) {
    using instance = linked.acquire();
    assert.equal(await instance.call('ask', [3]), 3);
    assert.equal(await instance.call('ask', [4]), 7);
  }
  assert.equal(idle.instances, 1);
});

test('one that still waits when it is disposed or ended serves nobody else, and a late answer is lost', async () => {
  const idle = createIdle();
  const answers: PromiseWithResolvers<number>[] = [];
  const wait = new Suspending(() => {
    const answer = Promise.withResolvers<number>();
    answers.push(answer);
    return answer.promise;
  });
  const linked = createLinker({ idle }).define('a:b/c', { wait }).link(waiting);
  for (const ended of [true, false]) {
    const instance = linked.acquire();
    const asked = instance.call('ask', [1]) as Promise<unknown>;
    const outcome = assert.rejects(asked, ended ? /enough/ : { code: 'INSTANCE_ENDED' });
    if (ended) instance.end(new Error('enough'));
    instance[Symbol.dispose]();
    assert.equal(idle.instances, 0);
    using next = linked.acquire();
    const fresh = next.call('ask', [1]) as Promise<unknown>;
    answers.shift()?.resolve(99);
    await outcome;
    answers.shift()?.resolve(5);
    assert.equal(await fresh, 5);
    idle.clear();
  }
});

test('nothing reaches an instance through a lease that was given back', () => {
  const linked = createLinker().link(dirty);
  const first = linked.acquire();
  first[Symbol.dispose]();
  using second = linked.acquire();
  second.call('grow', [1]);
  assert.throws(() => first.call('soil', []), { code: 'INSTANCE_ENDED' });
  first.end(new Error('late'));
  first[Symbol.dispose]();
  assert.equal((first.trapped as { code?: string }).code, 'INSTANCE_ENDED');
  assert.deepEqual(
    [second.trapped, second.call('look', []), second.call('pages', [])],
    [undefined, PRISTINE, 2],
  );
});

test('a host function that disposes the instance which called it stops it', () => {
  const idle = createIdle();
  let current: Disposable | undefined;
  const wait = (): number => {
    current?.[Symbol.dispose]();
    return 1;
  };
  const linked = createLinker({ idle }).define('a:b/c', { wait }).link(waiting);
  const instance = linked.acquire();
  current = instance;
  assert.throws(() => instance.call('ask', [1]), { code: 'INSTANCE_ENDED' });
  assert.equal(idle.instances, 0);
});

test('a disposed component keeps none', () => {
  const idle = createIdle();
  const linked = createLinker({ idle }).link(dirty);
  const instance = linked.acquire();
  linked.acquire()[Symbol.dispose]();
  assert.equal(idle.instances, 1);
  linked[Symbol.dispose]();
  instance[Symbol.dispose]();
  assert.equal(idle.instances, 0);
});
