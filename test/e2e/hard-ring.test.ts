import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Reply } from '../../src/engine/extension.ts';
import { isCoded } from '../../src/lib/errors.ts';
import { checkLog } from '../conformance/check-log.ts';
import { createRing, ringComponent } from './hard/ring/index.ts';
import { type HardWorld, hardComponent, hardWorld, workerCounts } from './hard/world.ts';

/** Events that a first one may cause, one the other. */
const CAUSES = 32;

const [hard, hands] = await Promise.all([hardComponent(), ringComponent()]);

/** Codes of an error and its causes. */
function codes(error: unknown): readonly string[] {
  return isCoded(error) ? [error.code, ...codes(error.cause)] : [];
}

/** Nothing waits, runs or is held, and the log shows order. */
async function assertOver({ node, lines }: HardWorld): Promise<void> {
  for (const gauge of ['hermes_events_queued', 'hermes_events_queued_bytes', 'hermes_instances'])
    assert.equal(node.metrics.value(gauge), 0, gauge);
  const { faults, open } = await checkLog(lines);
  assert.deepEqual({ faults, open }, { faults: [], open: [] });
}

for (const workers of workerCounts) {
  describe(workers === 0 ? 'in one thread' : `with ${workers} workers`, { timeout: 60_000 }, () => {
    const refusedFor = ({ node }: HardWorld, code: string) =>
      node.metrics.value('hermes_events_refused_total', { code });

    test('applications in a ring end with CAUSE_DEPTH, named and counted', async () => {
      for (const apps of [['left', 'right'], ['alone'], ['a', 'b', 'c']]) {
        const ring = createRing(apps);
        const world = await hardWorld({ workers, extensions: [ring.extension] });
        await using _ = world;
        for (const app of apps) await world.run(app, hands);
        const [first = ''] = apps;
        ring.begin(first, 1);
        await world.idle();
        assert.deepEqual(
          ring.passed.map(({ app, queued }) => [app, queued.event.depth]),
          Array.from({ length: CAUSES + 1 }, (_, depth) => [apps[depth % apps.length], depth]),
        );
        const replies = (await Promise.all(ring.passed.map(({ queued }) => queued.done))).flat();
        const last = replies.pop();
        assert.ok(replies.every(({ ok }) => ok));
        assert.ok(last && !last.ok);
        assert.deepEqual(codes(last.error), ['TRAP_HOST', 'CAUSE_DEPTH']);
        assert.equal(refusedFor(world, 'CAUSE_DEPTH'), 1);
        // One line says which application, module and event it was, and why.
        const lines = world.said('Module failed to handle event');
        assert.equal(lines.length, 1);
        assert.deepEqual(
          [lines[0]?.['app'], lines[0]?.['on'], lines[0]?.['event']],
          [apps[CAUSES % apps.length], 'hermes:ring/event#on-turn', ring.passed.at(-1)?.queued.event.id],
        );
        assert.match(JSON.stringify(lines[0]), /CAUSE_DEPTH/);
        await world.node.drain();
        await assertOver(world);
      }
    });

    test('many rings at once hold up nobody, and a stopping engine lets them end', async () => {
      const ring = createRing(['left', 'right']);
      const world = await hardWorld({ workers, extensions: [ring.extension] });
      await using _ = world;
      for (const app of ['left', 'right']) await world.run(app, hands);
      await world.run('shop', hard);
      const rounds = 100;
      for (let round = 0; round < rounds; round++) ring.begin(round % 2 ? 'left' : 'right', round);
      // A request takes its turn among them: it is over long before they are.
      assert.equal((await world.ask('shop', 'PUT', '/api/echo', { body: 'four' })).text, '4');
      assert.ok(ring.passed.length < rounds * CAUSES, 'the rings go on');
      await world.node.drain();
      assert.equal(ring.passed.length, rounds * (CAUSES + 1));
      const replies = (await Promise.all(ring.passed.map(({ queued }) => queued.done))).flat();
      assert.equal(replies.filter(({ ok }) => ok).length, rounds * CAUSES);
      assert.equal(refusedFor(world, 'CAUSE_DEPTH'), rounds);
      await assertOver(world);
    });

    test('a ring ends where an application of it goes', async () => {
      const ring = createRing(['left', 'right']);
      const world = await hardWorld({ workers, extensions: [ring.extension] });
      await using _ = world;
      for (const app of ['left', 'right']) await world.run(app, hands);
      const rounds = 20;
      for (let round = 0; round < rounds; round++) ring.begin('left', round);
      await ring.passed[0]?.queued.done;
      await world.node.unload('right');
      await world.idle();
      const replies: Reply[] = (await Promise.all(ring.passed.map(({ queued }) => queued.done))).flat();
      const failed = replies.filter((reply) => !reply.ok);
      assert.equal(failed.length, rounds, 'each round ends with one failure');
      for (const { error } of failed)
        assert.match(codes(error).join(' '), /^TRAP_HOST (APP_GONE|CAUSE_DEPTH)$/);
      assert.ok(world.node.apps.has('left'));
      await assertOver(world);
    });

    test('two modules that write each other’s keys end, however often their updates fork', async () => {
      const world = await hardWorld({ workers });
      await using _ = world;
      await world.run('shop', hard, ['one', 'two']);
      const before = world.said('Event handled').length;
      await world.ask('shop', 'POST', '/api/pair');
      await world.idle();
      // Each update is for two modules that both write: one that waits stands for all that follow it.
      const events = world.said('Event handled').length - before;
      assert.ok(events > 2 * CAUSES && events < 16 * CAUSES, `${events} events`);
      assert.ok((refusedFor(world, 'CAUSE_DEPTH') ?? 0) > 0);
      const [line] = world.said('Update of a key dropped, the event was refused');
      assert.equal(line?.['code'] ?? line?.['error']?.code, 'CAUSE_DEPTH');
      await world.node.drain();
      await assertOver(world);
    });
  });
}
