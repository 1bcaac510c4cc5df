import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import type { GuestRequest, PooledApp } from '../engine/pool.ts';
import { createCollector } from '../telemetry/collector.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { ManualClock } from '../testkit/index.ts';
import { createMemoryVfs } from '../vfs/memory.ts';
import { createGate, gateComponent } from './fixtures/gate.ts';
import { createInlinePool } from './inline.ts';
import { createThreadedPool } from './threads.ts';

const PAGE = 65_536;
const turn = () => new Promise(setImmediate);

/** Takes as many pages as it is told, waits, takes as many again, and says how many of those it got in the end. */
const hoarder = new Uint8Array(
  await parse(`(component
    (import "hermes:gate/api" (instance $gate (export "wait" (func (param "n" u32) (result u32)))))
    (core func $wait (canon lower (func $gate "wait")))
    (core module $M
      (import "" "wait" (func $wait (param i32) (result i32)))
      (memory 1)
      (func (export "hoard") (param i32) (result i32) (local $left i32)
        (local.set $left (local.get 0))
        (drop (memory.grow (local.get 0)))
        (drop (call $wait (local.get 0)))
        (block $full (loop $next
          (br_if $full (i32.eqz (local.get $left)))
          (br_if $full (i32.eq (memory.grow (i32.const 1)) (i32.const -1)))
          (local.set $left (i32.sub (local.get $left) (i32.const 1)))
          (br $next)))
        (memory.size)))
    (core instance $m (instantiate $M (with "" (instance (export "wait" (func $wait))))))
    (func $hoard (param "n" u32) (result u32) (canon lift (core func $m "hoard")))
    (instance $event (export "hoard" (func $hoard)))
    (export "hermes:gate/event" (instance $event)))`),
);

let lastEvent = 0;
function request(name: string, args: readonly unknown[]): GuestRequest {
  const event = { id: ++lastEvent, depth: 0, name: `hermes:gate/event#${name}` };
  return { module: 0, event, counter: 0, args };
}

for (const workers of [0, 1]) {
  async function world(pages: number) {
    const gate = createGate();
    const [log, metrics, clock] = [createCollector(), createMetrics(), new ManualClock()];
    const options = { halves: [gate.extension()], instances: 64, memoryBytes: pages * PAGE };
    const deps = { clock, metrics, log };
    const pool = await (workers === 0
      ? createInlinePool(options, deps)
      : createThreadedPool({ ...options, workers }, deps));
    const load = (name: string, bytes: Uint8Array<ArrayBuffer>): Promise<PooledApp> =>
      pool.load({
        app: { name, version: '1.0.0' },
        modules: [{ name: 'm', id: 'id', bytes }],
        vfs: createMemoryVfs({}),
        log,
        answer: (_extension, _method, caller, [n]) => gate.wait(caller, Number(n)),
      });
    return { gate, log, metrics, load, [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
  }

  describe(`memory of all instances, ${workers} workers`, () => {
    it('is not exceeded: calls wait until others give theirs back, and those of another do not', async () => {
      await using made = await world(100);
      const { gate, load, metrics, log } = made;
      await using hoard = await load('hoard', hoarder);
      await using shop = await load('shop', await gateComponent());
      const calls = Array.from({ length: 12 }, () => hoard.call(request('hoard', [9])));
      // Each takes ten: five of them have half of all, and only when one of these ends can another begin.
      await gate.reached(5);
      const waits = (): number => metrics.value('hermes_memory_waits_total', { app: 'hoard' });
      while (waits() < calls.length - 5) await turn();
      assert.equal(await shop.call(request('on-count', [])), 1);
      assert.equal(gate.waiting.length, 5);
      for (let done = 0; done < calls.length; done++) {
        await gate.reached(1);
        assert.ok(gate.waiting.length <= 5);
        gate.waiting[0]?.answer(0);
        await Promise.race(calls.slice(done));
      }
      const sizes = (await Promise.all(calls)) as readonly number[];
      assert.ok(sizes.every((size) => size >= 10 && size <= 60));
      assert.equal(
        log.find('Events wait for memory: instances have all that they may, see pool.memoryBytes').length,
        1,
      );
    });

    it('is not exceeded by guests that go on: growth fails then', async () => {
      await using made = await world(40);
      const { gate, load } = made;
      await using hoard = await load('hoard', hoarder);
      const first = hoard.call(request('hoard', [9]));
      await gate.reached(1);
      const second = hoard.call(request('hoard', [8]));
      await gate.reached(2);
      gate.waiting.find(({ n }) => n === 9)?.answer(0);
      // Half of forty, without the nine of the other.
      assert.equal(await first, 11);
      gate.waiting[0]?.answer(0);
      assert.equal(await second, 17);
      const alone = hoard.call(request('hoard', [30]));
      await gate.reached(1);
      gate.waiting[0]?.answer(0);
      assert.equal(await alone, 31);
    });

    it('keeps nobody waiting whose application ends', async () => {
      await using made = await world(20);
      const { gate, load } = made;
      const hoard = await load('hoard', hoarder);
      const calls = Array.from({ length: 6 }, () => hoard.call(request('hoard', [9])));
      const ends = Promise.allSettled(calls);
      await gate.reached(1);
      await hoard[Symbol.asyncDispose]();
      assert.deepEqual(new Set((await ends).map(({ status }) => status)), new Set(['rejected']));
    });
  });
}
