import assert from 'node:assert/strict';
import { mkdtempDisposable, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createAppFiles } from '../vfs/app-files.ts';
import { createMemoryVfs } from '../vfs/memory.ts';
import type { EngineApplication } from './application.ts';
import { parseConfig } from './config.ts';
import type { Engine } from './engine.ts';
import type { AttachedApp } from './extension.ts';
import { preparing } from './prepare.ts';

const blog: EngineApplication = {
  name: 'blog',
  version: '1.0.0',
  modules: [],
  vfs: createMemoryVfs({ '/www/page': 'hello' }),
};

/** An engine that remembers what it was given. */
function recording(): {
  readonly engine: Engine;
  readonly given: EngineApplication[];
  readonly names: Set<string>;
} {
  const given: EngineApplication[] = [];
  const names = new Set<string>();
  const take = async (source: EngineApplication): Promise<AttachedApp> => {
    given.push(source);
    names.add(source.name);
    return { name: source.name } as AttachedApp;
  };
  const engine = {
    load: take,
    reload: take,
    get apps() {
      return new Map([...names].map((name) => [name, {} as AttachedApp]));
    },
  } as Partial<Engine> as Engine;
  return { engine, given, names };
}

test('applications get their folders and what the operator says to them', async () => {
  await using home = await mkdtempDisposable(`${tmpdir()}/hermes-`);
  await writeFile(join(home.path, 'token'), 's3cret\n');
  const shop = {
    settings: { a: 'b' },
    secrets: { token: { file: join(home.path, 'token') } },
    limits: { files: 1 },
  };
  const config = parseConfig({ apps: { shop } }, []);
  const { engine, given } = recording();
  const ready = preparing(engine, { config, files: createAppFiles(join(home.path, 'apps')) });
  await ready.load({ ...blog, name: 'shop' });
  await ready.load(blog);
  const [first, second] = given;
  assert.deepEqual(first?.settings?.secrets, { token: 's3cret' });
  assert.equal(second?.settings, undefined);
  const sync = first?.vfs.sync ?? assert.fail('it answers at once');
  assert.equal(new TextDecoder().decode(sync.open('/www/page').read(0, 10)), 'hello');
  sync.makeDirectory('/var/one');
  assert.throws(() => sync.makeDirectory('/var/two'), { code: 'VFS_NO_SPACE' });
  assert.deepEqual(await readdir(join(home.path, 'apps', 'shop', 'var')), ['one']);
  assert.deepEqual(second?.vfs.sync?.list('/var'), []);
});

test('temporary files are kept while another load of the application runs', async () => {
  await using home = await mkdtempDisposable(`${tmpdir()}/hermes-`);
  const { engine, given, names } = recording();
  const files = createAppFiles(home.path);
  const ready = preparing(engine, { config: parseConfig({}, []), files });
  await ready.load(blog);
  given[0]?.vfs.sync?.makeDirectory('/tmp/kept');
  await ready.reload(blog);
  assert.deepEqual(given[1]?.vfs.sync?.list('/tmp'), [{ name: 'kept', kind: 'directory' }]);
  names.clear();
  await ready.load(blog);
  assert.deepEqual(given[2]?.vfs.sync?.list('/tmp'), []);
});

test('names that are no folders, and secrets that cannot be read, are refused before anything is made', async () => {
  await using home = await mkdtempDisposable(`${tmpdir()}/hermes-`);
  const { engine, given } = recording();
  const config = parseConfig(
    { apps: { blog: { secrets: { token: { file: join(home.path, 'none') } } } } },
    [],
  );
  const ready = preparing(engine, { config, files: createAppFiles(join(home.path, 'apps')) });
  await assert.rejects(ready.load({ ...blog, name: '../up' }), { code: 'APP_NAME' });
  await assert.rejects(ready.load(blog), {
    code: 'SECRET_FILE',
    detail: { app: 'blog', secret: 'token', file: join(home.path, 'none') },
  });
  assert.deepEqual(given, []);
});

test('the operator lays permissions over those of the application, key by key', async () => {
  const { engine, given } = recording();
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-prepare-'));
  const permissions = { ipfs: { topics: ['votes'] }, other: { much: true } };
  const config = parseConfig({ apps: { blog: { permissions } } }, []);
  const prepared = preparing(engine, { config, files: createAppFiles(folder.path) });
  const asked = { ipfs: { topics: ['board'], namespaces: ['notes'] } };
  await prepared.load({ ...blog, permissions: asked });
  await prepared.load({ ...blog, name: 'shop', permissions: asked });
  await prepared.load({ ...blog, name: 'bank' });
  assert.deepEqual(
    given.map((each) => each.permissions),
    [{ ipfs: { topics: ['votes'], namespaces: ['notes'] }, other: { much: true } }, asked, {}],
  );
  assert.throws(() => parseConfig({ apps: { blog: { permissions: { ipfs: [] } } } }, []), {
    code: 'CONFIG_INVALID',
  });
});
