import assert from 'node:assert/strict';
import { connect, type Socket } from 'node:net';
import { describe, test } from 'node:test';
import type { Reply } from '../../src/engine/extension.ts';
import { isHttpGateway } from '../../src/extensions/http-gateway/index.ts';
import { isCoded } from '../../src/lib/errors.ts';
import { applicationOf } from '../../src/package/components.ts';
import { gateComponent } from '../../src/pool/fixtures/gate.ts';
import { createMemoryVfs } from '../../src/vfs/memory.ts';
import { checkLog } from '../conformance/check-log.ts';
import { createRing, ringComponent } from './hard/ring/index.ts';
import { concurrency, type HardWorld, hardComponent, hardWorld, workerCounts } from './hard/world.ts';

const turn = () => new Promise(setImmediate);
/** What an event may be told that found no time to run, or to end. */
const ENDS: ReadonlySet<string> = new Set(['APP_GONE', 'APP_UNLOADED', 'ENGINE_DISPOSED', 'TRAP_HOST']);

const [hard, gated, hands] = await Promise.all([hardComponent(), gateComponent(), ringComponent()]);

/** Clients that have sent a part of a large body, and will not send the rest. */
function halfSent({ node }: HardWorld, times: number): readonly Socket[] {
  const gateway = node.services.get('http-gateway');
  assert.ok(gateway && isHttpGateway(gateway));
  return Array.from({ length: times }, () => {
    const socket = connect({ port: gateway.port, host: '127.0.0.1' }).on('error', () => undefined);
    socket.write(`PUT /api/echo HTTP/1.1\r\nhost: shop.localhost\r\ncontent-length: 1000000\r\n\r\n`);
    socket.write(Buffer.alloc(100_000));
    return socket;
  });
}

/** Everything at once: waiting guests, rings, a circle through cron, requests, half sent ones, and a reload. */
async function everything(world: HardWorld, ring: ReturnType<typeof createRing>) {
  for (const app of ['left', 'right']) await world.run(app, hands);
  await world.run('shop', hard);
  await world.run('gated', gated);
  const events: Promise<readonly Reply[]>[] = [];
  for (let n = 0; n < 60; n++) {
    const name = 'hermes:gate/event#on-wait';
    events.push(world.emit({ name, source: ['gate', `${n % 20}`], app: 'gated', args: [n] }).done);
  }
  await world.gate.reached(concurrency / 2);
  await world.ask('shop', 'POST', '/api/armed');
  await world.ask('shop', 'POST', '/api/own');
  for (let round = 0; round < 30; round++) ring.begin('left', round);
  for (let n = 0; n < 200; n++) events.push(world.request('shop', `${n % 100}`, 10_000).done);
  const sockets = halfSent(world, 20);
  const components = [{ name: 'api', bytes: Uint8Array.from([...gated, 0, 2, 1, 0x78]) }];
  const reload = world.node.reload(applicationOf({ name: 'gated', components, vfs: createMemoryVfs({}) }));
  return { events, sockets, reload };
}

for (const workers of workerCounts) {
  describe(workers === 0 ? 'in one thread' : `with ${workers} workers`, { timeout: 120_000 }, () => {
    for (const reloaded of [false, true]) {
      const when = reloaded ? 'after a reload that waits for the old version' : 'while a reload is under way';
      test(`a stop in the middle ends by its deadline, ${when}`, async () => {
        const ring = createRing(['left', 'right']);
        const world = await hardWorld({ workers, extensions: [ring.extension] });
        await using _ = world;
        const { events, sockets, reload } = await everything(world, ring);
        if (reloaded) await reload;
        const deadline = new AbortController();
        const drained = assert.rejects(world.node.drain({ signal: deadline.signal }), { message: 'enough' });
        const refused = reload.then(
          () => 'reloaded',
          (error: unknown) => (isCoded(error) ? error.code : String(error)),
        );
        for (let n = 0; n < 50; n++) await turn();
        // Guests wait for ever, so the deadline is what ends it; then everything goes at once.
        deadline.abort(new Error('enough'));
        await drained;
        await world.node[Symbol.asyncDispose]();
        assert.equal(await refused, reloaded ? 'reloaded' : 'STOPPING');

        const all = [...events, ...ring.passed.map(({ queued }) => queued.done)];
        const codes = new Set<string>();
        for (const reply of (await Promise.all(all)).flat()) {
          if (reply.ok) continue;
          assert.ok(isCoded(reply.error), String(reply.error));
          codes.add(reply.error.code);
        }
        assert.ok(codes.size > 0 && codes.isSubsetOf(ENDS), [...codes].join(' '));
        assert.ok(world.gate.waiting.every(({ caller }) => caller.signal.aborted));
        for (const gauge of ['hermes_events_queued', 'hermes_events_queued_bytes', 'hermes_instances'])
          assert.equal(world.node.metrics.value(gauge), 0, gauge);
        await Promise.all(
          sockets.map((socket) => socket.closed || new Promise((ended) => socket.once('close', ended))),
        );
        const { faults, open } = await checkLog(world.lines);
        assert.deepEqual({ faults, open }, { faults: [], open: [] });
      });
    }

    test('what can end does so before the deadline: rings, circles, requests', async () => {
      const ring = createRing(['left', 'right']);
      const world = await hardWorld({ workers, extensions: [ring.extension] });
      await using _ = world;
      const { events, sockets, reload } = await everything(world, ring);
      const reloaded = reload.then(
        () => undefined,
        (error: unknown) => assert.ok(isCoded(error) && error.code === 'STOPPING', String(error)),
      );
      for (const socket of sockets) socket.destroy();
      let over = false;
      const drained = world.node.drain().finally(() => {
        over = true;
      });
      while (!over) {
        world.gate.waiting[0]?.answer(1);
        await turn();
      }
      await Promise.all([drained, reloaded]);
      assert.ok((await Promise.all(events)).flat().every(({ ok }) => ok));
      const passed = (await Promise.all(ring.passed.map(({ queued }) => queued.done))).flat();
      assert.equal(passed.filter(({ ok }) => !ok).length, 30, 'each ring ends with CAUSE_DEPTH');
      assert.equal(world.node.metrics.value('hermes_events_queued'), 0);
      const { faults, open } = await checkLog(world.lines);
      assert.deepEqual({ faults, open }, { faults: [], open: [] });
    });
  });
}
