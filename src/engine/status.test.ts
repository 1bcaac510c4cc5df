import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { failures } from '../lib/errors.ts';
import { gateComponent } from '../pool/fixtures/gate.ts';
import { pools } from '../pool/fixtures/pools.ts';
import { shop, worldOf } from '../pool/fixtures/world.ts';

const limit = failures({ LIMIT_KV: { blame: 'guest', text: 'Cannot store' } });
const bytes = await gateComponent();

for (const kind of pools)
  describe(`Engine.status() with the ${kind.name} pool`, () => {
    const world = () => worldOf(kind);

    it('names what a host function said rather than the trap that it became', async () => {
      const { engine, emit, gate, metrics } = await world();
      await using _ = engine;
      await engine.load(shop(bytes));
      const done = emit('on-wait', [1]);
      await gate.reached(1);
      gate.waiting[0]?.fail(limit('LIMIT_KV'));
      await done;
      const { code, text } = engine.status().apps[0]?.modules[0]?.lastError ?? {};
      assert.deepEqual([code, text], ['LIMIT_KV', 'Cannot store']);
      assert.equal(metrics.value('hermes_module_calls_total', { outcome: 'LIMIT_KV' }), 1);
    });

    it('tells applications, their modules and what is queued', async () => {
      const { engine, emit, gate, metrics } = await world();
      await using _ = engine;
      await engine.load(shop(bytes, ['a', 'b']));
      await emit('on-count', [], { modules: ['a'] });
      await emit('on-trap', [], { modules: ['b'] });
      const done = emit('on-wait', [1], { modules: ['a'] });
      await gate.reached(1);

      const { state, apps, queue } = engine.status();
      const [app] = apps;
      assert.deepEqual([state, app?.name, app?.version, app?.state], ['running', 'shop', '1.0.0', 'running']);
      const [a, b] = app?.modules ?? [];
      assert.deepEqual(a, { name: 'a', calls: 2, failed: 0 });
      assert.deepEqual([b?.calls, b?.failed, b?.lastError?.code], [1, 1, 'TRAP_GUEST']);
      assert.doesNotThrow(() => Temporal.Instant.from(b?.lastError?.at ?? ''));
      assert.deepEqual(app?.queue, { waiting: 0, running: 1, bytes: 0 });
      assert.deepEqual(queue, {
        ...app?.queue,
        limits: { events: 10_000, bytes: 256 * 1024 * 1024 },
      });

      gate.waiting[0]?.answer(0);
      await done;
      assert.deepEqual(engine.status().queue.running, 0);
      const handled = (outcome: string) => metrics.value('hermes_events_handled_total', { outcome });
      assert.deepEqual([handled('ok'), handled('failed')], [2, 1]);
      assert.equal(metrics.value('hermes_module_call_seconds', { module: 'a' }), 2);
      assert.equal(metrics.value('hermes_module_calls_total', { module: 'b', outcome: 'TRAP_GUEST' }), 1);
      assert.equal(metrics.value('hermes_host_calls_total', { extension: 'gate', outcome: 'ok' }), 1);
    });

    it('says that the engine stops, and counts what never ran', async () => {
      const { engine, emit, gate, metrics } = await world();
      await engine.load(shop(bytes));
      const running = emit('on-wait', [1]);
      await gate.reached(1);
      const waiting = emit('on-count');
      assert.deepEqual(engine.status().queue.waiting, 1);
      const drained = engine.drain();
      assert.deepEqual([engine.status().state, engine.status().apps[0]?.state], ['stopping', 'stopping']);
      await engine[Symbol.asyncDispose]();
      await Promise.allSettled([running, waiting, drained]);
      assert.equal(metrics.value('hermes_events_handled_total', { outcome: 'refused' }), 1);
      assert.deepEqual(engine.status().apps, []);
    });
  });
