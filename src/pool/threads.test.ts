import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { count, long } from '../../test/count.ts';
import { isCoded } from '../lib/errors.ts';
import { createCollector } from '../telemetry/collector.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { ManualClock } from '../testkit/index.ts';
import { createFolderVfs } from '../vfs/folder.ts';
import { createMemoryVfs } from '../vfs/memory.ts';
import { gateComponent, rogueComponent } from './fixtures/gate.ts';
import { type ThreadWorld, threadWorld } from './fixtures/threads.ts';
import { createThreadedPool } from './threads.ts';

const gateBytes = await gateComponent();
const rogueBytes = await rogueComponent();
const turn = () => new Promise(setImmediate);
const coded = (code: string) => (error: unknown) => isCoded(error) && error.code === code;

/** What became of each: its value, or the code of its error. */
async function outcomes(calls: readonly Promise<unknown>[]): Promise<readonly unknown[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((one) =>
    one.status === 'fulfilled' ? one.value : isCoded(one.reason) ? one.reason.code : one.reason,
  );
}

/** Resolves when so many guests run and have logged their line. */
async function noted({ logged }: ThreadWorld, times = 1): Promise<void> {
  await logged('Note', times);
}

describe('threads: deadlines', () => {
  it('end a guest that waits in a host call, and its host function hears it', async () => {
    // As long as the thread needs to say that the call is over, on any machine.
    await using world = await threadWorld({ deadlineMs: 5_000, graceMs: 600_000 });
    const { gate, clock, request, metrics } = world;
    await using app = await world.load(rogueBytes);
    const waiting = app.call(request('on-wait', 1));
    const ended = assert.rejects(waiting, coded('DEADLINE'));
    await gate.reached(1);
    await clock.advance({ seconds: 4 });
    const { signal } = gate.waiting[0]?.caller ?? assert.fail();
    assert.equal(signal.aborted, false);
    await clock.advance({ seconds: 2 });
    await ended;
    assert.equal(signal.aborted, true);
    gate.waiting[0]?.answer(7);
    assert.equal(await app.call(request('on-spin', 3)), 3);
    assert.deepEqual([metrics.value('hermes_instances'), world.pool.threads.length], [0, 2]);
    assert.equal(metrics.value('hermes_workers_lost_total'), 0);
  });

  it('replace the thread of a guest that runs for ever; others are named or run elsewhere', async () => {
    await using world = await threadWorld({ deadlineMs: 5_000, workers: 1, graceMs: 20 });
    const { gate, clock, request, metrics, log } = world;
    await using rogue = await world.load(rogueBytes);
    await using shop = await world.load(gateBytes, 'other');
    const started = shop.call(request('on-wait', 1));
    await gate.reached(1);
    const looping = rogue.call(request('on-loop', 2));
    await noted(world, 2);
    const behind = [3, 4, 5].map(() => shop.call(request('on-count')));
    const all = outcomes([looping, started, ...behind]);
    await clock.advance({ seconds: 6 });
    assert.deepEqual(await all, ['DEADLINE', 'DEADLINE', 1, 1, 1]);
    assert.equal(metrics.value('hermes_workers_lost_total'), 1);
    const [line] = log.find('Worker thread lost, another one takes its place');
    assert.deepEqual([line?.fields['app'], line?.fields['module']], ['shop', 'api']);
    assert.equal(await rogue.call(request('on-spin', 9)), 9);
  });

  it('begin when the guest is entered, not when it is sent', async () => {
    await using world = await threadWorld({ deadlineMs: 5_000, workers: 1, graceMs: 20 });
    const { clock, request } = world;
    await using app = await world.load(rogueBytes);
    const looping = assert.rejects(app.call(request('on-loop', 1)), coded('DEADLINE'));
    await noted(world);
    const behind = app.call(request('on-spin', 4));
    await clock.advance({ seconds: 6 });
    await looping;
    assert.equal(await behind, 4);
  });

  it('name the guest that runs on after it waited', async () => {
    await using world = await threadWorld({ deadlineMs: 5_000, workers: 1, graceMs: 20 });
    const { clock, gate, request } = world;
    await using app = await world.load(rogueBytes);
    await using other = await world.load(gateBytes, 'other');
    const waiting = other.call(request('on-wait', 1));
    const late = app.call(request('on-late-loop', 2));
    const both = outcomes([late, waiting]);
    await gate.reached(2);
    await clock.advance({ seconds: 3 });
    gate.waiting.find(({ n }) => n === 2)?.answer(0);
    const [thread] = world.pool.threads;
    while (thread?.running?.request.event.name !== 'hermes:gate/event#on-late-loop') await turn();
    await clock.advance({ seconds: 3 });
    assert.deepEqual(await both, ['DEADLINE', 'DEADLINE']);
    const [line] = world.log.find('Worker thread lost, another one takes its place');
    assert.equal(line?.fields['on'], 'hermes:gate/event#on-late-loop');
  });

  it('leave nothing behind, however many waiting guests they end', { timeout: 300_000 }, async () => {
    await using world = await threadWorld({ deadlineMs: 1_000, workers: 1, instances: 200 });
    const { clock, gate, request, metrics } = world;
    await using app = await world.load(rogueBytes);
    const rounds = count(10_000) / 100;
    let half = 0;
    for (let round = 0; round < rounds; round++) {
      if (round === Math.floor(rounds / 2)) half = process.memoryUsage.rss();
      const calls = Array.from({ length: 100 }, (_, n) => app.call(request('on-wait', n)));
      const ended = outcomes(calls);
      await gate.reached(100);
      await clock.advance({ seconds: 2 });
      assert.ok((await ended).every((each) => each === 'DEADLINE'));
      for (const each of [...gate.waiting]) each.answer(0);
    }
    assert.equal(await app.call(request('on-spin', 1)), 1);
    assert.deepEqual([metrics.value('hermes_instances'), world.pool.threads[0]?.inFlight], [0, 0]);
    // Each abandoned stack would hold a page of its own at the least, and its instance some 50 KiB.
    if (long)
      assert.ok(process.memoryUsage.rss() - half < 48 * 2 ** 20, 'memory grows with every ended call');
    assert.equal(metrics.value('hermes_workers_lost_total'), 0);
  });
});

describe('threads: traps', () => {
  it('endless recursion costs its call and nothing else', async () => {
    await using world = await threadWorld();
    const { request, metrics } = world;
    await using app = await world.load(rogueBytes);
    const calls = [app.call(request('on-recurse', 1)), app.call(request('on-spin', 5))];
    assert.deepEqual(await outcomes(calls), ['TRAP_GUEST', 5]);
    assert.equal(metrics.value('hermes_workers_lost_total'), 0);
  });
});

describe('threads: lost ones', () => {
  it('a silent thread is replaced, and its guest is named', async () => {
    const watch = { everyMs: 20, misses: 50 };
    await using world = await threadWorld({ workers: 1, watch });
    const { request } = world;
    await using app = await world.load(rogueBytes);
    const looping = app.call(request('on-loop', 1));
    assert.deepEqual(await outcomes([looping]), ['DEADLINE']);
    assert.equal(await app.call(request('on-spin', 2)), 2);
  });

  it('calls that were not entered run elsewhere, the others are lost', async () => {
    await using world = await threadWorld({ workers: 1 });
    const { request, gate, log } = world;
    await using app = await world.load(rogueBytes);
    const waiting = app.call(request('on-wait', 1));
    await gate.reached(1);
    const looping = app.call(request('on-loop', 2));
    await noted(world);
    const behind = app.call(request('on-spin', 3));
    const all = outcomes([waiting, looping, behind]);
    await turn();
    await world.pool.threads[0]?.terminate();
    assert.deepEqual(await all, ['WORKER_LOST', 'WORKER_LOST', 3]);
    const [line] = log.find('Worker thread lost, another one takes its place');
    assert.equal(line?.fields['on'], 'hermes:gate/event#on-loop');
  });

  it('a full heap ends a thread and not the process; what fills it is not sent for ever', async () => {
    await using world = await threadWorld({ workers: 1, heapMb: 24 });
    const { request, metrics } = world;
    await using app = await world.load(rogueBytes);
    const texts = Array.from({ length: 20_000 }, (_, n) => `text number ${n}`);
    const calls = Array.from({ length: 60 }, () => app.call(request('on-spin', [...texts])));
    const codes = new Set(await outcomes(calls));
    assert.ok(
      codes.has('WORKER_LOST') && codes.isSubsetOf(new Set(['WORKER_LOST', 'VALUE_TYPE'])),
      `${[...codes]}`,
    );
    const lost = metrics.value('hermes_workers_lost_total') ?? 0;
    assert.ok(lost > 0 && lost <= 3, `${lost}`);
    assert.equal(await app.call(request('on-spin', 7)), 7);
  });

  it('an application that costs two threads is to be stopped', async () => {
    await using world = await threadWorld({ workers: 1 });
    const { request, stopped } = world;
    await using app = await world.load(rogueBytes);
    for (const times of [1, 2]) {
      const lost = assert.rejects(app.call(request('on-loop', times)), coded('WORKER_LOST'));
      await noted(world, times);
      await world.pool.threads[0]?.terminate();
      await lost;
    }
    assert.deepEqual(
      stopped.map(({ code }) => code),
      ['WORKER_TWICE'],
    );
  });

  it('two losses that lie ten minutes apart are forgiven', async () => {
    await using world = await threadWorld({ workers: 1 });
    const { request, stopped, clock } = world;
    await using app = await world.load(rogueBytes);
    for (const times of [1, 2]) {
      const lost = assert.rejects(app.call(request('on-loop', times)));
      await noted(world, times);
      await world.pool.threads[0]?.terminate();
      await lost;
      await clock.advance({ minutes: 11 });
    }
    assert.deepEqual(stopped, []);
  });
});

/** What keeps a process going, counted by kind. */
function resources(): Readonly<Record<string, number>> {
  const kinds = Object.groupBy(process.getActiveResourcesInfo(), (kind) => kind);
  return Object.fromEntries(Object.entries(kinds).map(([kind, all]) => [kind, all?.length ?? 0]));
}

describe('threads: ending', () => {
  it('nothing is left of a pool, whatever happened in it', async () => {
    await turn();
    const before = resources();
    const world = await threadWorld({ workers: 2, graceMs: 20, deadlineMs: 1_000 });
    const app = await world.load(rogueBytes);
    const calls = ['on-wait', 'on-loop', 'on-spin', 'on-recurse'].map((on) => app.call(world.request(on, 1)));
    const all = outcomes(calls);
    await noted(world);
    await world.pool.threads[0]?.terminate();
    await world[Symbol.asyncDispose]();
    await all;
    await turn();
    assert.deepEqual(resources(), before);
    assert.equal(world.clock.sleeping, 0);
  });

  it('an application with a guest that runs for ever can be unloaded', async () => {
    await using world = await threadWorld({ workers: 1, graceMs: 20 });
    const { request } = world;
    const app = await world.load(rogueBytes);
    await using other = await world.load(gateBytes, 'other');
    const looping = assert.rejects(app.call(request('on-loop', 1)), coded('APP_UNLOADED'));
    await noted(world);
    await app[Symbol.asyncDispose]();
    await looping;
    assert.equal(await other.call(request('on-count')), 1);
  });

  it('a pool can be disposed while guests run for ever and threads are being replaced', async () => {
    const world = await threadWorld({ graceMs: 20 });
    const { request, metrics } = world;
    const app = await world.load(rogueBytes);
    const calls = outcomes([1, 2].map((n) => app.call(request('on-loop', n))));
    await noted(world, 2);
    await world.pool.threads[0]?.terminate();
    await world[Symbol.asyncDispose]();
    assert.deepEqual((await calls).toSorted(), ['APP_UNLOADED', 'WORKER_LOST']);
    assert.deepEqual([metrics.value('hermes_workers'), metrics.value('hermes_instances')], [0, 0]);
  });
});

describe('threads: starting', () => {
  it('a pool says why its threads cannot be started, and leaves none', async () => {
    const metrics = createMetrics();
    const deps = { clock: new ManualClock(), metrics, log: createCollector() };
    const halves = [{ name: 'gone', guest: new URL('./fixtures/no-such-guest.ts', import.meta.url) }];
    await assert.rejects(createThreadedPool({ halves, workers: 2 }, deps), (error) => {
      assert.ok(isCoded(error) && error.code === 'WORKER_START');
      assert.match(String(error.cause), /no-such-guest/);
      return true;
    });
    assert.deepEqual([metrics.value('hermes_workers'), metrics.value('hermes_workers_lost_total')], [0, 0]);
    assert.deepEqual(deps.log.lines, []);
  });

  it('an application whose files cannot be described is refused', async () => {
    await using world = await threadWorld({ workers: 1 });
    const { recipe: _, ...vfs } = createMemoryVfs({});
    const load = { app: { name: 'shop', version: '1' }, modules: [], vfs, log: world.log, answer: () => 1 };
    await assert.rejects(world.pool.load(load), coded('FILES_STAY'));
  });

  it('an application whose folder is gone is to be stopped when a thread is replaced', async () => {
    await using world = await threadWorld({ workers: 1 });
    const { stopped, pool, request } = world;
    const folder = await mkdtemp(join(tmpdir(), 'hermes-threads-'));
    await using app = await world.load(rogueBytes, 'shop', await createFolderVfs([{ path: '/www', folder }]));
    assert.equal(await app.call(request('on-spin', 3)), 3);
    await rm(folder, { recursive: true });
    await pool.threads[0]?.terminate();
    while (stopped.length === 0) await turn();
    assert.equal(stopped[0]?.code, 'MODULE_INVALID');
    assert.match(JSON.stringify(stopped[0]?.detail), /VFS_MOUNT/);
  });
});

describe('threads: scheduling', () => {
  it('what stands behind a guest that does not end goes to another thread', async () => {
    await using world = await threadWorld({ watch: { everyMs: 10, misses: 1_000_000 }, graceMs: 20 });
    const { request, metrics, pool } = world;
    const app = await world.load(rogueBytes);
    const [one] = pool.threads;
    const looping = outcomes([app.call(request('on-loop', 1))]);
    await noted(world);
    // As many again: every other one is sent to the thread that hears nothing.
    const calls = Array.from({ length: 20 }, (_, n) => app.call(request('on-spin', n + 1)));
    assert.deepEqual(
      await outcomes(calls),
      Array.from({ length: 20 }, (_, n) => n + 1),
    );
    assert.ok(pool.threads.some((thread) => thread.running?.request.event.name.endsWith('on-loop')));
    assert.deepEqual([metrics.value('hermes_workers_lost_total'), one?.closed], [0, false]);
    await app[Symbol.asyncDispose]();
    assert.deepEqual(await looping, ['APP_UNLOADED']);
  });

  it('spread evenly; a guest that waits for an answer runs nowhere', async () => {
    await using world = await threadWorld({ workers: 3 });
    const { request, pool, gate } = world;
    await using app = await world.load(rogueBytes);
    const all = Array.from({ length: 60 }, (_, n) => app.call(request('on-wait', n)));
    const ended = Promise.all(all);
    await gate.reached(60);
    assert.deepEqual(
      pool.threads.map(({ active, inFlight }) => [active, inFlight]),
      [0, 0, 0].map((active) => [active, 20]),
    );
    for (const each of [...gate.waiting]) each.answer(0);
    await ended;
  });
});
