import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { before, describe, test } from 'node:test';
import { long } from '../count.ts';
import { drive } from './drive.ts';
import { collector, remember, resources } from './left.ts';
import { growth } from './slope.ts';
import { type SoakWorld, soakGuests, soakWorld } from './world.ts';

const EVENTS = long ? 1_000_000 : 2_000;
/** Between two looks at the memory. */
const ROUND = EVENTS / (long ? 100 : 10);
/** In a short run nobody waits for a second: reloads come at least this often. */
const RELOAD_EVENTS = EVENTS / 10;
const MIB = 2 ** 20;

const collect = collector();
let guests: Awaited<ReturnType<typeof soakGuests>>;
before(async () => {
  guests = await soakGuests();
});

test('growth is that of the later half, as a part of what is there', () => {
  const samples = Array.from({ length: 20 }, (_, n) => ({ events: n * 10_000, rss: 1_000 + n }));
  assert.ok(Math.abs(growth(samples) - 10 / 1_014.5) < 1e-9);
  assert.equal(growth(samples.map(({ events }, n) => ({ events, rss: n < 10 ? n : 7 }))), 0);
});

/** What a world that is over says of itself. */
function gaugesOf({ node: { metrics } }: SoakWorld) {
  const of = (name: string) => metrics.value(`hermes_${name}`) ?? 0;
  return {
    queued: of('events_queued'),
    instances: of('instances'),
    apps: of('apps'),
    workers: of('workers'),
    lost: of('workers_lost_total'),
  };
}

for (const workers of [0, 2]) {
  const name = workers === 0 ? 'in one thread' : `with ${workers} workers`;
  describe(`${EVENTS.toLocaleString('en')} events ${name}`, { timeout: 3_600_000 }, () => {
    test('none fails, memory stays, and nothing is left', async (t) => {
      const signal = new AbortController();
      const remembered = remember(collect);
      const life = async (events: number) => {
        const { world, ...found } = await lived(events);
        return { ...found, gauges: gaugesOf(world) };
      };
      const lived = async (events: number) => {
        await using world = await soakWorld({ workers, guests, remembered });
        const found = await drive(world, { events, round: ROUND, reloadEvents: RELOAD_EVENTS, collect });
        await world.node.drain({ signal: signal.signal });
        assert.deepEqual(world.complaints, []);
        return { ...found, world };
      };
      // What a first life leaves for good (compiled code, pooled handles) is no leak.
      await life(ROUND);
      assert.deepEqual(await remembered.left(), []);
      const before = { resources: resources(), heap: process.memoryUsage().heapUsed };

      const delay = monitorEventLoopDelay();
      delay.enable();
      const { samples, reloads, gauges } = await life(EVENTS);
      delay.disable();
      assert.deepEqual(await remembered.left(), []);
      const { heapUsed, rss } = process.memoryUsage();
      const grown = growth(samples);
      const mib = samples.map((sample) => Math.round(sample.rss / MIB));
      t.diagnostic(`${reloads} reloads; ${(grown * 100).toFixed(2)} % for each 100,000 events`);
      t.diagnostic(`resident MiB: ${mib.join(' ')}, ${Math.round(rss / MIB)} after disposal`);
      t.diagnostic(`the loop was late by ${Math.round(delay.max / 1e6)} ms at most`);
      t.diagnostic(`heap grew by ${((heapUsed - before.heap) / MIB).toFixed(2)} MiB over a whole life`);
      assert.ok(reloads >= 5, `${reloads} reloads`);
      if (long) assert.ok(grown <= 0.01, `resident memory grows by ${grown * 100} % for each 100,000 events`);
      assert.ok(heapUsed - before.heap < 8 * MIB, `${heapUsed - before.heap} bytes of heap are left`);
      assert.deepEqual(resources(), before.resources);
      assert.deepEqual(getEventListeners(signal.signal, 'abort'), []);
      assert.deepEqual(gauges, { queued: 0, instances: 0, apps: 0, workers: 0, lost: 0 });
    });
  });
}
