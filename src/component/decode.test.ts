import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decode } from './decode.ts';
import { assertPlan, wat } from './fixtures/wat.ts';
import type { Plan, PlanExport, Trampoline } from './plan.ts';

async function plan(body: string): Promise<Plan> {
  const made = decode(await wat(body));
  assertPlan(made);
  assert.deepEqual(structuredClone(made), made);
  return made;
}

const lifted = (one: PlanExport | undefined) => {
  assert.ok(one?.value.kind === 'lifted');
  return one.value.lifted;
};

const kinds = (made: Plan): readonly Trampoline['kind'][] => made.trampolines.map((one) => one.kind);

/** A module with everything that a lifted function with strings asks for. */
const LIBC = `
  (core module $Libc
    (memory (export "mem") 1)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable)
    (func (export "post") (param i32))
    (func (export "f") (param i32 i32) (result i32) unreachable))
  (core instance $libc (instantiate $Libc))`;

test('decode reads a lifted function with its options', async () => {
  const made = await plan(`${LIBC}
    (func $f (param "s" string) (result string) (canon lift (core func $libc "f")
      string-encoding=utf16 (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))
      (post-return (core func $libc "post"))))
    (export "f" (func $f))`);
  const ref = (name: string) => ({ kind: 'export', instance: 0, name });
  assert.deepEqual(made.exports, [
    {
      name: 'f',
      type: { params: [{ name: 's', type: { kind: 'string' } }], result: { kind: 'string' } },
      value: {
        kind: 'lifted',
        lifted: {
          core: ref('f'),
          type: { params: [{ name: 's', type: { kind: 'string' } }], result: { kind: 'string' } },
          options: {
            instance: 0,
            encoding: 'utf16',
            memory: ref('mem'),
            realloc: ref('realloc'),
            postReturn: ref('post'),
          },
        },
      },
    },
  ]);
  assert.equal(made.cores.length, 1);
  assert.ok(WebAssembly.validate(made.cores[0] as Uint8Array<ArrayBuffer>));
});

test('decode names functions of exported instances after their interface', async () => {
  const made = await plan(`
    (core module $m (func (export "f")))
    (core instance $i (instantiate $m))
    (func $f (canon lift (core func $i "f")))
    (instance $deep (export "g" (func $f)))
    (instance $api (export "run" (func $f)) (export "deep" (instance $deep)))
    (export "a:b/api@1.0.0" (instance $api))
    (export "plain" (func $f))`);
  assert.deepEqual(
    made.exports.map((one) => one.name),
    ['a:b/api@1.0.0#run', 'plain'],
  );
});

test('decode hides what an export forgets', async () => {
  const made = await plan(`
    (core module $m (func (export "f")))
    (core instance $i (instantiate $m))
    (func $f (canon lift (core func $i "f")))
    (instance $api (export "run" (func $f)) (export "secret" (func $f)))
    (export "api" (instance $api) (instance (export "run" (func))))`);
  assert.deepEqual(
    made.exports.map((one) => one.name),
    ['api#run'],
  );
});

test('decode asks the host for interfaces, functions and resources', async () => {
  const made = await plan(`
    (import "log" (func $log (param "n" u32)))
    (import "a:b/cells@1.2.0" (instance $cells
      (export "cell" (type $cell (sub resource)))
      (type $p (record (field "x" u8)))
      (export "point" (type (eq $p)))
      (export "[constructor]cell" (func (param "n" u32) (result (own $cell))))
      (export "[method]cell.get" (func (param "self" (borrow $cell)) (result u32)))))
    (alias export $cells "cell" (type $cell))
    (import "a:b/users" (instance
      (export "cell" (type $c (eq $cell)))
      (export "use" (func (param "c" (own $c))))))
    (core func (canon lower (func $log)))
    (core func (canon lower (func $cells "[method]cell.get")))
    (core func (canon resource.drop $cell))`);
  assert.deepEqual(
    made.imports.map(({ name, kind, functions, resources }) => ({
      name,
      kind,
      functions: functions.map((one) => one.name),
      resources,
    })),
    [
      { name: 'log', kind: 'func', functions: ['log'], resources: [] },
      {
        name: 'a:b/cells@1.2.0',
        kind: 'instance',
        functions: ['[constructor]cell', '[method]cell.get'],
        resources: [{ name: 'cell', resource: 0 }],
      },
      { name: 'a:b/users', kind: 'instance', functions: ['use'], resources: [] },
    ],
  );
  assert.deepEqual(made.resources, [{ kind: 'host', import: 1, name: 'cell' }]);
  assert.deepEqual(made.hostFunctions[3]?.type.params[0]?.type, { kind: 'own', resource: 0 });
  assert.deepEqual(made.trampolines[2], { kind: 'resource.drop', resource: 0, instance: 0 });
  assert.deepEqual(kinds(made), ['lower-host', 'lower-host', 'resource.drop']);
});

test('decode instantiates cores in order and wires what they import', async () => {
  const made = await plan(`
    (import "log" (func $log (param "s" string)))
    (core module $shim (table (export "t") 1 funcref) (func (export "0") (param i32 i32)))
    (core module $main
      (import "host" "log" (func (param i32 i32)))
      (memory (export "mem") 1)
      (func (export "realloc") (param i32 i32 i32 i32) (result i32) unreachable))
    (core module $fix (import "" "t" (table 1 funcref)) (import "" "0" (func (param i32 i32))))
    (core instance $s (instantiate $shim))
    (core instance $host (export "log" (func $s "0")))
    (core instance $m (instantiate $main (with "host" (instance $host))))
    (core func $lowered (canon lower (func $log) (memory (core memory $m "mem")) (realloc (core func $m "realloc"))))
    (core instance (instantiate $fix (with "" (instance
      (export "t" (table $s "t")) (export "0" (func $lowered))))))`);
  assert.deepEqual(
    made.steps.map(({ core, imports }) => ({ core, values: imports.map((one) => one.value) })),
    [
      { core: 0, values: [] },
      { core: 1, values: [{ kind: 'export', instance: 0, name: '0' }] },
      {
        core: 2,
        values: [
          { kind: 'export', instance: 0, name: 't' },
          { kind: 'trampoline', index: 0 },
        ],
      },
    ],
  );
});

test('decode gathers resources imported outside of interfaces, with their functions', async () => {
  const made = await plan(`
    (import "r" (type $r (sub resource)))
    (import "[constructor]r" (func (result (own $r))))
    (import "use" (func $use (param "r" (own $r))))
    (import "[method]r.get" (func (param "self" (borrow $r)) (result u8)))
    (import "again" (type (eq $r)))`);
  assert.deepEqual(
    made.imports.map(({ name, kind, functions, resources }) => ({
      name,
      kind,
      functions: functions.map((one) => [one.name, one.index]),
      resources,
    })),
    [
      {
        name: '$root',
        kind: 'instance',
        functions: [
          ['[constructor]r', 0],
          ['[method]r.get', 2],
        ],
        resources: [{ name: 'r', resource: 0 }],
      },
      { name: 'use', kind: 'func', functions: [['use', 1]], resources: [] },
    ],
  );
  assert.deepEqual(
    made.hostFunctions.map((one) => one.import),
    [0, 1, 0],
  );
  assert.deepEqual(made.resources, [{ kind: 'host', import: 0, name: 'r' }]);
});

/** Defines a resource, passes it on, and takes it back. */
const MAKER = `
  (component $Maker
    (core module $D (func (export "dtor") (param i32)))
    (core instance $d (instantiate $D))
    (type $R (resource (rep i32) (dtor (core func $d "dtor"))))
    (core func $new (canon resource.new $R))
    (export $R' "thing" (type $R))
    (func (export "make") (param "n" u32) (result (own $R')) (canon lift (core func $new))))`;

test('decode gives each instance of a component its own resources', async () => {
  const made = await plan(`${MAKER}
    (instance $one (instantiate $Maker))
    (instance $two (instantiate $Maker))
    (export "one" (instance $one))
    (export "two" (instance $two))`);
  assert.deepEqual(made.parents, [-1, 0, 0]);
  assert.deepEqual(
    made.resources,
    [1, 2].map((instance) => ({
      kind: 'guest',
      instance,
      destructor: { kind: 'export', instance: instance - 1, name: 'dtor' },
    })),
  );
  assert.deepEqual(
    made.exports.map((one) => [one.name, one.type.result, lifted(one).options.instance]),
    [
      ['one#make', { kind: 'own', resource: 0 }, 1],
      ['two#make', { kind: 'own', resource: 1 }, 2],
    ],
  );
});

test('decode composes components that share a resource through two layers', async () => {
  const made = await plan(`${MAKER}
    (component $Wrap
      (import "inner" (instance $inner
        (export "thing" (type $t (sub resource)))
        (export "make" (func (param "n" u32) (result (own $t))))))
      (export "things" (instance $inner)))
    (component $User
      (import "api" (instance $api
        (export "thing" (type $t (sub resource)))
        (export "make" (func (param "n" u32) (result (own $t))))))
      (alias export $api "thing" (type $t))
      (core func $make (canon lower (func $api "make")))
      (core func $drop (canon resource.drop $t))
      (core module $m
        (import "" "make" (func $make (param i32) (result i32))) (import "" "drop" (func $drop (param i32)))
        (func (export "run") (call $drop (call $make (i32.const 1)))))
      (core instance $i (instantiate $m (with "" (instance (export "make" (func $make)) (export "drop" (func $drop))))))
      (func (export "run") (canon lift (core func $i "run"))))
    (instance $maker (instantiate $Maker))
    (instance $wrap (instantiate $Wrap (with "inner" (instance $maker))))
    (alias export $wrap "things" (instance $things))
    (instance $user (instantiate $User (with "api" (instance $things))))
    (export "run" (func $user "run"))`);
  assert.equal(made.resources.length, 1);
  const [fresh, make, drop] = made.trampolines;
  assert.deepEqual(fresh, { kind: 'resource.new', resource: 0, instance: 1 });
  assert.ok(make?.kind === 'lower-lifted');
  assert.deepEqual(make.callee.core, { kind: 'trampoline', index: 0 });
  assert.deepEqual(make.type.result, { kind: 'own', resource: 0 });
  assert.deepEqual([make.callee.options.instance, make.options.instance], [1, 3]);
  assert.deepEqual(drop, { kind: 'resource.drop', resource: 0, instance: 3 });
  assert.equal(lifted(made.exports[0]).options.instance, 3);
});

test('decode follows outer aliases from where a component was defined', async () => {
  const made = await plan(`
    (core module $one (func (export "f")))
    (core module $two (func (export "f") unreachable))
    (component $Outer
      (component $Inner
        (alias outer 2 1 (core module $found))
        (core instance $i (instantiate $found))
        (func (export "f") (canon lift (core func $i "f"))))
      (export "c" (component $Inner)))
    (instance $o (instantiate $Outer))
    (alias export $o "c" (component $C))
    (instance $i (instantiate $C))
    (export "f" (func $i "f"))`);
  assert.deepEqual(made.steps, [{ core: 1, instance: 2, imports: [] }]);
  assert.equal(made.cores.length, 2);
});

test('decode passes cores and components to components that import them', async () => {
  const made = await plan(`
    (core module $m (func (export "f") (param i32)))
    (component $Runs
      (import "code" (core module $code (export "f" (func (param i32)))))
      (import "part" (component $part (export "r" (type (sub resource)))))
      (instance $p (instantiate $part))
      (core instance $i (instantiate $code))
      (alias export $p "r" (type $r))
      (func $f (param "r" (own $r)) (canon lift (core func $i "f")))
      (export $p' "part" (instance $p))
      (alias export $p' "r" (type $r'))
      (export "f" (func $f) (func (param "r" (own $r')))))
    (component $Part (type $r (resource (rep i32))) (export "r" (type $r)))
    (instance $i (instantiate $Runs (with "code" (core module $m)) (with "part" (component $Part))))
    (export "out" (instance $i))`);
  assert.deepEqual(made.resources, [{ kind: 'guest', instance: 2, destructor: undefined }]);
  assert.deepEqual(made.parents, [-1, 0, 1]);
  assert.deepEqual(
    made.exports.map((one) => one.type.params[0]?.type),
    [{ kind: 'own', resource: 0 }],
  );
});

test('decode keeps functions of the host that are passed through', async () => {
  const made = await plan(`
    (import "f" (func $f (param "x" u8)))
    (component $C (import "g" (func $g (param "x" u8))) (export "h" (func $g)))
    (instance $c (instantiate $C (with "g" (func $f))))
    (export "h" (func $c "h"))`);
  assert.deepEqual(made.exports[0]?.value, { kind: 'host', host: 0 });
});

test('decode shares types instead of repeating them', async () => {
  const made = await plan(`
    (type $t (tuple u8 u8))
    (import "f" (func $f (param "a" $t) (result $t)))
    (export "f" (func $f))`);
  const { params, result } = (made.exports[0] as PlanExport).type;
  assert.equal(params[0]?.type, result);
});

test('decode refuses what is not a component and says what it is', async () => {
  const header = [0x00, 0x61, 0x73, 0x6d];
  const codes: readonly (readonly [string, readonly number[]])[] = [
    ['COMPONENT_NOT_WASM', []],
    ['COMPONENT_NOT_WASM', [0x00, 0x61, 0x73]],
    ['COMPONENT_NOT_WASM', [...Buffer.from('<!doctype html>')]],
    ['COMPONENT_CORE_MODULE', [...header, 1, 0, 0, 0]],
    ['COMPONENT_MALFORMED', header],
    ['COMPONENT_MALFORMED', [...header, 0x0d, 0, 2, 0]],
    ['COMPONENT_MALFORMED', [...header, 0x0d, 0, 1, 0, 13, 0]],
    ['COMPONENT_MALFORMED', [...header, 0x0d, 0, 1, 0, 7, 200]],
    ['COMPONENT_UNSUPPORTED', [...header, 0x0d, 0, 1, 0, 12, 1, 0]],
  ];
  for (const [code, bytes] of codes)
    assert.throws(() => decode(new Uint8Array(bytes)), { code, blame: 'guest' });
});

test('decode reads a component from the middle of a buffer', async () => {
  const bytes = await wat('(core module (func))');
  const padded = new Uint8Array(bytes.length + 20).fill(0xff);
  padded.set(bytes, 7);
  const { cores } = decode(padded.subarray(7, 7 + bytes.length));
  assert.equal(cores[0]?.byteOffset, 0);
  assert.ok(WebAssembly.validate(cores[0] as Uint8Array<ArrayBuffer>));
});

test('decode refuses features by their name', async () => {
  const refused: readonly (readonly [string, string])[] = [
    ['(type (stream u8))', 'stream'],
    ['(type (future))', 'future'],
    ['(type (list u8 4))', 'fixed-length list'],
    ['(type (map string u8))', 'map'],
    ['(type (func async))', 'async function'],
    ['(core func (canon waitable-set.new))', 'canon waitable-set.new'],
    ['(core func (canon task.cancel))', 'canon task.cancel'],
    ['(import "m" (core module))', 'import of core module `m`'],
    ['(import "c" (component))', 'import of component `c`'],
    ['(import "i" (instance (export "j" (instance))))', 'import of instance `j` inside `i`'],
    [
      `(core module $m (memory (export "mem") i64 1)) (core instance $i (instantiate $m)) (import "f" (func $f))
       (core func (canon lower (func $f) (memory (core memory $i "mem"))))`,
      '64-bit memory in canonical options',
    ],
    [
      `(core module $m (memory (export "mem") 1 1 shared)) (core instance $i (instantiate $m)) (import "f" (func $f))
       (core func (canon lower (func $f) (memory (core memory $i "mem"))))`,
      'shared memory in canonical options',
    ],
  ];
  for (const [body, feature] of refused) {
    const bytes = await wat(body);
    assert.throws(
      () => decode(bytes),
      (error: any) =>
        error.code === 'COMPONENT_UNSUPPORTED' && assert.equal(error.detail.feature, feature) === undefined,
    );
  }
});
