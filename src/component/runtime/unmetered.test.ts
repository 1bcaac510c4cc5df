import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { compile } from './component.ts';
import { createIdle } from './idle.ts';
import { createLinker } from './linker.ts';

/** Waits on shared memory, which no limit could end; only one function does. */
const waits = new Uint8Array(
  await parse(`(component
    (core module $M
      (memory 1 1 shared)
      (global $n (mut i32) (i32.const 0))
      (func (export "wait") (drop (memory.atomic.wait32 (i32.const 0) (i32.const 1) (i64.const 0))))
      (func (export "next") (result i32)
        (global.set $n (i32.add (global.get $n) (i32.const 1))) (global.get $n)))
    (core instance $m (instantiate $M))
    (func (export "next") (result u32) (canon lift (core func $m "next"))))`),
);

test('a component that cannot be metered is refused, and the reason named', async () => {
  await assert.rejects(compile(waits), (error: { code: string; blame: string; detail: { what: string } }) => {
    assert.deepEqual([error.code, error.blame], ['CORE_UNMETERED', 'guest']);
    assert.match(error.detail.what, /waits on shared memory/);
    return true;
  });
});

test('whoever wants it all the same has a new instance each time, and no limits', async () => {
  const idle = createIdle();
  const component = await compile(waits, { unsupported: 'run' });
  const linked = createLinker({ idle }).link(component);
  linked.warm();
  for (let round = 0; round < 2; round++) {
    using instance = linked.acquire(undefined, { fuel: 1, pages: 100 });
    assert.deepEqual([instance.call('next', []), instance.call('next', [])], [1, 2]);
    assert.equal(instance.fuelUsed, 0);
  }
  assert.match(linked.obstacles.join(), /waits on shared memory/);
  assert.equal(idle.instances, 0);
});
