import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import type { GuestLimits } from '../engine/guest-limits.ts';
import type { GuestRequest } from '../engine/pool.ts';
import { createCollector } from '../telemetry/collector.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { ManualClock } from '../testkit/index.ts';
import { createMemoryVfs } from '../vfs/memory.ts';
import { type PoolKind, pools } from './fixtures/pools.ts';

/** Computes, grows and counts; each function takes a number and answers one. */
async function guest(memory = 1, start = ''): Promise<Uint8Array<ArrayBuffer>> {
  const names = ['compute', 'grow', 'count'];
  const lifts = names.map(
    (name) => `(func $${name} (param "n" u32) (result s32) (canon lift (core func $m "${name}")))`,
  );
  const exports = names.map((name) => `(export "${name}" (func $${name}))`);
  return new Uint8Array(
    await parse(`(component
      (core module $M
        (memory ${memory})
        (global $calls (mut i32) (i32.const 0))
        (func (export "compute") (param i32) (result i32) (local $at i32)
          (loop $next
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br_if $next (i32.ne (local.get $at) (local.get 0))))
          (local.get $at))
        (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0)))
        (func (export "count") (param i32) (result i32)
          (global.set $calls (i32.add (global.get $calls) (i32.const 1)))
          (global.get $calls))
        ${start})
      (core instance $m (instantiate $M))
      ${lifts.join('\n')}
      (instance $i ${exports.join(' ')})
      (export "test:limits/event" (instance $i)))`),
  );
}

let lastEvent = 0;
function request(name: string, n = 0): GuestRequest {
  const event = { id: ++lastEvent, depth: 0, name: `test:limits/event#${name}` };
  return { module: 0, event, counter: 0, args: [n] };
}

async function worldOf(kind: PoolKind) {
  const log = createCollector();
  const pool = await kind.create({
    halves: [],
    instances: 8,
    clock: new ManualClock(),
    metrics: createMetrics(),
    log,
  });
  const spent: number[] = [];
  const load = (bytes: Uint8Array<ArrayBuffer>, limits?: Partial<GuestLimits>) =>
    pool.load({
      app: { name: 'shop', version: '1.0.0' },
      modules: [{ name: 'm', id: 'id', bytes }],
      vfs: createMemoryVfs({}),
      log,
      answer: () => undefined,
      ...(limits && { limits }),
      spent: (module, fuel) => spent.push(module === 0 ? fuel : Number.NaN),
    });
  return { load, spent, log, [Symbol.asyncDispose]: () => pool[Symbol.asyncDispose]() };
}

const bytes = await guest();
const small: Partial<GuestLimits> & { readonly fuel: number } = { fuel: 10_000_000, memoryBytes: 4 * 65_536 };
const counts = new Set<number>();

for (const kind of pools)
  describe(`limits in the ${kind.name} pool`, () => {
    it('ends what computes too much, while others are served', async () => {
      await using world = await worldOf(kind);
      await using app = await world.load(bytes, small);
      const all = await Promise.allSettled(
        Array.from({ length: 40 }, (_, n) => app.call(request(n % 4 === 0 ? 'compute' : 'count', 0))),
      );
      for (const [n, { status, ...rest }] of all.entries()) {
        if (n % 4 === 0) {
          const { reason } = rest as { reason: { code: string; blame: string } };
          assert.deepEqual([status, reason.code, reason.blame], ['rejected', 'FUEL', 'guest']);
        } else assert.deepEqual([status, rest], ['fulfilled', { value: 1 }]);
      }
      assert.equal(world.spent.filter((fuel) => fuel >= small.fuel).length, 10);
    });

    it('says what was computed: the same for the same call, always and everywhere', async () => {
      await using world = await worldOf(kind);
      await using app = await world.load(bytes);
      for (let round = 0; round < 4; round++) assert.equal(await app.call(request('compute', 5_000)), 5_000);
      assert.equal(world.spent.length, 4);
      for (const fuel of world.spent) counts.add(fuel);
      assert.equal(counts.size, 1);
    });

    it('lets memory grow to the limit, in each call anew', async () => {
      await using world = await worldOf(kind);
      await using app = await world.load(bytes, small);
      for (let round = 0; round < 6; round++) {
        assert.deepEqual([await app.call(request('grow', 3)), await app.call(request('grow', 4))], [1, -1]);
      }
    });

    it('refuses a call that begins with more memory than it may have', async () => {
      await using world = await worldOf(kind);
      await using app = await world.load(await guest(5), small);
      await assert.rejects(app.call(request('count')), { code: 'LIMIT_MEMORY', blame: 'guest' });
    });

    it('says why a module gets a new instance for each event', async () => {
      await using world = await worldOf(kind);
      const grows = `(table $t 1 funcref) (func (drop (table.grow $t (ref.null func) (i32.const 1))))`;
      await using app = await world.load(await guest(1, grows));
      assert.deepEqual([await app.call(request('count')), await app.call(request('count'))], [1, 1]);
      const lines = world.log.lines.filter(({ message }) => message.startsWith('Module gets a new instance'));
      assert.ok(lines.length > 0);
      assert.match(String(lines[0]?.fields['why']), /grows a table/);
    });

    it('refuses at load what traps whenever it starts', async () => {
      await using world = await worldOf(kind);
      const starting = await guest(1, '(func $start (unreachable)) (start $start)');
      await assert.rejects(world.load(starting), { code: 'MODULE_INVALID' });
    });
  });
