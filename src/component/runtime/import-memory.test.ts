import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { component } from './fixtures/text.ts';
import { importMemory, MEMORY_MODULE } from './import-memory.ts';
import { createLinker } from './linker.ts';
import { hasStart, splitSections } from './sections.ts';

async function core(text: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await parse(`(module ${text})`));
}

test('the memory comes last among the imports, and the module works as before', async () => {
  for (const [text, imports] of [
    ['(memory (export "m") 1)', ['memory']],
    [
      '(import "a" "f" (func)) (import "a" "g" (global i32)) (memory (export "m") 1 3)',
      ['function', 'global', 'memory'],
    ],
    [
      '(func) (memory (export "m") 1) (tag) (global i32 (i32.const 0)) (data (i32.const 3) "x") (data "y")',
      ['memory'],
    ],
    [
      '(import "a" "t" (table 1 funcref)) (memory (export "m") 2) (func (export "f") (drop (memory.grow (i32.const 1))))',
      ['table', 'memory'],
    ],
  ] as const) {
    const bytes = await core(text);
    const found = importMemory(bytes);
    assert.ok(found, text);
    const module = new WebAssembly.Module(found.bytes);
    assert.deepEqual(
      WebAssembly.Module.imports(module).map(({ kind }) => kind),
      imports,
    );
    assert.equal(WebAssembly.Module.imports(module).at(-1)?.module, MEMORY_MODULE);
    assert.deepEqual(
      WebAssembly.Module.exports(module),
      WebAssembly.Module.exports(new WebAssembly.Module(bytes)),
    );
  }
  assert.deepEqual(importMemory(await core('(memory 1 3)'))?.memory, { initial: 1, maximum: 3 });
});

test('any other module is left alone', async () => {
  for (const text of [
    '(func)',
    '(import "a" "m" (memory 1))',
    '(memory 1) (memory 1)',
    '(memory i64 1)',
    '(memory 1 2 shared)',
  ]) {
    assert.equal(importMemory(await core(text)), undefined, text);
  }
});

test('a memory that is large and mostly empty is left alone', async () => {
  const filled = (pages: number, bytes: number) =>
    core(`(memory ${pages}) (data (i32.const 0) "${'x'.repeat(bytes)}")`);
  assert.ok(importMemory(await filled(32, 1)));
  assert.equal(importMemory(await filled(33, 1)), undefined);
  assert.ok(importMemory(await filled(64, 2 ** 20)));
  assert.equal(importMemory(await filled(80, 2 ** 20)), undefined);
});

test('a broken module is not mended', async () => {
  const bytes = await core('(import "a" "f" (func)) (memory 1) (func)');
  for (let at = 8; at < bytes.length; at++) {
    for (const value of [0, 1, 5, 0x7f, 0x80, 0xff]) {
      const broken = bytes.slice();
      broken[at] = value;
      if (WebAssembly.validate(broken)) continue;
      const rewritten = importMemory(broken);
      assert.ok(rewritten === undefined || !WebAssembly.validate(rewritten.bytes), `byte ${at} = ${value}`);
    }
  }
  const swapped = splitSections(bytes);
  const backwards = Buffer.concat([bytes.subarray(0, 8), ...swapped.reverse().map(({ whole }) => whole)]);
  assert.deepEqual(splitSections(backwards), []);
  assert.equal(hasStart(await core('(func $f) (start $f)')), true);
  assert.equal(hasStart(bytes), false);
});

/** Counts in memory, and can be made to grow or to trap. */
const counter = await component(`(component
  (core module $M
    (memory (export "mem") 1)
    (data (i32.const 4) "\\07")
    (func (export "next") (result i32)
      (i32.store8 (i32.const 4) (i32.add (i32.load8_u (i32.const 4)) (i32.const 1)))
      (i32.store (i32.const 60000) (i32.add (i32.load (i32.const 60000)) (i32.const 100)))
      (i32.add (i32.load8_u (i32.const 4)) (i32.load (i32.const 60000))))
    (func (export "pages") (result i32) (memory.size))
    (func (export "grow") (drop (memory.grow (i32.const 1))) (i32.store (i32.const 70000) (i32.const 1)))
    (func (export "trap") (unreachable)))
  (core instance $m (instantiate $M))
  ${['next', 'pages'].map((name) => `(func (export "${name}") (result u32) (canon lift (core func $m "${name}")))`).join('')}
  ${['grow', 'trap'].map((name) => `(func (export "${name}") (canon lift (core func $m "${name}")))`).join('')})`);

test('an instance never sees what an earlier one left in memory', () => {
  const linked = createLinker().link(counter);
  for (let round = 0; round < 20; round++) {
    using instance = linked.acquire();
    assert.deepEqual([instance.call('next', []), instance.call('next', [])], [108, 209]);
    assert.equal(instance.call('pages', []), 1);
    if (round % 3 === 1) instance.call('grow', []);
    if (round % 3 === 2) assert.throws(() => instance.call('trap', []), { code: 'TRAP_GUEST' });
  }
  const both = [linked.acquire(), linked.acquire()];
  assert.deepEqual(
    both.map((instance) => instance.call('next', [])),
    [108, 108],
  );
  for (const instance of both) instance[Symbol.dispose]();
});

test('a module that has a memory too many, or an import under our name, keeps its own', async () => {
  for (const core of [
    '(import "component-runtime" "other" (func $f (result i32))) (memory 1)',
    '(import "component-runtime" "memory" (func $f (result i32))) (memory 1)',
  ]) {
    const name = /"(other|memory)"/.exec(core)?.[1];
    const linked = createLinker().link(
      await component(`(component
        (core module $F (func (export "${name}") (result i32) (i32.const 5)))
        (core instance $f (instantiate $F))
        (core module $M ${core} (func (export "run") (result i32) (call $f)))
        (core instance $m (instantiate $M (with "component-runtime" (instance $f))))
        (func (export "run") (result u32) (canon lift (core func $m "run"))))`),
    );
    using instance = linked.acquire();
    assert.equal(instance.call('run', []), 5);
  }
  const linked = createLinker().link(
    await component(`(component
      (core module $A (memory (export "mem") 1) (data (i32.const 0) "\\05"))
      (core instance $a (instantiate $A))
      (core module $M
        (import "a" "mem" (memory 1)) (memory $own 1)
        (func (export "run") (result i32) (i32.add (i32.load8_u (i32.const 0)) (i32.load8_u $own (i32.const 0)))))
      (core instance $m (instantiate $M (with "a" (instance $a))))
      (func (export "run") (result u32) (canon lift (core func $m "run"))))`),
  );
  using instance = linked.acquire();
  assert.equal(instance.call('run', []), 5);
});
