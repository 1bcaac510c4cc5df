import assert from 'node:assert/strict';
import { access, mkdtempDisposable, stat } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { allExtensions } from '../extensions/all.ts';
import { createNode, type Node, type NodeOptions } from '../node.ts';
import { applicationOf } from '../package/components.ts';
import { createGate, type Gate, type GateHooks, gateHttpComponent } from '../pool/fixtures/gate.ts';
import { createCollector } from '../telemetry/collector.ts';
import { createMemoryVfs } from '../vfs/memory.ts';
import { askEngine } from './client.ts';
import { healthOf } from './health.ts';
import type { Status } from './status.ts';

const temporary = () => mkdtempDisposable(join(tmpdir(), 'hermes-admin-test-'));
const config = {
  'http-gateway': { port: 0, listen: ['127.0.0.1'] },
  metrics: { listen: ['127.0.0.1:0'] },
  queue: { events: 4 },
};

interface Gated {
  readonly node: Node;
  readonly gate: Gate;
}

async function gated(home: string, hooks: GateHooks = {}, more: Partial<NodeOptions> = {}): Promise<Gated> {
  const gate = createGate();
  const extensions = [...allExtensions(), gate.extension(hooks)];
  return { gate, node: await createNode({ home, config, extensions, log: createCollector(), ...more }) };
}

async function shop(name = 'shop') {
  const components = [{ name: 'waits', bytes: await gateHttpComponent() }];
  return applicationOf({ name, components, vfs: createMemoryVfs({}) });
}

const page = async (node: Node, path: string) => {
  const answer = await fetch(`${node.admin.addresses[0]}${path}`);
  return { status: answer.status, text: await answer.text() };
};

/** Asks the module of the application, and does not wait for its answer. */
function request({ services }: Node): void {
  const { port } = services.get('http-gateway') as unknown as { readonly port: number };
  const socket = connect(port, '127.0.0.1').on('error', () => undefined);
  socket.write('GET /api/x HTTP/1.1\r\nHost: shop.localhost\r\n\r\n');
}

describe('an engine seen from outside', () => {
  it('tells the status over the socket, and the counts over HTTP', async () => {
    await using home = await temporary();
    const { node, gate } = await gated(home.path);
    await using _ = node;
    await node.run(await shop());
    request(node);
    await gate.reached(1);

    const status = (await askEngine('status', {}, { home: home.path })) as Status;
    assert.deepEqual(status, {
      ...node.status(),
      uptimeSeconds: status.uptimeSeconds,
      memory: status.memory,
    });
    assert.deepEqual(
      [status.pid, status.home, status.state, status.apps.length],
      [process.pid, home.path, 'running', 1],
    );
    assert.match(status.version, /^\d+\.\d+\.\d+/);
    assert.match(status.addresses.join(), /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.deepEqual(status.apps[0]?.modules, [{ name: 'waits', calls: 1, failed: 0 }]);
    assert.deepEqual([status.queue.running, status.pool.running], [1, 1]);
    assert.ok(status.memory.residentBytes > status.memory.heapBytes);

    const { text } = await page(node, '/metrics');
    assert.match(text, /^hermes_events_total\{app="shop"\} 1$/m);
    assert.match(text, /^hermes_build_info\{version="[^"]+"\} 1$/m);
    assert.match(text, /^nodejs_heap_size_used_bytes \d+$/m);
    const asked = (await askEngine('metrics', {}, { home: home.path })) as { readonly text: string };
    assert.match(asked.text, /^hermes_instances 1$/m);
    // The form that Prometheus reads.
    for (const line of text.trimEnd().split('\n'))
      assert.match(line, /^(# (HELP|TYPE) \w+ .+|\w+(\{\w+="[^"]*"(,\w+="[^"]*")*\})? -?[\d.]+(e[+-]\d+)?)$/);
  });

  it('is healthy when every application runs and the queue takes events', async () => {
    await using home = await temporary();
    const start = Promise.withResolvers<void>();
    const binding = ({ name }: { readonly name: string }) =>
      name === 'late' ? { start: () => start.promise } : {};
    const { node, gate } = await gated(home.path, { binding });
    await using _ = node;
    const health = () => page(node, '/healthz');
    assert.deepEqual(await health(), { status: 503, text: 'No application is loaded\n' });
    await node.run(await shop());
    assert.deepEqual(await health(), { status: 200, text: 'ok\n' });

    const late = node.run(await shop('late'));
    while (!node.apps.has('late')) await new Promise(setImmediate);
    assert.deepEqual(await health(), { status: 503, text: 'Application late is starting\n' });
    start.resolve();
    await late;
    assert.deepEqual(await askEngine('health', {}, { home: home.path }), { ok: true, reasons: [] });

    request(node);
    await gate.reached(1);
    const drained = node.drain();
    assert.deepEqual(await health(), {
      status: 503,
      text: 'The engine is stopping\nApplication shop is stopping\nApplication late is stopping\n',
    });
    gate.waiting[0]?.answer(0);
    await drained;
  });

  it('counts the limits that were reached, and says that the queue is full', async () => {
    const app = { name: 'a', version: '1.0.0', modules: [], queue: { waiting: 0, running: 0, bytes: 0 } };
    const queue = { waiting: 3, running: 1, bytes: 10, limits: { events: 4, bytes: 10 } };
    assert.deepEqual(healthOf({ state: 'running', apps: [{ ...app, state: 'running' }], queue }), {
      ok: false,
      reasons: ['The queue is full: 4 of 4 events', 'The queue is full: 10 of 10 bytes'],
    });

    await using home = await temporary();
    const { node, gate } = await gated(home.path);
    await using _ = node;
    await node.run(await shop());
    // One application may hold half of the four events.
    for (let n = 0; n < 3; n++) request(node);
    await gate.reached(2);
    while (Object.keys(node.status().limits).length === 0) await new Promise(setImmediate);
    assert.deepEqual(node.status().limits, { QUEUE_FULL: 1 });
  });

  it('lives twice in one process, and leaves nothing', async () => {
    await using folder = await temporary();
    const one = await gated(join(folder.path, 'one'));
    const two = await gated(join(folder.path, 'two'));
    await one.node.run(await shop());
    await two.node.run(await shop('books'));
    const names = async (home: string) =>
      ((await askEngine('status', {}, { home })) as Status).apps.map(({ name }) => name);
    assert.deepEqual(await names(join(folder.path, 'one')), ['shop']);
    assert.deepEqual(await names(join(folder.path, 'two')), ['books']);
    assert.equal((await stat(one.node.admin.path)).mode & 0o777, 0o600);
    await one.node[Symbol.asyncDispose]();
    await assert.rejects(access(one.node.admin.path), { code: 'ENOENT' });
    await assert.rejects(names(join(folder.path, 'one')), { code: 'ENGINE_NOT_RUNNING' });
    await assert.rejects(fetch(`${one.node.admin.addresses[0]}/healthz`));
    assert.deepEqual(await names(join(folder.path, 'two')), ['books']);
    await two.node[Symbol.asyncDispose]();
  });

  it('refuses addresses that are none, taken, or not of this machine, and leaves the home free', async () => {
    await using home = await temporary();
    await using server: Server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const listening = (...listen: unknown[]) =>
      gated(home.path, {}, { config: { ...config, metrics: { listen } } });
    await assert.rejects(listening('127.0.0.1:0', `127.0.0.1:${port}`), {
      code: 'METRICS_PORT_IN_USE',
      detail: { address: `127.0.0.1:${port}` },
    });
    await assert.rejects(listening('192.0.2.1:0'), { code: 'METRICS_LISTEN' });
    for (const wrong of ['localhost:80', 80, ''])
      await assert.rejects(listening(wrong), { code: 'CONFIG_INVALID' });
    const { node } = await gated(home.path);
    await node[Symbol.asyncDispose]();
  });
});
