/** Files, settings and secrets of an application in an engine as people run it, over HTTP, and over its end. */
import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, readFile, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isHttpGateway } from '../../src/extensions/http-gateway/index.ts';
import { createNode, type Node, readNodeConfig } from '../../src/node.ts';
import { applicationOf } from '../../src/package/components.ts';
import { createCollector } from '../../src/telemetry/collector.ts';
import { createMemoryVfs } from '../../src/vfs/memory.ts';
import { on, run, type Said, type Step } from '../conformance/wit-table/rows.ts';
import { moduleGuest } from '../guests/module.ts';
import { ask as request } from './support.ts';

const log = createCollector();

function configOf(workers: number): Readonly<Record<string, unknown>> {
  const secrets = { token: 'in-the-configuration', other: { file: 'given below' } };
  return {
    'http-gateway': { port: 0, listen: ['127.0.0.1'] },
    pool: { workers },
    apps: { notes: { environment: { MODE: 'live' }, secrets, limits: { fileBytes: 100 } } },
  };
}

/** Lets the application's module take these steps. */
async function ask(node: Node, app: string, steps: readonly Step[]): Promise<readonly unknown[]> {
  const service = node.services.get('http-gateway');
  assert.ok(service && isHttpGateway(service));
  const { port } = service;
  const at = { port, host: `${app}.localhost`, method: 'POST', path: '/api' };
  const answer = await request(at, { body: steps });
  assert.equal(answer.status, 200, answer.text);
  return (answer.json as readonly Said[]).map((said) => ('err' in said ? said.err : said.ok));
}

const DIRS = run('wasi:filesystem/preopens.getDirectories', [], 'dirs');
const APPEND = { create: true };
function append(path: string, bytes: string): readonly Step[] {
  return [
    on('$dirs.0.0', 'openAt', [{}, path, APPEND, { write: true }], 'file'),
    on('$file', 'appendViaStream', [], 'out'),
    on('$out', 'blockingWriteAndFlush', [{ bytes }]),
  ];
}
const size = (path: string): Step => on('$dirs.0.0', 'statAt', [{}, path]);

for (const workers of [0, 1]) {
  test(`what an application wrote is there when the engine comes back, with ${workers} workers`, async () => {
    await using home = await mkdtempDisposable(join(tmpdir(), 'hermes-files-'));
    const secret = join(home.path, 'secret.txt');
    await writeFile(secret, 'in-a-file\n');
    const config = JSON.parse(JSON.stringify(configOf(workers)).replace('given below', secret));
    const components = [{ name: 'calls', bytes: await moduleGuest('wasi/ts') }];
    const application = (name: string) => applicationOf({ name, components, vfs: createMemoryVfs({}) });
    {
      await using node = await createNode({ home: join(home.path, 'home'), config, log });
      await node.run(application('notes'));
      await node.run(application('other'));
      const said = await ask(node, 'notes', [
        DIRS,
        ...append('var/notes', 'kept'),
        ...append('tmp/a', 'gone'),
      ]);
      assert.deepEqual(said.at(-1), null);
      const full = await ask(node, 'notes', [
        DIRS,
        ...append('var/notes', 'x'.repeat(100)),
        size('var/notes'),
      ]);
      assert.equal((full.at(-1) as { readonly size: number }).size, 4);
      // Another application has files, and room, of its own.
      assert.equal((await ask(node, 'other', [DIRS, size('var/notes')])).at(-1), 'no-entry');
      await ask(node, 'other', [DIRS, ...append('var/notes', 'x'.repeat(1000))]);
      const keys = ['token', 'other', 'none'].map((key) => run('wasi:config/store.get', [key]));
      assert.deepEqual(await ask(node, 'notes', keys), ['in-the-configuration', 'in-a-file', null]);
      // While it runs, a new load finds everything.
      await node.reload(application('notes'));
      const [, kept, temporary] = await ask(node, 'notes', [DIRS, size('var/notes'), size('tmp/a')]);
      assert.deepEqual([(kept as { size: number }).size, (temporary as { size: number }).size], [4, 4]);
    }
    assert.equal(await readFile(join(home.path, 'home/apps/notes/var/notes'), 'utf8'), 'kept');
    assert.equal((await stat(join(home.path, 'home/apps'))).mode & 0o077, 0);
    await using node = await createNode({ home: join(home.path, 'home'), config, log });
    await node.run(application('notes'));
    const [, kept, temporary] = await ask(node, 'notes', [DIRS, size('var/notes'), size('tmp/a')]);
    assert.equal((kept as { size: number }).size, 4);
    assert.equal(temporary, 'no-entry');
    assert.ok(!JSON.stringify(log.lines).includes('in-the-configuration'));
    assert.ok(!JSON.stringify(log.lines).includes('in-a-file'));
  });
}

test('the effective configuration shows no secret', async () => {
  const { effective } = await readNodeConfig({ home: '/nowhere', config: configOf(0) });
  assert.ok(!JSON.stringify(effective).includes('in-the-configuration'));
  assert.ok(JSON.stringify(effective).includes('(hidden)'));
});

test('a folder that cannot hold files keeps the application from being loaded, with its path', async () => {
  await using home = await mkdtempDisposable(join(tmpdir(), 'hermes-files-'));
  await mkdir(join(home.path, 'apps/notes'), { recursive: true });
  await writeFile(join(home.path, 'apps/notes/var'), 'no folder');
  await using node = await createNode({ home: home.path, config: configOf(0), log });
  const components = [{ name: 'calls', bytes: await moduleGuest('wasi/ts') }];
  const application = applicationOf({ name: 'other', components, vfs: createMemoryVfs({}) });
  await node.run(application);
  await assert.rejects(node.run({ ...application, name: 'notes' }), { code: 'SECRET_FILE' });
  const config = { 'http-gateway': { port: 0, listen: ['127.0.0.1'] } };
  await node[Symbol.asyncDispose]();
  await using again = await createNode({ home: home.path, config, log });
  await assert.rejects(again.run({ ...application, name: 'notes' }), { code: 'VFS_MOUNT' });
});
