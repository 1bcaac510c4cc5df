import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createCollector } from '../telemetry/collector.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { ManualClock } from '../testkit/index.ts';
import { createMemoryVfs } from '../vfs/memory.ts';
import { createGate, gateComponent } from './fixtures/gate.ts';
import { pools } from './fixtures/pools.ts';

/** Asks again and again, as long as it gets a number other than 0. */
const asks = await gateComponent((text) =>
  text.replace('(call $note (local.get 0))\n      (call $wait (local.get 0))', () => {
    return '(loop $again (br_if $again (call $wait (local.get 0)))) (local.get 0)';
  }),
);

for (const kind of pools)
  describe(`${kind.name} pool`, () => {
    it('ends a guest that gets every answer at once, when its time is over', async () => {
      const clock = new ManualClock();
      const log = createCollector();
      const metrics = createMetrics();
      await using pool = await kind.create({
        halves: [createGate().extension({ name: 'none' }), createGate().extension()],
        instances: 8,
        deadlineMs: 30_000,
        clock,
        metrics,
        log,
      });
      const asked = Promise.withResolvers<void>();
      await using loaded = await pool.load({
        app: { name: 'shop', version: '1.0.0' },
        modules: [{ name: 'api', id: 'id', bytes: asks }],
        vfs: createMemoryVfs({}),
        log,
        answer: () => {
          asked.resolve();
          return 1;
        },
      });
      const event = { id: 1, depth: 0, name: 'hermes:gate/event#on-wait' } as const;
      const ended = assert.rejects(loaded.call({ module: 0, event, counter: 0, args: [7] }), {
        code: 'DEADLINE',
      });
      await asked.promise;
      // Would never come if the guest had the loop for itself.
      await new Promise(setImmediate);
      await clock.advance({ seconds: 31 });
      await ended;
    });
  });
