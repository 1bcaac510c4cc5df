/** In a file, and so in a process, of its own: it takes all the address space that there is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { component } from './fixtures/text.ts';
import { createIdle } from './idle.ts';
import { createLinker } from './linker.ts';

/** V8 reserves gigabytes of address space for each memory: some 16,000 of them are all that there can be. */
const MOST = 40_000;

test('where there is no room for an instance, those that wait make some', async (t) => {
  const text = `(component
    (core module $M (memory 1) (func (export "f") (result i32) (memory.size)))
    (core instance $m (instantiate $M))
    (func (export "f") (result u32) (canon lift (core func $m "f"))))`;
  const idle = createIdle();
  const linker = createLinker({ idle });
  const [one, other] = [linker.link(await component(text)), linker.link(await component(text))];
  for (const instance of Array.from({ length: 20 }, () => one.acquire())) instance[Symbol.dispose]();
  assert.equal(idle.instances, 20);
  const taken: WebAssembly.Memory[] = [];
  try {
    while (taken.length < MOST) taken.push(new WebAssembly.Memory({ initial: 1 }));
    t.skip('there is room for more than anybody needs');
    return;
  } catch (error) {
    assert.ok(error instanceof RangeError);
  }
  using instance = other.acquire();
  assert.equal(instance.call('f', []), 1);
  assert.equal(idle.instances, 0);
  assert.ok(taken.length > 100);
});
