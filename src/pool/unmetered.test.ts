import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { createClock } from '../lib/clock.ts';
import { createCollector } from '../telemetry/collector.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { createMemoryVfs } from '../vfs/memory.ts';
import { createPool } from './create-pool.ts';

/** Has a function that waits on shared memory, and one that does not. */
const bytes = new Uint8Array(
  await parse(`(component
    (core module $M
      (memory 1 1 shared)
      (func (export "wait") (drop (memory.atomic.wait32 (i32.const 0) (i32.const 1) (i64.const 0))))
      (func (export "seven") (result i32) (i32.const 7)))
    (core instance $m (instantiate $M))
    (func $seven (result u32) (canon lift (core func $m "seven")))
    (instance $i (export "seven" (func $seven)))
    (export "test:unmetered/event" (instance $i)))`),
);

for (const workers of [0, 1]) {
  test(`what cannot be metered is refused unless the operator allows it, ${workers} workers`, async () => {
    const log = createCollector();
    const load = {
      app: { name: 'shop', version: '1.0.0' },
      modules: [{ name: 'api', id: 'id', bytes }],
      vfs: createMemoryVfs({}),
      log,
      answer: () => undefined,
    };
    const open = (unmetered: boolean) =>
      createPool(
        { workers, halves: [], instances: 2, deadlineMs: 30_000, unmetered },
        { clock: createClock(), metrics: createMetrics(), log },
      );
    {
      await using pool = await open(false);
      await assert.rejects(
        pool.load(load),
        (error: { code: string; detail: { faults: { code: string }[] } }) => {
          assert.deepEqual([error.code, error.detail.faults[0]?.code], ['MODULE_INVALID', 'CORE_UNMETERED']);
          return true;
        },
      );
    }
    await using pool = await open(true);
    await using app = await pool.load(load);
    const event = { id: 1, depth: 0, name: 'test:unmetered/event#seven' };
    assert.equal(await app.call({ module: 0, event, counter: 0, args: [] }), 7);
    const warnings = log.lines.filter(({ level }) => level === 'warn');
    assert.deepEqual(
      warnings.map(({ message, fields }) => [message, fields['module']]),
      [['Module runs without limits of fuel and memory', 'api']],
    );
  });
}
