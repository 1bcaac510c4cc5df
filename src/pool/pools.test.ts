import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { fail } from '../engine/errors.ts';
import type { GuestLimits } from '../engine/guest-limits.ts';
import type { AnswerRemote, GuestRequest, PooledApp } from '../engine/pool.ts';
import { isCoded } from '../lib/errors.ts';
import { createCollector } from '../telemetry/collector.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { ManualClock } from '../testkit/index.ts';
import { createMemoryVfs } from '../vfs/memory.ts';
import { createGate, type Gate, gateComponent } from './fixtures/gate.ts';
import { type PoolKind, pools } from './fixtures/pools.ts';

const turn = () => new Promise(setImmediate);
const bytes = await gateComponent();
const stopped = fail('ENGINE_DISPOSED', { app: 'shop' });

/** Tests run one after the other; each describe says which pool they are about. */
async function worldOf(kind: PoolKind, { instances = 8, deadlineMs = 30_000 } = {}) {
  const gate = createGate();
  const metrics = createMetrics();
  const log = createCollector();
  const clock = new ManualClock();
  const halves = [gate.extension({ name: 'none' }), gate.extension()];
  const pool = await kind.create({ halves, instances, deadlineMs, clock, metrics, log });
  const asked: string[] = [];
  const answer: AnswerRemote = (extension, method, caller, args) => {
    asked.push(`${extension} ${method} ${args.join()}`);
    return gate.wait(caller, args[0] as number);
  };
  const load = (
    modules: readonly Uint8Array<ArrayBuffer>[] = [bytes],
    limits: Partial<GuestLimits> = {},
  ): Promise<PooledApp> =>
    pool.load({
      app: { name: 'shop', version: '1.0.0' },
      modules: modules.map((each, n) => ({ name: `m${n}`, id: `id-${n}`, bytes: each })),
      vfs: createMemoryVfs({}),
      log,
      answer,
      limits,
    });
  return {
    clock,
    gate,
    metrics,
    log,
    pool,
    load,
    asked,
    [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose](),
  };
}

/** The guest that waits with this number: threads may bring them in any order. */
const held = (gate: Gate, n: number) => gate.waiting.find((each) => each.n === n);
const numbers = (gate: Gate) => gate.waiting.map(({ n }) => n).sort();

let lastEvent = 0;
function request(
  name: string,
  args: readonly unknown[] = [],
  more: Partial<GuestRequest> = {},
): GuestRequest {
  const event = { id: ++lastEvent, depth: 0, name: `hermes:gate/event#${name}` };
  return { module: 0, event, counter: 0, args, ...more };
}

for (const kind of pools)
  describe(`${kind.name} pool`, () => {
    const world = (options = {}) => worldOf(kind, options);

    it('calls exports, each in an instance of its own', async () => {
      await using made = await world();
      const { load, metrics } = made;
      await using app = await load();
      assert.deepEqual([...(app.exports[0] ?? [])].sort(), [
        'hermes:gate/event#on-count',
        'hermes:gate/event#on-ticket',
        'hermes:gate/event#on-trap',
        'hermes:gate/event#on-wait',
      ]);
      assert.deepEqual([await app.call(request('on-count')), await app.call(request('on-count'))], [1, 1]);
      assert.equal(metrics.value('hermes_instances'), 0);
    });

    it('lets guests wait side by side, and tells who asks', async () => {
      await using made = await world();
      const { load, gate, asked } = made;
      await using app = await load();
      const event = { id: 77, depth: 3, name: 'hermes:gate/event#on-wait' };
      const first = app.call(request('on-wait', [1], { event, counter: 5 }));
      const second = app.call(request('on-wait', [2]));
      await gate.reached(2);
      assert.deepEqual(asked.sort(), ['gate wait 1', 'gate wait 2']);
      const { module, event: ref, counter } = held(gate, 1)?.caller ?? assert.fail();
      assert.deepEqual([module.name, module.id, ref.id, ref.depth, counter], ['m0', 'id-0', 77, 3, 5]);
      held(gate, 2)?.answer(20);
      assert.equal(await second, 20);
      held(gate, 1)?.answer(10);
      assert.equal(await first, 10);
    });

    it('ends the event when the guest has answered: signal first, then its state', async () => {
      await using made = await world();
      const { load, gate, log } = made;
      await using app = await load();
      const called = app.call(request('on-wait', [4]));
      await gate.reached(1);
      const { signal } = held(gate, 4)?.caller ?? assert.fail();
      assert.deepEqual([signal.aborted, log.lines.map(({ message }) => message)], [false, ['Note']]);
      gate.waiting[0]?.answer(0);
      await called;
      assert.equal(signal.aborted, true);
      assert.deepEqual(
        log.lines.map(({ message }) => message),
        ['Note', 'Signal aborted', 'State disposed'],
      );
      const { module, event, on } = log.lines[0]?.fields ?? {};
      assert.deepEqual([module, event, on], ['m0', lastEvent, 'hermes:gate/event#on-wait']);
    });

    it('gives resources the call too, and drops what a guest leaves behind', async () => {
      await using made = await world();
      const { load, log } = made;
      await using app = await load();
      assert.equal(await app.call(request('on-ticket', [9])), 109);
      const seen = log.lines.map(
        ({ message, fields }) => `${message.slice('Ticket '.length)} ${fields['n']}`,
      );
      assert.deepEqual(seen.slice(0, 4), ['made 1', 'dropped 1', 'made 9', 'made 100']);
      assert.deepEqual(seen.slice(4).sort(), ['dropped 100', 'dropped 9'], 'with the instance, in any order');
    });

    it('rejects when a guest traps, and goes on', async () => {
      await using made = await world();
      const { load, metrics } = made;
      await using app = await load();
      await assert.rejects(
        app.call(request('on-trap')),
        (error) => isCoded(error) && error.blame === 'guest',
      );
      assert.equal(await app.call(request('on-count')), 1);
      assert.equal(metrics.value('hermes_instances'), 0);
    });

    it('rejects when a remote answer fails, with the cause', async () => {
      await using made = await world();
      const { load, gate } = made;
      await using app = await load();
      const called = app.call(request('on-wait', [1]));
      await gate.reached(1);
      const cause = new Error('disk is gone');
      gate.waiting[0]?.fail(cause);
      await assert.rejects(
        called,
        (error) => isCoded(error) && Error.isError(error.cause) && error.cause.message === cause.message,
      );
    });

    it('leaves room for others when all guests of one application wait', async () => {
      await using made = await world({ instances: 4 });
      const { load, gate } = made;
      await using greedy = await load();
      await using modest = await load();
      const calls = [1, 2, 3, 4, 5, 6].map((n) => greedy.call(request('on-wait', [n])));
      await gate.reached(2);
      assert.equal(await modest.call(request('on-count')), 1);
      greedy.end(stopped);
      for (const outcome of await Promise.allSettled(calls)) assert.equal(outcome.status, 'rejected');
      assert.equal(gate.waiting.length, 2, 'those that waited never ran');
    });

    it('gives one application half of the instances, further calls wait in order', async () => {
      await using made = await world({ instances: 4 });
      const { load, gate, metrics } = made;
      await using app = await load();
      const calls = [1, 2, 3, 4].map((n) => app.call(request('on-wait', [n])));
      await gate.reached(2);
      await turn();
      assert.deepEqual(numbers(gate), [1, 2]);
      assert.deepEqual(
        [metrics.value('hermes_instances'), metrics.value('hermes_instances_awaited')],
        [2, 2],
      );
      held(gate, 1)?.answer(1);
      await calls[0];
      await gate.reached(2);
      assert.deepEqual(numbers(gate), [2, 3]);
      let over = false;
      const all = Promise.all(calls).finally(() => {
        over = true;
      });
      while (!over) {
        gate.waiting[0]?.answer(0);
        await turn();
      }
      await all;
      assert.equal(metrics.value('hermes_instances'), 0);
    });
  });

for (const kind of pools)
  describe(`${kind.name} pool ending`, () => {
    const world = (options = {}) => worldOf(kind, options);

    it('ends what is suspended and what waits for a place; late answers touch nothing', async () => {
      await using made = await world({ instances: 1 });
      const { load, gate, metrics, log } = made;
      const app = await load();
      const byUs = (error: unknown) => isCoded(error) && error.code === stopped.code;
      const suspended = assert.rejects(app.call(request('on-wait', [1])), byUs);
      const waiting = assert.rejects(app.call(request('on-wait', [2])), byUs);
      await gate.reached(1);
      app.end(stopped);
      await suspended;
      await waiting;
      await assert.rejects(app.call(request('on-count')), byUs);
      assert.equal(log.find('State disposed').length, 1);
      gate.waiting[0]?.answer(7);
      await turn();
      await app[Symbol.asyncDispose]();
      assert.deepEqual([metrics.value('hermes_instances'), metrics.value('hermes_components')], [0, 0]);
    });

    it('ends a guest that waits beyond the deadline, and its host function hears it', async () => {
      await using made = await world({ deadlineMs: 5_000 });
      const { load, gate, clock, metrics } = made;
      await using app = await load();
      const late = assert.rejects(app.call(request('on-wait', [1])), (error) => {
        assert.ok(isCoded(error));
        assert.deepEqual([error.code, error.detail['module'], error.detail['ms']], ['DEADLINE', 'm0', 5_000]);
        return true;
      });
      await gate.reached(1);
      const { signal } = held(gate, 1)?.caller ?? assert.fail();
      await clock.advance({ seconds: 4 });
      assert.equal(signal.aborted, false);
      await clock.advance({ seconds: 2 });
      await late;
      assert.equal(signal.aborted, true);
      assert.equal(await app.call(request('on-count')), 1);
      assert.equal(metrics.value('hermes_instances'), 0);
    });

    it('gives each application the time that it may take', async () => {
      await using made = await world({ deadlineMs: 60_000 });
      const { load, gate, clock } = made;
      await using patient = await load();
      await using hasty = await load(undefined, { wallClockMs: 1_000 });
      const late = assert.rejects(hasty.call(request('on-wait', [1])), {
        code: 'DEADLINE',
        blame: 'guest',
      });
      const other = patient.call(request('on-wait', [2]));
      await gate.reached(2);
      await clock.advance({ seconds: 2 });
      await late;
      held(gate, 2)?.answer(7);
      assert.equal(await other, 7);
    });

    it('says which value cannot cross, and goes on', async () => {
      await using made = await world();
      const { load, gate } = made;
      await using app = await load();
      const called = app.call(request('on-wait', [1]));
      await gate.reached(1);
      held(gate, 1)?.answer(() => 1);
      await assert.rejects(called, (error) => isCoded(error) && error.code === 'TRAP_HOST');
      await assert.rejects(app.call(request('on-wait', [() => 1])), isCoded);
      assert.equal(await app.call(request('on-count')), 1);
    });

    it('waits on disposal until its guests are gone, twice is harmless', async () => {
      await using made = await world();
      const { load, pool, metrics, gate } = made;
      const app = await load();
      const calls = [1, 2, 3].map((n) => assert.rejects(app.call(request('on-wait', [n]))));
      await gate.reached(3);
      await pool[Symbol.asyncDispose]();
      assert.equal(metrics.value('hermes_instances'), 0);
      await Promise.all(calls);
      await app[Symbol.asyncDispose]();
      await pool[Symbol.asyncDispose]();
    });
  });

for (const kind of pools)
  describe(`${kind.name} pool loading`, () => {
    const world = (options = {}) => worldOf(kind, options);

    it('compiles each distinct component once, and forgets it with its last user', async () => {
      await using made = await world();
      const { load, metrics } = made;
      const first = await load([bytes, bytes.slice()]);
      const second = await load([bytes.slice()]);
      assert.equal(metrics.value('hermes_components'), 1);
      await first[Symbol.asyncDispose]();
      assert.equal(await second.call(request('on-count')), 1);
      await second[Symbol.asyncDispose]();
      assert.equal(metrics.value('hermes_components'), 0);
    });

    it('names the missing imports of all modules at once', async () => {
      await using made = await world();
      const { load, metrics } = made;
      const missing = await gateComponent((text) => text.replace('hermes:gate/api', 'hermes:gone/api'));
      const partly = await gateComponent((text) => text.replaceAll('"note"', '"nota"'));
      await assert.rejects(load([missing, bytes, partly]), (error) => {
        assert.ok(isCoded(error));
        const { missing: named } = error.detail as { missing: readonly string[] };
        assert.equal(error.code, 'IMPORTS_MISSING');
        assert.ok(
          named.some((name) => name.startsWith('m0: hermes:gone/api')),
          String(named),
        );
        assert.ok(
          named.some((name) => name.startsWith('m2: hermes:gate/api') && name.includes('nota')),
          String(named),
        );
        assert.ok(!named.some((name) => name.startsWith('m1')));
        return true;
      });
      assert.equal(metrics.value('hermes_components'), 0);
    });

    it('says what is wrong with each module that is no component', async () => {
      await using made = await world();
      const { load, metrics } = made;
      const text = new TextEncoder().encode('not a component');
      const core = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
      await assert.rejects(load([text, bytes, core]), (error) => {
        assert.ok(isCoded(error));
        assert.equal(error.code, 'MODULE_INVALID');
        const faults = error.detail['faults'] as readonly { module: string; code: string }[];
        assert.deepEqual(
          faults.map(({ module, code }) => [module, code]),
          [
            ['m0', 'COMPONENT_NOT_WASM'],
            ['m2', 'COMPONENT_CORE_MODULE'],
          ],
        );
        return true;
      });
      assert.equal(metrics.value('hermes_components'), 0);
    });
  });
