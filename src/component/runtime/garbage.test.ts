import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createGarbage } from './garbage.ts';

const MIB = 2 ** 20;

test('memories that were thrown away are given back before more is taken than may lie about', () => {
  const before = process.memoryUsage.rss();
  const garbage = createGarbage({ most: 128 * MIB });
  let most = 0;
  for (let round = 0; round < 40; round++) {
    garbage.tidy();
    const memory = new WebAssembly.Memory({ initial: 1_024 });
    new Uint8Array(memory.buffer).fill(1);
    garbage.add(memory, 64 * MIB);
    most = Math.max(most, process.memoryUsage.rss());
  }
  // Of 2.5 GiB: what may lie about, two more of which one is on its way, and what else the process does.
  assert.ok(most - before < 512 * MIB, `${(most - before) / MIB} MiB`);
});
