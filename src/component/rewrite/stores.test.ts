import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../../test/count.ts';
import { core, instantiate, type RewrittenInstance } from './fixtures/instance.ts';
import { readModule } from './module.ts';
import { seldomBelow } from './stack.ts';
import { findStores } from './stores.ts';

const BELOW = 65_536;

async function watched(text: string): Promise<RewrittenInstance> {
  const instance = instantiate(await core(text), { below: BELOW });
  assert.equal(instance.report.watched, true);
  return instance;
}

/** Whether a call tells of a store below. */
function tells({ exports, report }: RewrittenInstance, run: () => unknown): boolean {
  const touched = exports[report.touched as string];
  touched.value = 0;
  run();
  return touched.value === 1;
}

test('every kind of store below the address is told of, and none above', async () => {
  const plain = [
    'i32.store',
    'i32.store8',
    'i32.store16',
    'i64.store',
    'i64.store8',
    'i64.store16',
    'i64.store32',
  ];
  const lanes = ['8', '16', '32', '64'].map((width) => `v128.store${width}_lane`);
  const stores = [
    ...[...plain, 'f32.store', 'f64.store'].map((store) => [store, `(${store.slice(0, 3)}.const 1)`, '']),
    ['v128.store', '(v128.const i64x2 1 2)', ''],
    ...lanes.map((store) => [store, '(v128.const i64x2 1 2)', '0']),
  ] as const;
  const text = stores.map(
    ([store, value, lane], n) => `
    (func (export "local${n}") (param i32) (${store} offset=16 ${lane} (local.get 0) ${value}))
    (func (export "stack${n}") (param i32) (${store} ${lane} (i32.add (local.get 0) (i32.const 0)) ${value}))`,
  );
  const instance = await watched(`(memory 2) (data $d "0123456789")
    ${text.join('')}
    (func (export "fill") (param i32) (memory.fill (local.get 0) (i32.const 7) (i32.const 9)))
    (func (export "copy") (param i32) (memory.copy (local.get 0) (i32.const 0) (i32.const 9)))
    (func (export "init") (param i32) (memory.init $d (local.get 0) (i32.const 1) (i32.const 9)))`);
  for (const name of Object.keys(instance.exports).filter((name) => !name.startsWith('$'))) {
    const call = instance.exports[name];
    assert.deepEqual(
      [0, BELOW - 40, BELOW, BELOW + 9_000].map((at) => tells(instance, () => call(at))),
      [true, true, false, false],
      name,
    );
  }
  const bytes = new Uint8Array(instance.exports['$hermes/m0'].buffer);
  assert.deepEqual([...bytes.subarray(BELOW, BELOW + 9)], [...new TextEncoder().encode('123456789')]);
});

test('what is known of an address is not looked at again', async () => {
  const looked = async (body: string): Promise<number> => {
    const module = readModule(await core(`(memory 2) (func (param $p i32) (local $q i32) ${body})`));
    return findStores(module, BELOW)?.at.length ?? -1;
  };
  const store = (at: string): string => `(i32.store ${at} (i32.const 1))`;
  const p = store('(local.get $p)');
  assert.equal(await looked(p), 1);
  assert.equal(await looked(`${p} ${p} (block ${p} (loop ${p})) ${p}`), 1);
  // A copy of it, a constant above, an offset that alone is enough.
  assert.equal(await looked(`${p} (local.set $q (local.get $p)) ${store('(local.get $q)')}`), 1);
  assert.equal(await looked(store('(i32.const 65536)') + store('(i32.const -1)')), 0);
  assert.equal(await looked(`(i32.store offset=65536 (local.get $p) (i32.const 1))`), 0);
  assert.equal(await looked(store('(i32.const 65535)')), 1);
  // Another value, a way around the first look, another round.
  assert.equal(await looked(`${p} (local.set $p (i32.const 4)) ${p}`), 2);
  assert.equal(await looked(`(if (local.get $q) (then ${p}) (else ${p})) ${p}`), 3);
  assert.equal(await looked(`(block (br_if 0 (local.get $q)) ${p}) ${p}`), 2);
  assert.equal(
    await looked(`${p} (loop $l ${p} (local.set $p (local.get $q)) (br_if $l (local.get $q)))`),
    2,
  );
  assert.equal(await looked(`${p} (local.get $p) (local.set $p (i32.const 8)) (i32.const 1) (i32.store)`), 2);
});

test('an address that is looked at before a loop may be another one in its next round', async () => {
  const instance = await watched(`(memory 2) (func (export "f") (param $p i32) (param $q i32)
    (i32.store (local.get $p) (i32.const 1))
    (loop $l
      (i32.store (local.get $p) (i32.const 1))
      (local.set $p (local.get $q))
      (br_if $l (i32.eqz (i32.load (local.get $q))))))`);
  const { f } = instance.exports;
  assert.deepEqual(
    [tells(instance, () => f(BELOW, BELOW + 8)), tells(instance, () => f(BELOW, 8))],
    [false, true],
  );
});

test('what cannot be looked at is said to be so', async () => {
  for (const text of [
    '(memory i64 2) (func (i64.store (i64.const 0) (i64.const 1)))',
    '(memory 2 2 shared) (func (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1))))',
    `(memory 2) ${'(func (param i32) (i32.store (local.get 0) (i32.const 1)))'.repeat(4_001)}`,
  ]) {
    const { report } = instantiate(await core(text), { below: BELOW });
    assert.deepEqual([report.watched, report.touched], [false, undefined]);
  }
  const none = instantiate(await core('(memory 2) (func (drop (i32.load (i32.const 0))))'), { below: BELOW });
  assert.deepEqual([none.report.watched, none.report.touched], [true, undefined]);
});

test('a function that has no room for a local counts as storing there', async () => {
  const locals = `(local ${'i32 '.repeat(49_995)})`;
  const instance = await watched(`(memory 2) (func (export "f") ${locals}
    (i32.store (i32.add (i32.const 65536) (i32.const 0)) (i32.const 1)))`);
  assert.equal(
    tells(instance, () => instance.exports.f()),
    true,
  );
});

test('the stack is found where linkers put it', async () => {
  const found = async (...texts: readonly string[]): Promise<number> =>
    seldomBelow(await Promise.all(texts.map(core)));
  const stack = '(global (mut i32) (i32.const 1048576))';
  assert.equal(await found(`(memory 17) ${stack} (data (i32.const 1048576) "a")`), 983_040);
  assert.equal(await found(`(memory 17) ${stack} (data (i32.const 900000) "a")`), 900_000);
  assert.equal(await found(`(memory 17) ${stack} (data (i32.const 1024) "a")`), 0);
  assert.equal(await found(`(memory 2) ${stack}`, '(memory 17) (global i32 (i32.const 1048576))'), 0);
  assert.equal(
    await found(`(memory 17) ${stack}`, `(memory 5) (global (mut i32) (i32.const 262144))`),
    196_608,
  );
  assert.equal(await found(`(memory i64 17) ${stack}`, `(import "a" "b" (memory 17)) ${stack}`), 0);
});

/** Statements over three addresses, which may lie on either side. */
const { code } = fc.letrec<{ code: string; statement: string; address: string }>((tie) => ({
  address: fc.oneof(
    fc.nat(2).map((local) => `(local.get ${local})`),
    fc.constantFrom(0, 65_500, 65_536, 70_000).map((at) => `(i32.const ${at})`),
    fc
      .tuple(fc.nat(2), fc.constantFrom(-40_000, -4, 4, 40_000))
      .map(([local, by]) => `(i32.and (i32.add (local.get ${local}) (i32.const ${by})) (i32.const 0x1fff0))`),
  ),
  statement: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc
      .tuple(tie('address'), fc.constantFrom(0, 8, 40_000))
      .map(([at, offset]) => `(i32.store offset=${offset} ${at} (call $value))`),
    fc.tuple(fc.nat(2), tie('address')).map(([local, at]) => `(local.set ${local} ${at})`),
    fc
      .tuple(fc.nat(2), tie('address'))
      .map(([local, at]) => `(i64.store (local.tee ${local} ${at}) (i64.const -1))`),
    tie('code').map((inner) => `(block ${inner})`),
    fc
      .tuple(fc.nat(2), tie('code'))
      .map(([depth, inner]) => `(block (block (block (br_if ${depth} (call $choice)) ${inner})))`),
    fc.tuple(tie('code'), tie('code')).map(([yes, no]) => `(if (call $choice) (then ${yes}) (else ${no}))`),
    tie('code').map((inner) => `(loop ${inner} (br_if 0 (call $choice)))`),
    tie('code').map((inner) => `(block $h (try_table (catch_all $h) ${inner} (call $throw) ${inner}))`),
  ),
  code: fc.array(tie('statement'), { minLength: 1, maxLength: 4 }).map((all) => all.join(' ')),
}));

const around = (body: string): string => `(memory 4) (tag $t)
  (global $n (mut i32) (i32.const 0)) (global $bits (mut i32) (i32.const 0))
  (func $value (result i32) (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n))
  (func $choice (result i32)
    (global.set $bits (i32.shr_u (global.get $bits) (i32.const 1))) (i32.and (global.get $bits) (i32.const 1)))
  (func $throw (if (call $choice) (then (throw $t))))
  (func (export "run") (param i32 i32 i32) ${body})
  (func (export "bits") (param i32) (global.set $bits (local.get 0)))`;

test('whatever way code goes, a store below is told of', { timeout: 600_000 }, async (t) => {
  let stored = 0;
  let told = 0;
  const property = fc.asyncProperty(
    code,
    fc.array(fc.nat(), { minLength: 6, maxLength: 6 }),
    async (body, bits) => {
      const instance = await watched(around(body));
      const { exports, report } = instance;
      const low = new Uint8Array(exports['$hermes/m0'].buffer, 0, BELOW);
      const [a, b, c] = [0, 65_532, 65_536];
      for (const [n, choices] of bits.entries()) {
        low.fill(0);
        exports.bits(choices);
        const tellsIt =
          report.touched !== undefined &&
          tells(instance, () => exports.run(...[a, b, c, a, b].slice(n % 3, (n % 3) + 3)));
        const wrote = low.some((byte) => byte !== 0);
        if (wrote) stored++;
        if (tellsIt) told++;
        assert.ok(tellsIt || !wrote);
      }
    },
  );
  await fc.assert(property, { numRuns: count(5_000, 300), seed, endOnFailure: true });
  t.diagnostic(`${stored} calls stored below, ${told} told so`);
  assert.ok(stored > 100);
});
