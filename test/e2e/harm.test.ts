import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { allExtensions } from '../../src/extensions/all.ts';
import type { HttpGatewayService } from '../../src/extensions/http-gateway/index.ts';
import { createNode, type Node } from '../../src/node.ts';
import { applicationOf } from '../../src/package/components.ts';
import { createGate, gateHttpComponent } from '../../src/pool/fixtures/gate.ts';
import { type Collector, createCollector } from '../../src/telemetry/collector.ts';
import { createMemoryVfs } from '../../src/vfs/memory.ts';
import { ask } from './support.ts';

/** Knows what to do by the length of the path: `/api/loop` never ends, `/api/waits` waits, others answer none. */
const moody = await gateHttpComponent((text) =>
  text.replace(
    '(drop (call $wait (local.get 5)))',
    `(if (i32.eq (local.get 5) (i32.const 9)) (then (loop $again (br $again))))
     (if (i32.eq (local.get 5) (i32.const 10)) (then (drop (call $wait (i32.const 1)))))`,
  ),
);

async function start(home: string, log: Collector, workers: number): Promise<Node> {
  const config = {
    'http-gateway': { port: 0, listen: ['127.0.0.1'] },
    limits: { wallClockMs: 200 },
    pool: { workers },
  };
  const extensions = [...allExtensions(), createGate().extension()];
  const node = await createNode({ home, config, extensions, log });
  for (const name of ['rogue', 'shop']) {
    const components = [{ name: 'moody', bytes: moody }];
    await node.run(applicationOf({ name, components, vfs: createMemoryVfs({}) }));
  }
  return node;
}

async function status(node: Node, app: string, path: string): Promise<number> {
  const { port } = node.services.get('http-gateway') as HttpGatewayService;
  return (await ask({ port, host: `${app}.localhost`, method: 'GET', path })).status;
}

const temporary = () => mkdtempDisposable(join(tmpdir(), 'hermes-harm-'));

describe('a module that does harm', () => {
  for (const workers of [0, 2]) {
    it(`is answered for with 504 when it waits too long, ${workers} workers`, async () => {
      await using home = await temporary();
      await using node = await start(home.path, createCollector(), workers);
      assert.equal(await status(node, 'rogue', '/api/waits'), 504);
      assert.equal(await status(node, 'rogue', '/api/ok'), 404);
    });
  }

  it('costs itself and not others when it never ends; the second time it is stopped', async () => {
    await using home = await temporary();
    const log = createCollector();
    await using node = await start(home.path, log, 2);
    for (const time of [1, 2]) {
      const looping = status(node, 'rogue', '/api/loop');
      const others = await Promise.all(Array.from({ length: 20 }, () => status(node, 'shop', '/api/ok')));
      assert.equal(await looping, 504);
      assert.ok(
        others.every((code) => code === 404 || code === 502),
        `${time}: ${others}`,
      );
    }
    while (node.apps.has('rogue')) await new Promise(setImmediate);
    const [line] = log.find('Application is stopped');
    assert.equal((line?.error as { code?: string } | undefined)?.code, 'WORKER_TWICE');
    assert.equal(await status(node, 'shop', '/api/ok'), 404);
    assert.equal(node.metrics.value('hermes_workers_lost_total'), 2);
  });
});
