import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Reply } from '../../src/engine/extension.ts';
import { isCoded } from '../../src/lib/errors.ts';
import { gateComponent } from '../../src/pool/fixtures/gate.ts';
import { ManualClock } from '../../src/testkit/index.ts';
import { checkLog } from '../conformance/check-log.ts';
import {
  concurrency,
  type HardWorld,
  hardComponent,
  hardWorld,
  initWaits,
  workerCounts,
} from './hard/world.ts';

const turn = () => new Promise(setImmediate);
const hard = await hardComponent();

/** What the log says of order, once the world is gone. */
async function assertOrder({ lines }: HardWorld): Promise<void> {
  const { faults, open } = await checkLog(lines);
  assert.deepEqual({ faults, open }, { faults: [], open: [] });
}

for (const workers of workerCounts) {
  describe(workers === 0 ? 'in one thread' : `with ${workers} workers`, { timeout: 60_000 }, () => {
    test('a handler that writes its own key ends with CAUSE_DEPTH, and what it wrote stands', async () => {
      const world = await hardWorld({ workers });
      await using _ = world;
      await world.run('shop', hard);
      for (const round of [1, 2]) {
        await world.ask('shop', 'POST', '/api/own');
        await world.idle();
        // The request wrote 1, and each of 32 updates, one caused by the other, added one.
        assert.equal((await world.ask('shop', 'GET', '/api/own')).text, '33');
        const dropped = world.said('Update of a key dropped, the event was refused');
        assert.deepEqual(
          dropped.map(({ error, code }) => error?.code ?? code),
          Array(round).fill('CAUSE_DEPTH'),
        );
      }
      await world.node.drain();
      await assertOrder(world);
    });

    test('a handler that arms its own tag leaves room for others, and ends with its application', async () => {
      const world = await hardWorld({ workers });
      await using _ = world;
      await world.run('shop', hard);
      await world.ask('shop', 'POST', '/api/armed');
      const rounds = async () => Number((await world.ask('shop', 'GET', '/api/armed')).text);
      for (let asked = 0; (await rounds()) < 50; asked++) assert.ok(asked < 5_000, 'the tag is not served');
      await world.node.unload('shop');
      assert.equal(world.node.metrics.value('hermes_cron_entries'), 0);
      assert.equal(world.node.metrics.value('hermes_events_queued'), 0);
      await assertOrder(world);
    });

    test('an application that floods has its own turns and bounds, and takes nobody else’s', async () => {
      const world = await hardWorld({ workers });
      await using _ = world;
      await world.run('greedy', hard);
      await world.run('modest', hard);
      let served = 0;
      const kib = 1_024;
      const flood = Array.from({ length: 1_000 }, (_, n) => {
        const { done } = world.request('greedy', `${n}`, 60 * kib);
        return done.then(([reply]) => {
          served++;
          return reply;
        });
      });
      assert.throws(
        () => world.request('greedy', 'more', 6_000 * kib),
        (error) => isCoded(error) && error.code === 'QUEUE_FULL' && error.detail['bound'] === 'bytesPerApp',
      );
      while (served < concurrency) await turn();

      // All at once: they take turns with the flood.
      const before = served;
      const many = Array.from(
        { length: 50 },
        (_, n) => world.request('modest', `${n}`, (6_000 * kib) / 50).done,
      );
      for (const reply of (await Promise.all(many)).flat()) assert.ok(reply.ok);
      assert.ok(served - before <= 50 + 2 * concurrency, `${served - before} of the flood went first`);
      // One by one: each finds a place in the next turn.
      for (let n = 0; n < 20; n++) {
        const from = world.lines.length;
        const [reply] = await world.request('modest', 'one', kib).done;
        assert.ok(reply?.ok);
        // What counts is when it was given to its module: answers may come in batches.
        const given = world.lines.slice(from).filter((line) => line.includes('Event given to module'));
        const first = given.findIndex((line) => line.includes('"app":"modest"'));
        assert.ok(first >= 0 && first <= concurrency, `${first} of the flood went first`);
      }
      assert.ok(served < 1_000, 'the flood was there all the time');
      assert.equal((await world.ask('modest', 'PUT', '/api/echo', { body: 'four' })).text, '4');
      for (const reply of await Promise.all(flood)) assert.ok(reply?.ok);
      await world.node.drain();
      await assertOrder(world);
    });

    test('an init that waits for what waits for init is ended by its deadline', async () => {
      const clock = new ManualClock();
      let waiting: Promise<readonly Reply[]> | undefined;
      const world: HardWorld = await hardWorld({
        workers,
        clock,
        hooks: {
          binding: ({ name: app }) => ({
            calls: {
              async wait() {
                const name = 'hermes:gate/event#on-count';
                waiting = world.emit({ name, source: ['gate'], app, args: [] }).done;
                return (await waiting)[0];
              },
            },
          }),
        },
      });
      await using _ = world;
      const running = world.run('shop', await initWaits());
      const refused = assert.rejects(running, (error) => {
        assert.ok(isCoded(error) && isCoded(error.cause), String(error));
        assert.deepEqual([error.code, error.cause.code], ['INIT_FAILED', 'DEADLINE']);
        return true;
      });
      while (!waiting) await turn();
      const answer = await world.ask('shop', 'GET', '/api');
      assert.deepEqual([answer.status, Boolean(answer.headers['retry-after'])], [503, true]);
      while (world.said('Event handled').length === 0) await clock.advance({ seconds: 1 });
      await refused;
      const [reply] = await waiting;
      assert.ok(reply && !reply.ok && isCoded(reply.error));
      assert.equal(reply.error.code, 'APP_GONE');
      assert.equal(world.node.metrics.value('hermes_events_queued'), 0);
      assert.equal(world.node.apps.size, 0);
      await assertOrder(world);
    });

    test('a stop in the middle of all of it leaves nothing without an answer', async () => {
      const world = await hardWorld({ workers });
      await using _ = world;
      await world.run('shop', hard);
      await world.run('gated', await gateComponent());
      const events: Promise<readonly Reply[]>[] = [];
      for (let n = 0; n < 100; n++) {
        const name = 'hermes:gate/event#on-wait';
        events.push(world.emit({ name, source: ['gate', `${n % 20}`], app: 'gated', args: [n] }).done);
      }
      await world.gate.reached(concurrency / 2);
      await world.ask('shop', 'POST', '/api/armed');
      await world.ask('shop', 'POST', '/api/own');
      for (let n = 0; n < 300; n++) events.push(world.request('shop', `${n % 150}`, 1_024).done);
      const requests = Array.from({ length: 30 }, () => world.ask('shop', 'PUT', '/api/echo', { body: 'x' }));
      let answered = 0;
      for (const request of requests)
        request.then(
          () => answered++,
          () => undefined,
        );
      while (answered < 5) await turn();
      const drained = world.node.drain();
      assert.throws(
        () => world.request('shop', 'late', 1),
        (error) => isCoded(error) && error.code === 'APP_GONE',
      );
      for (const { answer } of world.gate.waiting.slice(0, 3)) answer(1);
      for (let n = 0; n < 5; n++) await turn();
      await world.node[Symbol.asyncDispose]();
      await Promise.allSettled([drained]);

      const codes = new Set<string>();
      for (const reply of (await Promise.all(events)).flat()) {
        assert.ok(reply.ok || isCoded(reply.error));
        codes.add(reply.ok ? 'ok' : (reply.error as { code: string }).code);
      }
      assert.ok(codes.has('ok'));
      assert.deepEqual([...codes].filter((code) => code !== 'ok').toSorted(), [
        'APP_GONE',
        'ENGINE_DISPOSED',
      ]);
      // A client may have been too late for the gateway; the engine answered every request that it had read.
      const settled = await Promise.allSettled(requests);
      for (const each of settled) {
        if (each.status === 'fulfilled') assert.ok([200, 502, 503].includes(each.value.status));
        else assert.match(each.reason.code, /^ECONN(RESET|REFUSED)$/);
      }
      const counted = (status: string) =>
        world.node.metrics.value('hermes_http_requests_total', { app: 'shop', status });
      assert.equal(counted('gone'), 0);
      const heard = settled.filter(({ status }) => status === 'fulfilled').length;
      assert.equal(counted('2xx') + counted('5xx'), heard + 2);
      assert.equal(world.node.metrics.value('hermes_events_queued'), 0);
      assert.equal(
        world.gate.waiting.every(({ caller }) => caller.signal.aborted),
        true,
      );
      await assertOrder(world);
    });
  });
}
