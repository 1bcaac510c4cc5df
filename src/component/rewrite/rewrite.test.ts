import assert from 'node:assert/strict';
import { test } from 'node:test';
import { core, instantiate } from './fixtures/instance.ts';
import { obstaclesOf } from './report.ts';
import { rewriteCore } from './rewrite.ts';

const obstacles = async (body: string): Promise<string> =>
  obstaclesOf([rewriteCore(await core(body)).report]).join('; ');

test('a memory grows by its virtual size, as far as the budget goes', async () => {
  const grows = await core(`(memory (export "m") 1 5)
    (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
    (func (export "size") (result i32) (memory.size))`);
  const { exports, report, pages } = instantiate(grows, { pages: 3 });
  const [memory] = report.memories;
  assert.deepEqual(
    [report.pages, memory?.size?.kind, memory?.minimum, memory?.maximum],
    ['pages', 'export', 1, 5],
  );
  assert.deepEqual([exports.grow(0), exports.grow(2), exports.grow(2), exports.size()], [1, 1, -1, 3]);
  assert.equal(exports.grow(-1), -1);
  assert.equal(pages.value, 1);
  // As the reset pool does: the memory stays as large as it is, the module does not see it.
  exports[memory?.size?.name as string].value = 1;
  pages.value = 10;
  assert.deepEqual([exports.size(), exports.grow(3)], [1, 1]);
  assert.equal(exports.m.buffer.byteLength, 4 * 65_536);
  assert.deepEqual([exports.grow(2), exports.grow(1), pages.value], [-1, 4, 6]);
});

test('a memory of 64-bit addresses grows by the same budget', async () => {
  const grows = await core(`(memory i64 1)
    (func (export "grow") (param i64) (result i64) (memory.grow (local.get 0)))
    (func (export "size") (result i64) (memory.size))`);
  const { exports, report, pages } = instantiate(grows, { pages: 4 });
  assert.deepEqual(
    [exports.grow(2n), exports.grow(3n), exports.grow(2n ** 40n), exports.grow(-1n)],
    [1n, -1n, -1n, -1n],
  );
  assert.deepEqual([exports.size(), pages.value, report.memories[0]?.wide], [3n, 2, true]);
});

test('modules that share a memory share its size', async () => {
  const sizes = new WeakMap<WebAssembly.Memory, WebAssembly.Global>();
  const home = instantiate(
    await core(`(memory (export "m") 2) (func (export "size") (result i32) (memory.size))`),
    {},
    sizes,
  );
  const guest = instantiate(
    await core(`(import "a" "g" (global i32)) (import "a" "m" (memory 1))
      (global $own (mut i32) (global.get 0)) (export "own" (global $own))
      (func (export "grow") (result i32) (memory.grow (global.get 0)))
      (func (export "next") (result i32) (global.set $own (i32.add (global.get $own) (i32.const 1))) (global.get $own))`),
    { imports: { a: { m: home.exports.m, g: new WebAssembly.Global({ value: 'i32' }, 3) } } },
    sizes,
  );
  assert.deepEqual(guest.report.memories[0]?.size, { kind: 'import', name: 'v0' });
  assert.deepEqual([guest.exports.grow(), home.exports.size()], [2, 5]);
  assert.deepEqual([guest.exports.next(), guest.exports.own.value], [4, 4]);
});

test('the zero scan clears what is there, and nothing beyond', async () => {
  for (const address of ['', 'i64']) {
    const { exports, report } = instantiate(await core(`(memory (export "m") ${address} 1)`));
    const bytes = new Uint8Array(exports.m.buffer);
    bytes.fill(7);
    const zero = exports[report.memories[0]?.zero as string];
    zero(128, 128);
    zero(256, 1024);
    assert.equal(bytes.indexOf(0), 256);
    assert.equal(bytes.lastIndexOf(0), 1023);
    zero(0, 65_536);
    assert.ok(bytes.every((byte) => byte === 0));
  }
});

test('what changes is exported: globals, tables', async () => {
  const { exports, report } = instantiate(
    await core(`(global (mut i32) (i32.const 1)) (global $set (mut i64) (i64.const 2)) (global i32 (i32.const 3))
      (global (export "seen") (mut f64) (f64.const 4)) (global $f (mut funcref) (ref.func $go))
      (table $still 1 funcref) (table $moves 2 funcref)
      (func $go (export "go") (global.set $set (i64.const 9)) (global.set $f (ref.null func))
        (table.set $moves (i32.const 1) (ref.func $go)))`),
  );
  assert.deepEqual(
    report.globals.map(({ type }) => type),
    ['i64', 'f64', 'ref'],
  );
  exports.go();
  assert.deepEqual(
    report.globals.map((one) => exports[one.export].value),
    [9n, 4, null],
  );
  assert.deepEqual(
    report.tables.map(({ changes, minimum }) => [changes, minimum]),
    [
      [false, 1],
      [true, 2],
    ],
  );
  assert.equal(exports[report.tables[1]?.export as string].get(1), exports.go);
  assert.deepEqual(report.obstacles, []);
});

test('an imported table that changes is named by its import', async () => {
  const { report } = rewriteCore(
    await core(
      `(import "a" "t" (table 1 funcref)) (func (export "f") (table.set (i32.const 0) (ref.null func)))`,
    ),
  );
  const [table] = report.tables;
  assert.deepEqual(
    [table?.imported, table?.changes, table?.export],
    [{ module: 'a', name: 't' }, true, undefined],
  );
});

test('tables cannot grow without a bound', async () => {
  const grows =
    await core(`(table (export "t") 2 funcref) (table $limited 1 3 externref) (table $large 70 funcref)
    (func (export "grow") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))
    (func (export "limited") (result i32) (table.grow $limited (ref.null extern) (i32.const 2)))
    (func (export "large") (result i32) (table.grow $large (ref.null func) (i32.const 1)))`);
  const { exports, report } = instantiate(grows, { tableEntries: 50 });
  assert.deepEqual(
    report.tables.map(({ maximum }) => maximum),
    [50, 3, 70],
  );
  assert.deepEqual([exports.grow(48), exports.grow(1), exports.limited(), exports.large()], [2, -1, 1, -1]);
  assert.match(report.obstacles.join(), /grows a table/);
});

test('what cannot be put back is an obstacle', async () => {
  const drop = '(data.drop 0)';
  const passive = '(memory 1) (data "x")';
  assert.match(await obstacles(`${passive} (func (export "f") ${drop})`), /drops data/);
  assert.equal(await obstacles(`${passive} (func $s ${drop}) (start $s)`), '');
  assert.match(
    await obstacles(`${passive} (func $s ${drop}) (func (export "f") (call $s)) (start $s)`),
    /drops data/,
  );
  assert.match(await obstacles(`${passive} (func $s (export "s") ${drop}) (start $s)`), /drops data/);
  assert.match(
    await obstacles(`(table 1 funcref) (elem func) (func (elem.drop 0))`),
    /drops data or element/,
  );
  assert.match(await obstacles('(memory 1 1 shared) (func (export "f"))'), /shared memory/);
  const v128 = '(global (mut v128) (v128.const i64x2 0 0))';
  assert.equal(await obstacles(v128), '');
  assert.match(await obstacles(`${v128} (func (global.set 0 (v128.const i64x2 1 1)))`), /v128/);
  assert.match(await obstacles('(global (export "g") (mut exnref) (ref.null exn))'), /exnref/);
  const struct = '(type $s (struct (field (mut i32))))';
  const write = '(func (param (ref $s)) (struct.set $s 0 (local.get 0) (i32.const 1)))';
  assert.equal(await obstacles(`${struct} ${write}`), '');
  assert.match(
    await obstacles(`${struct} ${write} (global (ref null $s) (struct.new $s (i32.const 0)))`),
    /garbage/,
  );
  assert.equal(await obstacles(`${struct} ${write} (global (mut funcref) (ref.null func))`), '');
});

test('names that are ours are refused', async () => {
  await assert.rejects(obstacles('(func (export "$hermes/fuel"))'), {
    code: 'CORE_RESERVED',
    blame: 'guest',
  });
  await assert.rejects(obstacles('(import "$hermes/" "v0" (func))'), { code: 'CORE_RESERVED' });
});

test('waiting on shared memory is not supported, and the module stays as it was', async () => {
  const waits = await core(
    `(memory 1 1 shared) (func (export "f") (result i32) (memory.atomic.wait32 (i32.const 0) (i32.const 0) (i64.const -1)))`,
  );
  const { bytes, report } = rewriteCore(waits);
  assert.match(report.unsupported ?? '', /^It waits on shared memory, .* \(at \d+\)$/);
  assert.equal(bytes, waits);
  assert.equal(obstaclesOf([report]).length, 1);
});

test('names of functions stay in stack traces, other custom sections go', async () => {
  const { exports, bytes } = instantiate(
    await core(`(@custom "metadata.code.branch_hint" "\\00") (@custom "other" "x")
      (import "a" "m" (memory $shared 1)) (global $counter (mut i32) (i32.const 0))
      (func $inner_most (local $unused i32) unreachable)
      (func $outer (export "go") (drop (memory.grow (i32.const 1))) (loop (call $inner_most)))`),
    { imports: { a: { m: new WebAssembly.Memory({ initial: 1 }) } } },
  );
  assert.throws(
    () => exports.go(),
    (error: Error) => /inner_most[^\n]*\n[^\n]*outer \(wasm/.test(error.stack ?? ''),
  );
  const module = new WebAssembly.Module(bytes);
  assert.equal(WebAssembly.Module.customSections(module, 'name').length, 1);
  assert.equal(WebAssembly.Module.customSections(module, 'metadata.code.branch_hint').length, 0);
  assert.equal(WebAssembly.Module.customSections(module, 'other').length, 0);
});

test('a damaged section of names is left out', async () => {
  const named = [0, 7, 4, ...Buffer.from('name'), 1, 99];
  const { bytes, report } = rewriteCore(new Uint8Array([...(await core('(memory 1)')), ...named]));
  assert.equal(report.unsupported, undefined);
  assert.equal(WebAssembly.Module.customSections(new WebAssembly.Module(bytes), 'name').length, 0);
});

test('a module of nothing stays a module of nothing', async () => {
  const { bytes, report } = rewriteCore(await core(''));
  assert.deepEqual([bytes.length, report.fuel, report.obstacles.length], [8, undefined, 0]);
});

test('a module that asks for too much of us is not supported', () => {
  const leb = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...leb(n >>> 7)]);
  const part = (id: number, content: Buffer): Buffer =>
    Buffer.concat([Buffer.from([id, ...leb(content.length)]), content]);
  // 300 functions, each with a `br_table` of 60,000 labels.
  const body = Buffer.concat([
    Buffer.from([0, 0x41, 0, 0x0e, ...leb(60_000)]),
    Buffer.alloc(60_001),
    Buffer.from([0x0b]),
  ]);
  const many = 300;
  const module = Buffer.concat([
    Buffer.from([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]),
    part(1, Buffer.from([1, 0x60, 0, 0])),
    part(3, Buffer.from([...leb(many), ...Array.from({ length: many }, () => 0)])),
    part(
      10,
      Buffer.concat([
        Buffer.from(leb(many)),
        ...Array.from({ length: many }, () => Buffer.concat([Buffer.from(leb(body.length)), body])),
      ]),
    ),
  ]);
  assert.match(rewriteCore(new Uint8Array(module)).report.unsupported ?? '', /more branches/);
});
