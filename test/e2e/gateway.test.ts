import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isHttpGateway } from '../../src/extensions/http-gateway/index.ts';
import { isCoded } from '../../src/lib/errors.ts';
import { createNode, type Node } from '../../src/node.ts';
import { applicationOf } from '../../src/package/components.ts';
import { createCollector } from '../../src/telemetry/collector.ts';
import { createMemoryVfs } from '../../src/vfs/memory.ts';
import { count, long } from '../count.ts';
import { guest } from '../guests/build.ts';

interface Started extends AsyncDisposable {
  readonly node: Node;
  readonly log: ReturnType<typeof createCollector>;
  readonly port: number;
}

/** A node that runs the C guest which does what its path says, under every path, as application `faults`. */
async function start(logLines: number): Promise<Started> {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-gateway-')));
  const log = createCollector({ limit: logLines });
  // Connections that wait are not closed, so that they can be counted.
  const config = { 'http-gateway': { port: 0, keepAliveTimeoutMs: 3_600_000 } };
  const node = stack.use(await createNode({ home: home.path, log, config }));
  const subscriptions = [{ subscription_id: 'all', module_id: 'faults', path_regex: '^/' }];
  await node.run(
    applicationOf({
      name: 'faults',
      components: [{ name: 'faults', bytes: await guest('c-faults') }],
      vfs: createMemoryVfs({ '/share/endpoints.json': JSON.stringify({ subscriptions }) }),
    }),
  );
  const gateway = node.services.get('http-gateway');
  assert.ok(gateway && isHttpGateway(gateway));
  const { port } = gateway;
  const running = stack.move();
  return { node, log, port, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

interface Asked {
  readonly port: number;
  readonly path: string;
  readonly agent: Agent;
  readonly body?: string | Uint8Array;
}

function ask({
  port,
  path,
  agent,
  body,
}: Asked): Promise<{ readonly status: number; readonly text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{
    readonly status: number;
    readonly text: string;
  }>();
  const headers = { host: 'faults.localhost' };
  const method = body === undefined ? 'GET' : 'POST';
  const sent = request({ host: '127.0.0.1', port, path, method, agent, headers }, (response) => {
    let text = '';
    response.setEncoding('latin1').on('data', (chunk: string) => {
      text += chunk;
    });
    response.on('error', reject).on('end', () => resolve({ status: response.statusCode ?? 0, text }));
  });
  sent.on('error', reject);
  sent.end(body);
  return promise;
}

interface Census {
  readonly instances: number | undefined;
  readonly resources: Readonly<Record<string, number>>;
  readonly heap: number;
}

async function take({ node }: Started): Promise<Census> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // What is finalized lets go of more, and sockets that were given back take a turn.
  for (let n = 0; n < 8; n++) {
    collect();
    await new Promise(setImmediate);
  }
  const resources: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) resources[kind] = (resources[kind] ?? 0) + 1;
  return {
    instances: node.metrics.value('hermes_instances'),
    resources,
    heap: process.memoryUsage().heapUsed,
  };
}

// The first, so that what other tests leave to be collected does not hide what this one leaves.
test('10,000 requests over 64 connections while every tenth traps: none missing, nothing left', async (t) => {
  // The log is part of the heap: it is full before anything is counted.
  await using started = await start(50);
  const { port } = started;
  const agent = new Agent({ keepAlive: true, maxSockets: 64, maxFreeSockets: 64 });
  using _ = { [Symbol.dispose]: () => agent.destroy() };

  async function run(requests: number): Promise<Readonly<Record<number, number>>> {
    const statuses: Record<number, number> = {};
    let next = 0;
    const client = async (): Promise<void> => {
      for (let n = next++; n < requests; n = next++) {
        const { status, text } = await ask({ port, path: n % 10 === 9 ? '/trap' : '/counter', agent });
        if (status === 200) assert.equal(text, '1');
        statuses[status] = (statuses[status] ?? 0) + 1;
      }
    };
    await Promise.all(Array.from({ length: 64 }, client));
    return statuses;
  }

  await run(count(2000, 640));
  const before = await take(started);
  const requests = count(10_000, 640);
  const half = { 200: requests * 0.45, 502: requests * 0.05 };
  assert.deepEqual(await run(requests / 2), half);
  const middle = await take(started);
  assert.deepEqual(await run(requests / 2), half);
  const after = await take(started);
  assert.equal(after.instances, 0);
  assert.deepEqual({ ...after, heap: 0 }, { ...before, heap: 0 });
  // What the start of the process needed is dropped late, and must not make room for what requests leave.
  const least = Math.min(before.heap, middle.heap);
  const growth = after.heap / least - 1;
  t.diagnostic(`heap ${(least / 2 ** 20).toFixed(1)} MiB, grew ${(growth * 100).toFixed(2)} %`);
  // With few requests what the JIT compiles weighs more than what a request could leave.
  if (long) assert.ok(growth <= 0.05, `The heap grew by ${(growth * 100).toFixed(2)} %`);
});

test('whatever a guest does, the client gets well-formed HTTP', async () => {
  await using started = await start(1000);
  const { port, log } = started;
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const outcome = async (path: string, body?: string) => {
    const { status, text } = await ask({ port, path, agent, ...(body !== undefined && { body }) });
    return `${status} ${text.length > 100 ? text.length : text}`.trim();
  };
  for (const path of [
    '/trap',
    '/badptr',
    '/badalign',
    '/badutf8',
    '/badtag',
    '/badopt',
    '/biglen',
    '/oob',
    '/stack',
  ]) {
    assert.equal(await outcome(path), '502 The application failed to answer', path);
    const error = log.find('Module failed to answer').at(-1)?.error;
    assert.ok(isCoded(error) && error.code.startsWith('TRAP_'), path);
  }
  assert.equal(await outcome('/redirect'), '502 The application failed to answer');
  assert.equal(await outcome('/none'), '404 Nothing is at this address');
  assert.equal(await outcome('/unheard-of'), '404 ok');
  assert.equal(await outcome('/big'), `200 ${1024 * 1024}`);
  assert.equal(await outcome('/echo', 'hello'), '200 hello');
  for (let n = 0; n < 3; n++)
    assert.equal(await outcome('/counter'), '200 1', 'Every event has a fresh instance');
  agent.destroy();
});

test('a body of the largest size goes in and out', async () => {
  await using started = await start(1000);
  const agent = new Agent();
  const body = new Uint8Array(10 * 1024 * 1024).fill(97);
  const { status, text } = await ask({ port: started.port, path: '/echo', agent, body });
  assert.deepEqual([status, text.length], [200, body.length]);
  const more = await ask({ port: started.port, path: '/echo', agent, body: new Uint8Array(body.length + 1) });
  assert.equal(more.status, 413);
});
