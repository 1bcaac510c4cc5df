import assert from 'node:assert/strict';
import { mkdtempDisposable, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { allExtensions } from '../extensions/all.ts';
import { createNode, type NodeOptions } from '../node.ts';
import { applicationOf } from '../package/components.ts';
import { APP, folderOf, MODULE } from '../package/fixtures/folder.ts';
import { createGate, gateHttpComponent } from '../pool/fixtures/gate.ts';
import { createCollector } from '../telemetry/collector.ts';
import { createMemoryVfs } from '../vfs/memory.ts';
import { askEngine } from './client.ts';

/** An engine, and somebody at its socket. */
async function engine(more: Partial<NodeOptions> = {}) {
  await using stack = new AsyncDisposableStack();
  const home = stack.use(await mkdtempDisposable(join(tmpdir(), 'hermes-apps-test-'))).path;
  const gate = createGate();
  const extensions = [...allExtensions(), gate.extension()];
  const config = { 'http-gateway': { port: 0, listen: ['127.0.0.1'] } };
  const node = stack.use(await createNode({ home, config, extensions, log: createCollector(), ...more }));
  const running = stack.move();
  return {
    node,
    gate,
    ask: (method: string, params: object) => askEngine(method, { ...params }, { home }) as Promise<any>,
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

describe('applications over the admin socket', () => {
  it('are loaded from a folder, reloaded as it is then, and unloaded', async () => {
    await using there = await engine();
    const folder = await folderOf({
      'application.json': { ...APP, name: 'site', www: 'www' },
      'www/index.html': 'one',
    });
    const loaded = await there.ask('load', { path: folder });
    assert.deepEqual({ ...loaded, seconds: 0 }, { ...loaded, app: 'site', modules: [], seconds: 0 });
    await assert.rejects(there.ask('load', { path: folder }), { code: 'APP_EXISTS' });
    const before = there.node.apps.get('site');
    assert.equal((await there.ask('reload', { app: 'site' })).app, 'site');
    assert.notEqual(there.node.apps.get('site'), before);

    const serving = there.node.apps.get('site');
    await writeFile(join(folder, 'application.json'), '{ "name": ');
    await assert.rejects(there.ask('reload', { app: 'site' }), { code: 'APP_INVALID' });
    await writeFile(join(folder, 'application.json'), JSON.stringify({ ...APP, name: 'other', www: 'www' }));
    await assert.rejects(there.ask('reload', { app: 'site' }), {
      code: 'APP_RENAMED',
      detail: { app: 'site', folder, name: 'other' },
    });
    await rm(folder, { recursive: true });
    await assert.rejects(there.ask('reload', { app: 'site' }), { code: 'APP_NOT_FOUND' });
    assert.equal(there.node.apps.get('site'), serving, 'what was refused changed nothing');

    const { seconds, ...unloaded } = await there.ask('unload', { app: 'site' });
    assert.equal(typeof seconds, 'number');
    const none = { waiting: 0, running: 0 };
    assert.deepEqual(unloaded, { app: 'site', underWay: none, ended: none });
    assert.equal(there.node.apps.size, 0);
    await assert.rejects(there.ask('reload', { app: 'site' }), { code: 'APP_UNKNOWN' });
  });

  it('finish their events before they are unloaded; how many could not is said', async () => {
    await using there = await engine();
    const { node, gate } = there;
    const components = [{ name: 'waits', bytes: await gateHttpComponent() }];
    const run = (): Promise<unknown> =>
      node.run(applicationOf({ name: 'shop', components, vfs: createMemoryVfs({}) }));
    const { port } = node.services.get('http-gateway') as unknown as { readonly port: number };
    const request = (): void => {
      const socket = connect(port, '127.0.0.1').on('error', () => undefined);
      socket.write('GET /api/x HTTP/1.1\r\nHost: shop.localhost\r\n\r\n');
    };
    await run();
    request();
    await gate.reached(1);
    const unloading = there.ask('unload', { app: 'shop' });
    while (node.apps.get('shop')?.state !== 'stopping') await new Promise(setImmediate);
    gate.waiting[0]?.answer(0);
    const { underWay, ended } = await unloading;
    assert.deepEqual([underWay.running, ended.running, ended.waiting], [1, 0, 0]);

    await run();
    request();
    request();
    await gate.reached(2);
    const ends = await there.ask('unload', { app: 'shop', seconds: 0 });
    assert.deepEqual([ends.underWay.running, ends.ended.running, ends.ended.waiting], [2, 2, 0]);
    assert.equal(node.apps.size, 0);
  });

  it('are built with what the engine was given, until it ends', async () => {
    const asked = Promise.withResolvers<AbortSignal>();
    await using there = await engine({
      build: async (_folder, signal) => {
        asked.resolve(signal);
        const { promise, reject } = Promise.withResolvers<never>();
        signal.addEventListener('abort', () => reject(signal.reason));
        return promise;
      },
    });
    const folder = await folderOf({
      'application.json': { ...APP, name: 'shop', modules: [{ package: 'modules/api' }] },
      'modules/api/module.json': { ...MODULE, name: 'api' },
      'modules/api/src/index.ts': '',
    });
    const loading = assert.rejects(there.ask('load', { path: folder }), { code: 'ENGINE_ANSWER' });
    const signal = await asked.promise;
    assert.ok(!signal.aborted);
    await there.node[Symbol.asyncDispose]();
    assert.ok(signal.aborted);
    await loading;
  });

  it('are named, and so is what is wrong with a request', async () => {
    await using there = await engine();
    const components = [{ name: 'waits', bytes: await gateHttpComponent() }];
    await there.node.run(applicationOf({ name: 'shop', components, vfs: createMemoryVfs({}) }));
    await assert.rejects(there.ask('unload', { app: 'shpo' }), {
      code: 'APP_UNKNOWN',
      detail: { app: 'shpo', hint: 'did you mean "shop"?' },
    });
    await assert.rejects(there.ask('reload', { app: 'shop' }), { code: 'APP_NO_FOLDER' });
    const faults = (...list: string[]) => ({
      code: 'ADMIN_PARAMS',
      detail: { method: 'unload', faults: list },
    });
    await assert.rejects(
      there.ask('unload', { ap: 'shop' }),
      faults('ap is unknown: did you mean "app"?', 'app must be a text'),
    );
    await assert.rejects(
      there.ask('unload', { app: 'shop', seconds: -1 }),
      faults('seconds must be a number from 0 to 3600; found -1'),
    );
    await assert.rejects(there.ask('load', { path: 'shop' }), { code: 'ADMIN_PARAMS' });
    await assert.rejects(there.ask('load', { path: '/nowhere' }), { code: 'APP_NOT_FOUND' });
    assert.equal(there.node.apps.size, 1);
  });
});
