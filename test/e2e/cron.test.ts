import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { buildModule } from '../../src/build/build-module.ts';
import { installedWit } from '../../src/cli/wit.ts';
import { createNode, type Node } from '../../src/node.ts';
import { applicationOf } from '../../src/package/components.ts';
import { type Collector, createCollector } from '../../src/telemetry/collector.ts';
import { ManualClock } from '../../src/testkit/index.ts';
import { createMemoryVfs } from '../../src/vfs/memory.ts';
import { guest } from '../guests/build.ts';
import { pools } from './support.ts';

interface Running extends AsyncDisposable {
  readonly node: Node;
  readonly clock: ManualClock;
  /** What the modules logged, by module. */
  said(module: string): readonly string[];
  /** Moves the clock on by half minutes, each time until every tick was handled. */
  minutes(count: number): Promise<void>;
}

/** A node whose time stands still, with one module that adds entries and two that only hear of them. */
async function start(workers: number): Promise<Running> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-cron-')));
  const clock = new ManualClock();
  const log = createCollector();
  const config = { 'http-gateway': { port: 0 }, pool: { workers } };
  const node = stack.use(await createNode({ home: home.path, log, config, clock }));
  const folder = join(import.meta.dirname, 'cron');
  const { bytes } = await buildModule(folder, { wit: await installedWit() });
  const components = [
    { name: 'clock', bytes },
    { name: 'c-cron', bytes: await guest('c-cron') },
    { name: 'wat-cron', bytes: await guest('wat-cron') },
  ];
  await node.run(applicationOf({ name: 'cron', components, vfs: createMemoryVfs({}) }));
  const running = stack.move();
  return {
    node,
    clock,
    said: (module) => linesOf(log, module),
    async minutes(count) {
      for (let half = 0; half < 2 * count; half++) {
        await clock.advance({ seconds: 30 });
        while (node.metrics.value('hermes_events_queued') > 0) await new Promise(setImmediate);
      }
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

function linesOf(log: Collector, module: string): readonly string[] {
  return log
    .find('Guest says')
    .filter(({ fields }) => fields['module'] === module)
    .map(({ fields }) => String(fields['text']));
}

for (const { name, workers } of pools)
  test(`modules in three languages hear the ticks that one of them asked for, ${name}`, async () => {
    await using running = await start(workers);
    assert.deepEqual(running.said('clock'), ['init 3 * * * * | ']);
    await running.minutes(6);
    const said = running.said('clock').slice(1);
    assert.deepEqual(
      said.map((line) => line.split(' | ')[0]).toSorted(),
      [
        ...['each * * * * * false', 'twice * * * * * false', 'again 1 0 1 1 4 true'],
        ...['each * * * * * false', 'once */2 * * * * true'],
        ...['each * * * * * false', 'enough 3 * * * * false', 'again 3 0 1 1 4 true'],
        ...['again 4 0 1 1 4 true', 'again 6 0 1 1 4 true'],
      ].toSorted(),
    );
    const lists = said.filter((line) => line.startsWith('again')).map((line) => line.split(' | ')[1]);
    assert.equal(lists[0], 'each enough once! spin!', 'the entry that fires for the last time is gone');
    assert.equal(lists[2], 'enough spin!');

    const tags = said.map((line) => line.split(' ')[0]).toSorted();
    assert.deepEqual(running.said('wat-cron').toSorted(), tags);
    const counted = running.said('c-cron').map((line) => /^tick \d+ tag=(\w+) when=/.exec(line)?.[1] ?? line);
    assert.deepEqual(counted.toSorted(), tags);
  });

for (const { name, workers } of pools)
  test(`an unloaded application is not called, nor is one that stops, ${name}`, async () => {
    await using running = await start(workers);
    await running.minutes(1);
    const before = running.said('clock').length;
    await running.node.unload('cron');
    await running.minutes(3);
    assert.equal(running.said('clock').length, before);
    assert.equal(running.node.metrics.value('hermes_cron_entries'), 0);
    await running.node.drain();
  });

for (const { name, workers } of pools)
  test(`a module that arms itself again at once leaves room for others, and lets the engine stop, ${name}`, async () => {
    await using running = await start(workers);
    await running.clock.advance({ minutes: 30 });
    const spun = (): number => running.said('clock').filter((line) => line.startsWith('spin')).length;
    while (spun() < 50) await new Promise(setImmediate);
    await running.node.drain();
    const { length } = running.said('clock');
    await running.clock.advance({ minutes: 10 });
    assert.equal(running.said('clock').length, length);
  });
