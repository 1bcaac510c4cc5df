import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { isCoded } from '../lib/errors.ts';
import { createFolderVfs } from '../vfs/folder.ts';
import { APP, faultsOf, folderOf, MODULE, WASM } from './fixtures/folder.ts';
import { loadFolder } from './load-folder.ts';
import { NAME_FORM } from './manifest.ts';

test('folder that is none, or a file, or of a module, is refused with what to do', async () => {
  const folder = await folderOf({ 'module.json': MODULE, file: '' });
  const options = { createVfs: createFolderVfs };
  await assert.rejects(loadFolder(join(folder, 'none'), options), { code: 'APP_NOT_FOUND' });
  await assert.rejects(loadFolder(join(folder, 'file'), options), { code: 'APP_NOT_FOUND' });
  const missing = 'application.json is missing: the manifest of the application must be there';
  assert.deepEqual(await faultsOf({}), [missing]);
  assert.deepEqual(await faultsOf({ 'module.json': MODULE }), [
    'application.json is missing: this is the folder of a module, give that of its application',
  ]);
});

test('faults of all files are reported at once, with their places', async () => {
  const faults = await faultsOf({
    'application.json': {
      ...APP,
      name: 'guest-book',
      modules: [
        { package: 'modules/api' },
        { package: 'modules/broken' },
        { package: 'modules/gone' },
        { package: 'modules/packed.hmod' },
        { package: 'modules/twin' },
        { package: 'modules/third' },
        { package: 'modules/plain', config: 'overrides.json' },
      ],
      www: 'site',
      share: '../elsewhere',
    },
    'icon.svg': 'GIF89a',
    'metadata.json': { $schema: 'hermes_app_metadata.schema.json', name: 'x', version: '1.0', licence: [] },
    'modules/api/module.json': {
      ...MODULE,
      config: { file: 'config.json', schema: 'schema.json' },
      share: 'share',
    },
    'modules/api/config.json': { port: 'eighty' },
    'modules/api/schema.json': {
      type: 'object',
      properties: { port: { type: 'integer' } },
      required: ['host'],
    },
    'modules/api/module.wasm': WASM,
    'modules/api/share': 'a file',
    'modules/broken/module.json': '{\n  "$schema": "x",\n}',
    'modules/twin/module.json': MODULE,
    'modules/twin/module.wasm': WASM,
    'modules/third/module.json': MODULE,
    'modules/third/module.wasm': WASM,
    'modules/plain/module.json': {
      ...MODULE,
      name: 'plain',
      component: '/bin/true',
      settings: { schema: 's.json' },
    },
    'modules/plain/s.json': { type: 'strin', properties: { a: { pattern: '(?=x)' } } },
    site: '',
  });
  assert.deepEqual(faults, [
    'metadata.json: lacks the key "description"',
    'metadata.json: lacks the key "copyright"',
    'metadata.json: lacks the key "license"',
    'metadata.json: has the unknown key "licence": did you mean "license"?',
    'metadata.json: /version must be a version as "V1.2.3" or "V1.2.3 with words"',
    'modules/api/config.json: lacks the key "host"',
    'modules/api/config.json: /port must be integer',
    'modules/api/share is no folder: the share of a module must be one',
    'modules/broken/module.json:3:1 is no JSON: a key must follow the comma, found "}"',
    'modules/gone is missing: the folder of a module must be there',
    'application.json: /modules/3/package names a module package, which cannot be read yet: name the folder of the module',
    'application.json: /modules/4 is a second module with the name "module": give it another with "name"',
    'application.json: /modules/5 is a second module with the name "module": give it another with "name"',
    'application.json: /modules/6/config replaces a configuration that modules/plain/module.json does not have: add "config" there',
    'modules/plain/s.json: /type must be one of "array", "boolean", "integer", "null", "number", "object", "string"',
    'modules/plain/s.json: /type must be array',
    'modules/plain/s.json: /type must match a schema in anyOf',
    'modules/plain/module.json names "/bin/true": write a path that is relative to the folder of this file',
    'site is no folder: the folder "www" must be one',
    'application.json names "../elsewhere", which leads out of the application: move it into the folder',
    'icon.svg is no SVG: the icon must be one',
  ]);
});

const PATH_FORM = 'must be a path of letters, digits, "_", "." and "-", separated by "/", as "modules/api"';

test('manifests that do not fit say how', async () => {
  const manifest = {
    name: 'Guest Book',
    modules: [{ pakage: 'x' }, { package: 'a b' }, 5],
    wwww: 'x',
    share: 5,
  };
  assert.deepEqual(await faultsOf({ 'application.json': manifest }), [
    'application.json: lacks the key "$schema", the URL or path of hermes_app_manifest.schema.json',
    'application.json: has the unknown key "wwww": did you mean "www"?',
    'application.json: /name must be 1 to 63 lower-case letters, digits and inner hyphens, as "guest-book"',
    `application.json: /modules/0 lacks the key "package", ${PATH_FORM.slice('must be '.length)}`,
    'application.json: /modules/0 has the unknown key "pakage": did you mean "package"?',
    `application.json: /modules/1/package ${PATH_FORM}`,
    'application.json: /modules/2 must be object',
    'application.json: /share must be string',
  ]);
  assert.deepEqual(await faultsOf({ 'application.json': APP }), [
    'application.json: must name at least one of "modules", "www" and "share"',
  ]);
  assert.deepEqual(await faultsOf({ 'application.json': '[]' }), ['application.json: must be object']);
  assert.deepEqual(await faultsOf({ 'application.json': new Uint8Array([0x22, 0xff, 0x22]) }), [
    'application.json is no UTF-8 text: save it as UTF-8',
  ]);
});

test('names out of form are refused', async () => {
  for (const name of ['', 'A', 'a_b', '-a', 'a-', 'a.b', 'ä', 'a'.repeat(64), 'a/b', '..', 'a\n']) {
    const site = { 'www/index.html': '' };
    const [fault] = await faultsOf({ 'application.json': { ...APP, name, www: 'www' }, ...site });
    assert.match(
      fault ?? '',
      /^application\.json: \/name must be 1 to 63 lower-case letters/,
      JSON.stringify(name),
    );
  }
});

test('paths of manifests stay in the folder', async () => {
  const outside = await folderOf({ 'module.json': MODULE, 'module.wasm': WASM, 'secret.txt': 'x' });
  const paths = ['../x', 'a/../../x', '/etc', 'file:///etc', 'file://x', 'https://example.org/x'];
  for (const path of paths) {
    const faults = await faultsOf({ 'application.json': { ...APP, www: path } });
    assert.match(faults[0] ?? '', /^application\.json names ".*(relative|leads out)/, path);
  }
  const linked = { 'application.json': { ...APP, modules: [{ package: 'm' }] }, m: { link: outside } };
  assert.deepEqual(await faultsOf(linked), [
    'm is a link that leads out of the application: put the file itself there',
  ]);
  const component = {
    'application.json': { ...APP, modules: [{ package: 'm' }] },
    'm/module.json': MODULE,
    'm/module.wasm': { link: join(outside, 'module.wasm') },
  };
  assert.deepEqual(await faultsOf(component), [
    'm/module.wasm is a link that leads out of the application: put the file itself there',
  ]);
  const manifest = { 'application.json': { link: join(outside, 'module.json') } };
  assert.match((await faultsOf(manifest))[0] ?? '', /^application\.json is a link that leads out/);
});

test('folders of an application hold no hostile links', async () => {
  const faults = await faultsOf({
    'application.json': { ...APP, www: 'www' },
    'www/index.html': '',
    'www/a/passwd': { link: '/etc/passwd' },
    'www/a/up': { link: '../..' },
    'www/a/nothing': { link: 'nowhere' },
    'www/a/fine': { link: '../index.html' },
  });
  assert.deepEqual(faults.toSorted(), [
    'www/a/nothing is a link that leads nowhere: remove it',
    'www/a/passwd is a link that leads out of its folder: put the file itself there',
    'www/a/up is a link that leads out of its folder: put the file itself there',
  ]);
});

test("paths below /api are the modules', so files there are a fault", async () => {
  const files = { 'application.json': { ...APP, www: 'www' }, 'www/api/x': '' };
  assert.match((await faultsOf(files))[0] ?? '', /^www\/api is never served/);
});

test('files too large are refused before they are read', async () => {
  const faults = await faultsOf({ 'application.json': ' '.repeat(1024 * 1024 + 1) });
  assert.deepEqual(faults, [
    'application.json has 1048577 bytes: the manifest of the application may have at most 1048576',
  ]);
});

test('manifest of any JSON is loaded or refused with its faults', async () => {
  const path = fc.constantFrom('m', 'www', '..', '.', 'm/module.json', 'x.hmod', 'a b', '/etc', 'none');
  const name = fc.constantFrom('a', 'A', '', '-', 'b'.repeat(64));
  const entry = fc.record({ package: path, name, config: path, share: path }, { requiredKeys: [] });
  const manifest = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.record(
      {
        $schema: fc.constantFrom(APP['$schema'], '', 5),
        name: fc.oneof(name, fc.jsonValue({ maxDepth: 1 })),
        icon: path,
        metadata: path,
        modules: fc.oneof(fc.array(entry, { maxLength: 3 }), fc.jsonValue({ maxDepth: 2 })),
        www: path,
        share: fc.oneof(path, fc.jsonValue({ maxDepth: 1 })),
      },
      { requiredKeys: ['$schema'] },
    ),
  );
  const folder = await folderOf({ 'm/module.json': MODULE, 'm/module.wasm': WASM, 'www/index.html': '' });
  await fc.assert(
    fc.asyncProperty(manifest, async (manifest) => {
      await writeFile(join(folder, 'application.json'), JSON.stringify(manifest));
      try {
        const app = await loadFolder(folder, { createVfs: createFolderVfs });
        assert.match(app.name, NAME_FORM);
        for (const module of app.modules) assert.match(module.name, NAME_FORM);
      } catch (error) {
        assert.ok(isCoded(error) && error.code === 'APP_INVALID', String(error));
        assert.ok((error.detail['faults'] as unknown[]).length > 0);
      }
    }),
    { seed: 1, numRuns: 60 },
  );
});

test('manifest that is a pipe or a folder is refused, and nobody waits for it', async () => {
  const folder = await folderOf({ 'www/index.html': '' });
  execFileSync('mkfifo', [join(folder, 'application.json')]);
  const options = { createVfs: createFolderVfs };
  const faults = ['application.json is no file: the manifest of the application must be one'];
  await assert.rejects(loadFolder(folder, options), { code: 'APP_INVALID', detail: { folder, faults } });
  const other = await folderOf({ 'application.json/x': '' });
  await assert.rejects(loadFolder(other, options), {
    code: 'APP_INVALID',
    detail: { folder: other, faults },
  });
});
