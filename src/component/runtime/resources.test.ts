import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Suspending } from '../api.ts';
import { component } from './fixtures/text.ts';
import { GuestResource } from './guest-resource.ts';
import { createLinker } from './linker.ts';

/** Uses the host's resource in every way. */
const user = await component(`(component
  (import "test:host/api" (instance $host
    (export "cell" (type $cell (sub resource)))
    (export "[constructor]cell" (func (param "start" u32) (result (own $cell))))
    (export "[method]cell.add" (func (param "self" (borrow $cell)) (param "n" u32) (result u32)))
    (export "[static]cell.merge" (func (param "a" (own $cell)) (param "b" (own $cell)) (result (own $cell))))
    (export "lend" (func (param "c" (borrow $cell)) (param "other" (borrow $cell))))))
  (alias export $host "cell" (type $cell))
  (core func $new (canon lower (func $host "[constructor]cell")))
  (core func $add (canon lower (func $host "[method]cell.add")))
  (core func $merge (canon lower (func $host "[static]cell.merge")))
  (core func $lend (canon lower (func $host "lend")))
  (canon resource.drop $cell (core func $drop))
  (core module $M
    (import "" "new" (func $new (param i32) (result i32)))
    (import "" "add" (func $add (param i32 i32) (result i32)))
    (import "" "merge" (func $merge (param i32 i32) (result i32)))
    (import "" "lend" (func $lend (param i32 i32)))
    (import "" "drop" (func $drop (param i32)))
    (func (export "run") (result i32)
      (local $a i32) (local $b i32) (local $c i32) (local $sum i32)
      (local.set $a (call $new (i32.const 1)))
      (local.set $b (call $new (i32.const 20)))
      (drop (call $add (local.get $a) (i32.const 300)))
      (call $lend (local.get $a) (local.get $a))
      (local.set $c (call $merge (local.get $a) (local.get $b)))
      (local.set $sum (call $add (local.get $c) (i32.const 0)))
      (call $drop (local.get $c))
      (local.get $sum))
    (func (export "leak") (result i32) (call $new (i32.const 1)))
    (func (export "drop-twice") (local $a i32)
      (local.set $a (call $new (i32.const 1)))
      (call $drop (local.get $a)) (call $drop (local.get $a)))
    (func (export "use-after-move") (local $a i32)
      (local.set $a (call $new (i32.const 1)))
      (drop (call $merge (local.get $a) (local.get $a))))
    (func (export "keep") (param i32) (result i32) (call $add (local.get 0) (i32.const 1)))
    (func (export "give-back") (param i32) (result i32) (local.get 0))
    (func (export "borrow") (param i32) (result i32) (local $n i32)
      (local.set $n (call $add (local.get 0) (i32.const 5)))
      (call $drop (local.get 0))
      (local.get $n))
    (func (export "move-borrowed") (param i32) (drop (call $merge (local.get 0) (local.get 0)))))
  (core instance $m (instantiate $M (with "" (instance
    (export "new" (func $new)) (export "add" (func $add)) (export "merge" (func $merge))
    (export "lend" (func $lend)) (export "drop" (func $drop))))))
  (func (export "run") (result u32) (canon lift (core func $m "run")))
  (func (export "leak") (result u32) (canon lift (core func $m "leak")))
  (func (export "drop-twice") (canon lift (core func $m "drop-twice")))
  (func (export "use-after-move") (canon lift (core func $m "use-after-move")))
  (func (export "keep") (param "c" (own $cell)) (result u32) (canon lift (core func $m "keep")))
  (func (export "give-back") (param "c" (own $cell)) (result (own $cell)) (canon lift (core func $m "give-back")))
  (func (export "borrow") (param "c" (borrow $cell)) (result u32) (canon lift (core func $m "borrow")))
  (func (export "forget") (param "c" (borrow $cell)) (result u32) (canon lift (core func $m "keep")))
  (func (export "move-borrowed") (param "c" (borrow $cell)) (canon lift (core func $m "move-borrowed"))))`);

class Cell {
  value: number;
  disposed = 0;
  readonly call: unknown;
  constructor(call: unknown, value: number) {
    this.call = call;
    this.value = value;
  }
  add(_call: unknown, n: number): number {
    this.value += n;
    return this.value;
  }
  static merge(call: unknown, a: Cell, b: Cell): Cell {
    return new Cell(call, a.value + b.value);
  }
  [Symbol.dispose](): void {
    this.disposed += 1;
  }
}

function host(seen: Cell[] = []) {
  class Watched extends Cell {
    constructor(call: unknown, value: number) {
      super(call, value);
      seen.push(this);
    }
  }
  const lend = (_call: unknown, a: Cell, b: Cell) => assert.equal(a, b);
  return {
    linked: createLinker().define('test:host/api', { Cell: Watched, lend }).link(user),
    Watched,
    seen,
  };
}

test('constructor, method, static and drop reach the class of the host', () => {
  const { linked, seen } = host();
  using instance = linked.acquire('the call');
  assert.throws(() => instance.call('run', []), { code: 'TRAP_HOST' });
  assert.equal(seen.length, 2);
  assert.equal(seen[0]?.call, 'the call');
});

test('what the host answers must be of its class', () => {
  const made: Cell[] = [];
  class Own extends Cell {
    static override merge(call: unknown, a: Cell, b: Cell): Cell {
      const merged = new Own(call, a.value + b.value);
      made.push(merged);
      return merged;
    }
  }
  using instance = createLinker()
    .define('test:host/api', { Cell: Own, lend: () => undefined })
    .link(user)
    .acquire();
  assert.equal(instance.call('run', []), 321);
  assert.deepEqual(
    made.map((cell) => cell.disposed),
    [1],
  );
});

test('host resources that a guest still holds are disposed with the instance', () => {
  const { linked, seen } = host();
  const instance = linked.acquire();
  assert.equal(instance.call('leak', []), 1);
  assert.equal(instance.call('leak', []), 2);
  assert.deepEqual(
    seen.map((cell) => cell.disposed),
    [0, 0],
  );
  instance[Symbol.dispose]();
  instance[Symbol.dispose]();
  assert.deepEqual(
    seen.map((cell) => cell.disposed),
    [1, 1],
  );
});

test('handles that were dropped, moved, lent for the call or borrowed are refused', () => {
  for (const [name, reason] of [
    ['drop-twice', 'unknown handle'],
    ['use-after-move', 'unknown handle'],
  ] as const) {
    const { linked } = host();
    using instance = linked.acquire();
    assert.throws(
      () => instance.call(name, []),
      (error: any) => {
        assert.deepEqual([error.code, error.detail.reason], ['TRAP_HANDLE', reason]);
        return true;
      },
    );
  }
  const { linked, Watched } = host();
  using instance = linked.acquire();
  const cell = new Watched(undefined, 1);
  assert.throws(
    () => instance.call('move-borrowed', [cell]),
    (error: any) => {
      assert.deepEqual([error.code, error.detail.reason], ['TRAP_HANDLE', 'borrowed, not owned']);
      return true;
    },
  );
});

test('the host lends and gives its resources to exports', () => {
  const { linked, Watched } = host();
  const cell = new Watched(undefined, 1);
  using instance = linked.acquire();
  assert.equal(instance.call('borrow', [cell]), 6);
  assert.equal(instance.call('give-back', [cell]), cell);
  assert.equal(cell.disposed, 0);
  assert.throws(() => instance.call('borrow', [{}]), { code: 'VALUE_TYPE' });
  assert.throws(() => instance.call('forget', [cell]), {
    code: 'TRAP_BORROW',
    detail: { export: 'forget', handles: 1 },
  });
});

/** Defines a resource, with a destructor that tells the host. */
const maker = await component(`(component
  (import "test:host/api" (instance $host
    (export "gone" (func (param "rep" u32)))))
  (core func $gone (canon lower (func $host "gone")))
  (core module $D
    (import "" "gone" (func $gone (param i32)))
    (func (export "dtor") (param i32) (call $gone (local.get 0))))
  (core instance $d (instantiate $D (with "" (instance (export "gone" (func $gone))))))
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
      (local.set $r (call $rep (local.get 0)))
      (call $drop (local.get 0))
      (local.get $r)))
  (core instance $m (instantiate $M (with "" (instance
    (export "new" (func $new)) (export "rep" (func $rep)) (export "drop" (func $drop))))))
  (func (export "make") (param "n" u32) (result (own $thing)) (canon lift (core func $m "make")))
  (func (export "read") (param "t" (borrow $thing)) (result u32) (canon lift (core func $m "read")))
  (func (export "take") (param "t" (own $thing)) (result u32) (canon lift (core func $m "take"))))`);

test("the host holds a guest's resource, lends it, gives it back and disposes it", () => {
  const gone: number[] = [];
  const linked = createLinker()
    .define('test:host/api', { gone: (_call: unknown, rep: number) => void gone.push(rep) })
    .link(maker);
  using instance = linked.acquire();
  const first = instance.call('make', [11]) as GuestResource;
  const second = instance.call('make', [22]) as GuestResource;
  assert.ok(first instanceof GuestResource);
  assert.deepEqual([instance.call('read', [first]), instance.call('read', [second])], [11, 22]);
  assert.equal(instance.call('take', [first]), 11);
  assert.deepEqual(gone, [11]);
  assert.throws(() => instance.call('read', [first]), { code: 'VALUE_TYPE' });
  second[Symbol.dispose]();
  second[Symbol.dispose]();
  first[Symbol.dispose]();
  assert.deepEqual(gone, [11, 22]);
  assert.throws(() => instance.call('take', [second]), { code: 'VALUE_TYPE' });

  using other = linked.acquire();
  const foreign = other.call('make', [1]);
  assert.throws(() => instance.call('read', [foreign]), { code: 'VALUE_TYPE' });
  assert.equal(instance.trapped, undefined);
});

test('a destructor that suspends is awaited, and not run otherwise', async () => {
  const gone: number[] = [];
  const linked = createLinker()
    .define('test:host/api', {
      gone: new Suspending(async (_call: unknown, rep: number) => {
        await Promise.resolve();
        gone.push(rep);
      }),
    })
    .link(maker);
  using instance = linked.acquire();
  const thing = (await instance.call('make', [11])) as GuestResource;
  assert.throws(() => thing[Symbol.dispose](), { code: 'RESOURCE_SUSPENDS' });
  assert.deepEqual(gone, []);
  await thing[Symbol.asyncDispose]();
  assert.deepEqual(gone, [11]);
  const other = (await instance.call('make', [22])) as GuestResource;
  assert.equal(await instance.call('take', [other]), 22);
  assert.deepEqual(gone, [11, 22]);
});

test('a destructor that fails poisons the instance', () => {
  const linked = createLinker()
    .define('test:host/api', {
      gone: () => {
        throw new Error('broken');
      },
    })
    .link(maker);
  using instance = linked.acquire();
  const thing = instance.call('make', [11]) as GuestResource;
  assert.throws(() => thing[Symbol.dispose](), { code: 'TRAP_HOST' });
  assert.throws(() => instance.call('make', [1]), { code: 'TRAP_HOST' });
});

test('thousands of instances leave nothing behind', () => {
  const { linked, seen } = host();
  for (let round = 0; round < 2000; round++) {
    using instance = linked.acquire();
    instance.call('leak', []);
  }
  assert.equal(seen.length, 2000);
  assert.ok(seen.every((cell) => cell.disposed === 1));
});

test('every host resource is disposed, in the order of the handles, even when one throws', () => {
  const disposed: number[] = [];
  class Failing extends Cell {
    override [Symbol.dispose](): void {
      disposed.push(this.value);
      if (this.value === 1) throw new Error('cannot close');
    }
  }
  let count = 0;
  class Numbered extends Failing {
    constructor(call: unknown) {
      super(call, count++);
    }
  }
  const instance = createLinker()
    .define('test:host/api', { Cell: Numbered, lend: () => undefined })
    .link(user)
    .acquire();
  for (let made = 0; made < 3; made++) instance.call('leak', []);
  assert.throws(() => instance[Symbol.dispose](), /cannot close/);
  assert.deepEqual(disposed, [0, 1, 2]);
  instance[Symbol.dispose]();
  assert.deepEqual(disposed, [0, 1, 2]);
});
