import assert from 'node:assert/strict';
import { mkdtempDisposable, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { guest } from '../test/guests/build.ts';
import { allExtensions } from './extensions/all.ts';
import { isHttpGateway } from './extensions/http-gateway/index.ts';
import { isCoded } from './lib/errors.ts';
import { createNode, type Node, type NodeOptions, readNodeConfig } from './node.ts';
import { applicationOf } from './package/components.ts';
import { APP, folderOf, MODULE } from './package/fixtures/folder.ts';
import { createGate, type Gate, gateHttpComponent } from './pool/fixtures/gate.ts';
import { createCollector } from './telemetry/collector.ts';
import { createMemoryVfs } from './vfs/memory.ts';

const temporary = () => mkdtempDisposable(join(tmpdir(), 'hermes-node-'));
const quiet = { 'http-gateway': { port: 0, listen: ['127.0.0.1'] } };
const start = (home: string, options: Partial<NodeOptions> = {}): Promise<Node> =>
  createNode({ home, config: quiet, log: createCollector(), ...options });

async function echo(name: string) {
  const components = [{ name: 'c-echo', bytes: await guest('c-echo') }];
  return applicationOf({ name, components, vfs: createMemoryVfs({}) });
}

function portOf({ services }: Node): number {
  const service = services.get('http-gateway');
  assert.ok(service && isHttpGateway(service));
  return service.port;
}

/** A request with a host of its own, which `fetch` does not allow. */
async function get(
  node: Node,
  app: string,
  path: string,
): Promise<{ readonly status: number; readonly text: string }> {
  const { request } = await import('node:http');
  const { promise, resolve, reject } = Promise.withResolvers<{
    readonly status: number;
    readonly text: string;
  }>();
  const options = {
    host: '127.0.0.1',
    port: portOf(node),
    path,
    agent: false,
    headers: { host: `${app}.localhost` },
  };
  request(options, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
  })
    .on('error', reject)
    .end();
  return promise;
}

describe('createNode()', () => {
  it('serves a component over HTTP', async () => {
    await using home = await temporary();
    await using node = await start(home.path);
    const app = await node.run(await echo('shop'));
    assert.equal(app.state, 'running');
    const { status, text } = await get(node, 'shop', '/api/hello?x=1');
    assert.deepEqual([status, JSON.parse(text).path], [200, '/api/hello?x=1']);
    assert.equal(node.metrics.value('hermes_events_total', { app: 'shop' }), 1);
    assert.match(node.metrics.text(), /^hermes_instances 0$/m);
  });

  it('runs an application from its folder', async () => {
    await using home = await temporary();
    const folder = await folderOf({
      'application.json': { ...APP, name: 'shop', modules: [{ package: 'modules/echo' }] },
      'modules/echo/module.json': { ...MODULE, name: 'echo' },
      'modules/echo/module.wasm': await guest('c-echo'),
    });
    await using node = await start(home.path);
    await node.run(folder);
    assert.equal((await get(node, 'shop', '/api/')).status, 200);
    await node.run(await echo('books'));
    await node.unload('shop');
    assert.equal((await get(node, 'shop', '/api/')).status, 404);
    await assert.rejects(node.run(join(folder, 'nothing')), { code: 'APP_NOT_FOUND' });
  });

  it('runs twice in one process, with two homes', async () => {
    await using folder = await temporary();
    await using one = await start(join(folder.path, 'one'));
    await using two = await start(join(folder.path, 'two'));
    await Promise.all([one.run(await echo('shop')), two.run(await echo('books'))]);
    assert.notEqual(portOf(one), portOf(two));
    const statuses = await Promise.all(
      [one, two].flatMap((node) =>
        ['shop', 'books'].map(async (app) => (await get(node, app, '/api/')).status),
      ),
    );
    assert.deepEqual(statuses, [200, 404, 404, 200]);
    await one[Symbol.asyncDispose]();
    assert.equal((await get(two, 'books', '/api/')).status, 200);
  });

  it('refuses a home in use, and leaves it free when it could not start', async () => {
    await using home = await temporary();
    const first = await start(home.path);
    await assert.rejects(start(home.path), { code: 'HOME_LOCKED' });
    await first[Symbol.asyncDispose]();
    await using server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    const config = { 'http-gateway': { port, listen: ['127.0.0.1'] } };
    await assert.rejects(
      start(home.path, { config }),
      (error) => isCoded(error) && error.blame === 'operator',
    );
    await using _ = await start(home.path);
  });

  it('stops: drains, answers what was asked, refuses the rest; disposing twice is harmless', async () => {
    await using home = await temporary();
    const node = await start(home.path);
    await node.run(await echo('shop'));
    const asked = get(node, 'shop', '/api/');
    await asked;
    await node.drain({ signal: new AbortController().signal });
    await assert.rejects(get(node, 'shop', '/api/'), { code: 'ECONNREFUSED' });
    await assert.rejects(node.run(await echo('late')), { code: 'STOPPING' });
    await Promise.all([node[Symbol.asyncDispose](), node[Symbol.asyncDispose]()]);
    assert.equal(await node.done, 0);
    await using _ = await start(home.path);
  });
});

/** A node whose requests wait in a guest until the test lets them go. */
async function gated(home: string): Promise<{ readonly node: Node; readonly gate: Gate }> {
  const components = [{ name: 'waits', bytes: await gateHttpComponent() }];
  const gate = createGate();
  const node = await start(home, { extensions: [...allExtensions(), gate.extension()] });
  await node.run(applicationOf({ name: 'shop', components, vfs: createMemoryVfs({}) }));
  return { node, gate };
}

describe('createNode() stopping in the middle of requests', () => {
  it('drains: requests under way get their answer, new ones find nobody', async () => {
    await using home = await temporary();
    const { node, gate } = await gated(home.path);
    const asked = [1, 2, 3].map((n) => get(node, 'shop', `/api/${n}`));
    await gate.reached(3);
    const drained = node.drain();
    await assert.rejects(get(node, 'shop', '/api/late'), { code: 'ECONNREFUSED' });
    for (const { answer } of [...gate.waiting]) answer(0);
    await drained;
    await node[Symbol.asyncDispose]();
    assert.deepEqual(
      (await Promise.all(asked)).map(({ status }) => status),
      [404, 404, 404],
    );
  });

  it('disposes at once on the second stop, and no client is left waiting', async () => {
    await using home = await temporary();
    const { node, gate } = await gated(home.path);
    const asked = Promise.allSettled([1, 2, 3].map((n) => get(node, 'shop', `/api/${n}`)));
    await gate.reached(3);
    const drained = node.drain();
    await node[Symbol.asyncDispose]();
    await drained;
    for (const outcome of await asked)
      assert.ok(outcome.status === 'rejected' || outcome.value.status >= 500);
    assert.deepEqual([node.metrics.value('hermes_instances'), await node.done], [0, 0]);
    await using _ = await start(home.path);
  });
});

describe('readNodeConfig()', () => {
  it('reads the file of the home, under what it was told', async () => {
    await using home = await temporary();
    await writeFile(join(home.path, 'config.json'), '{"http-gateway": {"port": 81, "coop": "off"}}');
    const overrides = { 'http-gateway': { port: 82 }, log: { level: 'debug' } };
    const { effective, log, extensions } = await readNodeConfig({ home: home.path, overrides });
    assert.deepEqual([log.level, extensions['http-gateway']], ['debug', { port: 82, coop: 'off' }]);
    assert.equal(
      (effective['http-gateway'] as { maxRequestBytes: number }).maxRequestBytes,
      10 * 1024 * 1024,
    );
    const known = ['limits', 'log', 'metrics', 'pool', 'queue', 'stop'];
    const named = allExtensions().map(({ name }) => name);
    assert.deepEqual(Object.keys(effective).sort(), [...known, ...named].sort());
  });

  it('names every fault of every extension at once', async () => {
    const config = { 'http-gatway': {}, 'kv-store': { backend: 'disk' }, 'http-gateway': { port: -1 } };
    await assert.rejects(readNodeConfig({ home: '/nowhere', config }), (error) => {
      assert.ok(isCoded(error));
      const faults = error.detail['faults'] as readonly string[];
      assert.match(faults[0] ?? '', /^http-gatway is unknown: did you mean "http-gateway"\?$/);
      assert.equal(faults.length, 3);
      return true;
    });
  });

  it('refuses a file that is not there, or no JSON, with its place', async () => {
    await using home = await temporary();
    const configFile = join(home.path, 'mine.json');
    await assert.rejects(readNodeConfig({ home: home.path, configFile }), { code: 'CONFIG_FILE' });
    await writeFile(configFile, '{\n  "log": {},\n}');
    await assert.rejects(
      readNodeConfig({ home: home.path, configFile }),
      (error) => isCoded(error) && error.detail['line'] === 3 && error.detail['file'] === configFile,
    );
    await writeFile(configFile, '[]');
    await assert.rejects(readNodeConfig({ home: home.path, configFile }), { code: 'CONFIG_INVALID' });
  });
});
