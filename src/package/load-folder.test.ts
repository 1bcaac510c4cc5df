import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createFolderVfs } from '../vfs/folder.ts';
import { APP, type Files, faultsOf, folderOf, load, MODULE, WASM } from './fixtures/folder.ts';
import { loadFolder } from './load-folder.ts';

const METADATA = {
  version: 'V1.2.3',
  description: 'Greets',
  copyright: ['Ⓒ 2026 nobody'],
  license: [{ spdx: 'MIT' }],
};
const COMPLETE: Files = {
  'application.json': {
    ...APP,
    name: 'guest-book',
    icon: 'art/logo.svg',
    metadata: 'about/app.json',
    modules: [
      { package: 'modules/api', name: 'front', config: 'overrides/api.json', share: 'overrides/share' },
      { package: 'modules/clock' },
    ],
    www: 'public',
    share: 'data',
  },
  'art/logo.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'about/app.json': {
    ...METADATA,
    $schema: '../hermes_app_metadata.schema.json',
    name: 'Does not survive',
    resources: { 'file-storage': { minimum: 5 } },
    permissions: { admin: false },
  },
  'modules/api/module.json': {
    ...MODULE,
    name: 'api',
    component: 'build/api.wasm',
    metadata: 'meta.json',
    config: { file: 'config.json', schema: 'schemas/config.json' },
    settings: { schema: 'schemas/settings.json' },
    share: 'own',
  },
  'modules/api/build/api.wasm': WASM,
  'modules/api/meta.json': {
    ...METADATA,
    $schema: 'hermes_module_metadata.schema.json',
    name: 'x',
    build_date: 7,
  },
  'modules/api/config.json': { title: 'own', deep: { list: [1] } },
  'modules/api/schemas/config.json': {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: { title: { type: 'string', maxLength: 10 } },
  },
  'modules/api/schemas/settings.json': { type: 'object' },
  'modules/api/own/a.txt': 'own',
  'modules/clock/module.json': { ...MODULE, name: 'clock' },
  'modules/clock/module.wasm': WASM,
  'overrides/api.json': { title: 'replaced', deep: { list: [1] } },
  'overrides/share/b.txt': 'replaced',
  'public/index.html': '<h1>Hello</h1>',
  'data/endpoints.json': { subscriptions: [] },
};

test('application folder gives its parts in manifest order', async () => {
  const app = await load(COMPLETE);
  assert.equal(app.name, 'guest-book');
  assert.equal(app.version, 'V1.2.3');
  assert.equal(app.metadata.name, 'guest-book');
  assert.deepEqual(app.metadata.resources, { 'file-storage': { minimum: 5 } });
  const [front, clock] = app.modules;
  assert.equal(front?.name, 'front');
  assert.deepEqual(front?.bytes, WASM);
  assert.deepEqual(front?.config, { title: 'replaced', deep: { list: [1] } });
  assert.deepEqual(front?.settingsSchema, { type: 'object' });
  assert.equal(front?.metadata.build_date, 7);
  assert.equal(clock?.name, 'clock');
  assert.equal(clock?.config, undefined);
  assert.equal(clock?.metadata.version, 'V0.0.0');
});

test('application folder gives a file tree of its parts', async () => {
  const { vfs } = await load(COMPLETE);
  const names = async (path: string): Promise<string[]> => (await vfs.list(path)).map(({ name }) => name);
  const json = async (path: string): Promise<any> =>
    JSON.parse(new TextDecoder().decode(await vfs.readFile(path)));
  assert.deepEqual(await names('/'), ['icon.svg', 'lib', 'metadata.json', 'share', 'www']);
  assert.deepEqual(await names('/lib'), ['clock', 'front']);
  const front = ['config.json', 'config.schema.json', 'metadata.json', 'settings.schema.json', 'share'];
  assert.deepEqual(await names('/lib/front'), front);
  assert.deepEqual(await names('/lib/front/share'), ['b.txt']);
  assert.deepEqual(await names('/lib/clock'), ['metadata.json']);
  assert.equal((await json('/lib/front/config.json')).title, 'replaced');
  assert.equal((await json('/metadata.json')).name, 'guest-book');
  assert.deepEqual(await json('/share/endpoints.json'), { subscriptions: [] });
});

test('configuration of a module is frozen all the way down', async () => {
  const { modules } = await load(COMPLETE);
  const config = modules[0]?.config as { deep: { list: number[] } };
  assert.throws(() => config.deep.list.push(2), TypeError);
  assert.throws(() => Object.assign(config, { title: 'x' }), TypeError);
});

test('application may be only a web page, without a word about itself', async () => {
  const app = await load({ 'application.json': { ...APP, www: 'www' }, 'www/index.html': 'x' });
  assert.equal(app.name, 'app');
  assert.deepEqual(app.modules, []);
  assert.equal((await app.vfs.stat('/www/index.html'))?.size, 1);
});

test('module is built when it has sources and somebody builds', async () => {
  const files = {
    'application.json': {
      ...APP,
      modules: [{ package: 'ts' }, { package: 'c', name: 'c' }, { package: 'old', name: 'old' }],
    },
    'ts/module.json': { ...MODULE, name: 'ts' },
    'ts/src/index.ts': '',
    'c/module.json': MODULE,
    'c/src/main.c': '',
    'c/module.wasm': WASM,
    'old/module.json': MODULE,
    'old/module.wasm': WASM,
  };
  const built: string[] = [];
  const folder = await folderOf(files);
  const app = await loadFolder(folder, {
    createVfs: createFolderVfs,
    build: async (path, manifest) => {
      built.push(`${path.slice(-3)} ${manifest.name}`);
      return new Uint8Array([built.length]);
    },
  });
  assert.deepEqual(
    built,
    ['/ts ts', 'p/c undefined'].map((line) => line.replace('p/c', `${folder.slice(-1)}/c`)),
  );
  assert.deepEqual(
    app.modules.map(({ bytes }) => bytes.length),
    [1, 1, 8],
  );
  assert.deepEqual(await faultsOf(files), [
    'ts/module.wasm is missing: build the module first, with "hermes build ts"',
  ]);
  const reason = new Error('type error');
  await assert.rejects(load(files, { build: () => Promise.reject(reason) }), reason);
});

test('modules are not built while anything is wrong', async () => {
  const faults = await faultsOf(
    {
      'application.json': { ...APP, modules: [{ package: 'ts' }], www: 'www' },
      'ts/module.json': MODULE,
      'ts/src/index.ts': '',
    },
    { build: () => assert.fail('not reached') },
  );
  assert.deepEqual(faults, ['www is missing: the folder "www" must be there']);
});

test('permissions are carried as they are written, by extension', async () => {
  const ipfs = { topics: ['board', { topic: 'votes', authors: [`12D3KooW${'A'.repeat(44)}`] }] };
  const $schema = 'hermes_app_permissions.schema.json';
  const app = await load({ ...COMPLETE, 'permissions.json': { $schema, ipfs } });
  assert.deepEqual(app.permissions, { ipfs });
  assert.deepEqual((await load(COMPLETE)).permissions, {});
});

test('permissions that do not fit are faults of the application', async () => {
  const permissions = { ipfs: { topcis: [] }, cron: {} };
  assert.deepEqual(await faultsOf({ ...COMPLETE, 'permissions.json': permissions }), [
    'permissions.json: has the unknown key "cron": known are "$schema", "ipfs"',
    'permissions.json: /ipfs has the unknown key "topcis": did you mean "topics"?',
  ]);
});
