import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { compile } from '../component/index.ts';
import { buildModule } from './build-module.ts';
import { readWitFolders } from './wit-files.ts';

const FOLDERS = ['binary', 'cbor', 'json', 'logging', 'init', 'kv-store', 'http-gateway'];
const wit = await readWitFolders(
  FOLDERS.map((name) => new URL(`../extensions/${name}/wit/`, import.meta.url)),
);

async function built(files: Readonly<Record<string, string>>) {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-build-c-'));
  await mkdir(join(folder.path, 'src/part'), { recursive: true });
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder.path, 'src', path), text);
  return await buildModule(folder.path, { wit });
}

async function faultsOf(source: string): Promise<readonly string[]> {
  let faults: readonly string[] = [];
  await assert.rejects(built({ 'main.c': source }), (error: any) => {
    assert.equal(error.code, 'BUILD_FAILED');
    faults = error.detail.faults;
    return true;
  });
  return faults;
}

describe('a module in C', () => {
  it('becomes a component of all its files, with the imports that it uses', async () => {
    const { bytes, warnings } = await built({
      'main.c': '#include <hermes.h>\n#include "part/b.h"\nHERMES_ON_INIT() { b(); return true; }\n',
      'part/b.h': '#pragma once\nvoid b(void);\n',
      'part/b.c':
        '#include <hermes.h>\n#include "b.h"\nvoid b(void) { hermes_log(HERMES_WARN, HERMES_S("b")); }\n',
    });
    assert.deepEqual(warnings, []);
    const { exports, imports } = await compile(bytes);
    assert.deepEqual(
      exports.map(({ name }) => name),
      ['hermes:init/event#init'],
    );
    assert.ok(imports.some(({ name }) => name === 'hermes:logging/api'));
    assert.ok(!imports.some(({ name }) => name === 'hermes:kv-store/api'));
  });

  it('uses every function of the header with the signature of the WIT', async () => {
    // wit-component compares each core import and export with the WIT, and refuses one that differs.
    const { bytes } = await built({
      'main.c': `#include <hermes.h>
        HERMES_ON_INIT() { hermes_done(0); return true; }
        HERMES_ON_KV_UPDATE(key, value) { hermes_kv_set(key, (hermes_kv){1, value}); }
        HERMES_ON_REPLY(request) {
          hermes_kv all = hermes_kv_get(request->path);
          all = hermes_kv_get_default(request->path, all);
          all = hermes_kv_get_set(request->path, all);
          all = hermes_kv_add(request->path, all);
          all = hermes_kv_cas(request->path, all, HERMES_KV_NONE);
          all = hermes_kv_subscribe(request->path);
          all = hermes_kv_unsubscribe(request->path);
          return all.some ? hermes_text(200, hermes_header_value(request, HERMES_S("a"))) : HERMES_NO_ANSWER;
        }`,
    });
    const { imports } = await compile(bytes);
    const kv = imports.find(({ name }) => name === 'hermes:kv-store/api');
    assert.equal(kv?.functions.length, 8);
  });

  it('says what is only a warning', async () => {
    const { warnings } = await built({
      'main.c': '#include <hermes.h>\nHERMES_ON_INIT() { int unused = 1; return true; }\n',
    });
    assert.equal(warnings.length, 1);
    assert.match(warnings[0]!, /^src\/main\.c:2:24: warning: unused variable/);
  });

  it('is refused for an error, with file, line, source line and caret', async () => {
    const [fault] = await faultsOf('#include <hermes.h>\nHERMES_ON_INIT() { return nothing; }\n');
    assert.match(
      fault!,
      /^src\/main\.c:2:27: error: use of undeclared identifier 'nothing'\n.*HERMES_ON_INIT.*\n.*\^/,
    );
  });

  it('is refused for functions that are not there, as those of a libc', async () => {
    const faults = await faultsOf(
      '#include <hermes.h>\nint printf(const char *, ...);\nHERMES_ON_INIT() { return printf("x"); }\n',
    );
    assert.match(faults.join('\n'), /undefined symbol: printf/);
  });

  it('is refused for imports and exports that nobody knows', async () => {
    const faults = await faultsOf(
      '#include <hermes.h>\nHERMES_IMPORT("hermes:loging/api", "log") void f(void);\n' +
        'HERMES_EXPORT("hermes:init/event#int") int g(void) { f(); return 1; }\n',
    );
    assert.equal(faults.length, 2);
    assert.match(
      faults[0]!,
      /"hermes:loging\/api", which nobody provides: did you mean "hermes:logging\/api"\?/,
    );
    assert.match(faults[1]!, /did you mean "hermes:init\/event#init"\?/);
  });

  it('is refused for another signature than the WIT has', async () => {
    const [fault] = await faultsOf(
      '#include <hermes.h>\nHERMES_EXPORT("hermes:init/event#init") void g(void) {}\n',
    );
    assert.match(fault!, /init/);
  });

  it('is refused without a handler', async () => {
    await assert.rejects(built({ 'main.c': 'int x;\n' }), { code: 'BUILD_NO_HANDLER' });
  });
});
