import assert from 'node:assert/strict';
import { mkdir, mkdtempDisposable, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { compile, createLinker } from '../component/index.ts';
import { buildModule } from './build-module.ts';
import { createCompiler } from './c/compiler.ts';
import { readWitFolders } from './wit-files.ts';

const FOLDERS = ['binary', 'cbor', 'json', 'logging', 'init', 'kv-store', 'cron', 'http-gateway'];
const wit = await readWitFolders([
  ...FOLDERS.map((name) => new URL(`../extensions/${name}/wit/`, import.meta.url)),
  new URL('../../wit/', import.meta.url),
]);

const compiler = createCompiler();

async function built(files: Readonly<Record<string, string>>) {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-build-c-'));
  await mkdir(join(folder.path, 'src/part'), { recursive: true });
  for (const [path, text] of Object.entries(files)) await writeFile(join(folder.path, 'src', path), text);
  return await buildModule(folder.path, { wit, compiler });
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

after(() => compiler[Symbol.asyncDispose]());

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

  it('hands values over as they are, whatever their type, both ways', async () => {
    const { bytes } = await built({
      'main.c': `#include <hermes.h>
        HERMES_ON_INIT() {
          hermes_kv_set(HERMES_S("s"), hermes_kv_of_string(HERMES_S("text")));
          hermes_kv_set(HERMES_S("s64"), hermes_kv_of_s64(INT64_MIN));
          hermes_kv_set(HERMES_S("u64"), hermes_kv_of_u64(UINT64_MAX));
          hermes_kv_set(HERMES_S("f64"), hermes_kv_of_f64(-0.5));
          hermes_kv_set(HERMES_S("none"), HERMES_KV_NONE);
          hermes_kv_cas(HERMES_S("cas"), hermes_kv_of_u64(1), hermes_kv_get(HERMES_S("bytes")));
          return true;
        }
        HERMES_ON_KV_UPDATE(key, value) { hermes_kv_set(key, (hermes_kv){1, value}); }
        HERMES_ON_REPLY(request) {
          hermes_log(HERMES_ERROR, request->method);
          hermes_buffer out = {0};
          hermes_print_json(&out, request->path);
          hermes_print_s64(&out, INT64_MIN);
          hermes_print(&out, hermes_header_value(request, HERMES_S("b")));
          return hermes_respond(201, HERMES_S("x/y"), out.text);
        }`,
    });
    const said: unknown[][] = [];
    const keep = (...args: unknown[]): undefined => void said.push(args.slice(1));
    const linker = createLinker()
      .define('hermes:logging/api', { log: keep })
      .define('hermes:kv-store/api', {
        kvSet: keep,
        kvCas: keep,
        kvGet: () => ({ tag: 'kv-bstr', val: Uint8Array.of(1, 255) }),
      });
    for (const name of ['binary', 'cbor', 'json', 'http-gateway']) linker.define(`hermes:${name}/api`, {});
    const linked = linker.link(await compile(bytes));
    const call = (name: string, ...args: unknown[]): unknown => {
      said.length = 0;
      using instance = linked.acquire();
      return instance.call(name, args);
    };

    assert.equal(call('hermes:init/event#init'), true);
    assert.deepEqual(said, [
      ['s', { tag: 'kv-string', val: 'text' }],
      ['s64', { tag: 'kv-s64', val: -(2n ** 63n) }],
      ['u64', { tag: 'kv-u64', val: 2n ** 64n - 1n }],
      ['f64', { tag: 'kv-f64', val: -0.5 }],
      ['none', undefined],
      ['cas', { tag: 'kv-u64', val: 1n }, { tag: 'kv-bstr', val: Uint8Array.of(1, 255) }],
    ]);
    for (const value of [
      { tag: 'kv-json', val: '{}' },
      { tag: 'kv-f64', val: Math.PI },
      { tag: 'kv-s64', val: -1n },
    ]) {
      call('hermes:kv-store/event#kv-update', 'key', value);
      assert.deepEqual(said, [['key', value]]);
    }
    const headers = [
      ['a', ['1']],
      ['b', ['2', '3']],
    ];
    const answer = call('hermes:http-gateway/event#reply', new Uint8Array(), headers, '/"é\n', 'GET') as any;
    assert.deepEqual(said, [['error', 'src/main.c', undefined, 13, undefined, undefined, 'GET', undefined]]);
    assert.equal(answer.tag, 'http');
    assert.deepEqual([answer.val.code, answer.val.headers], [201, [['content-type', ['x/y']]]]);
    assert.equal(new TextDecoder().decode(answer.val.body), '"/\\u0022é\\u000a"-92233720368547758082');
  });

  it('adds, lists and removes entries of cron, and is called for them', async () => {
    const { bytes } = await built({
      'main.c': `#include <hermes.h>
        HERMES_ON_CRON(event, last) {
          if (!hermes_cron_add(event, last)) return false;
          hermes_cron_delay(5000000000, event.tag);
          hermes_cron_entries all = hermes_cron_ls(NULL), some = hermes_cron_ls(&event.tag);
          hermes_cron_rm(some.ptr[some.len - 1].entry);
          const hermes_cron_component days[] = {{HERMES_CRON_AT, 1, 0}, {HERMES_CRON_RANGE, 3, 5}};
          const hermes_cron_component every[] = {{HERMES_CRON_ALL, 0, 0}};
          const hermes_cron_time none = {0};
          hermes_string made = hermes_cron_mkcron((hermes_cron_time){days, 2}, none, none, none, (hermes_cron_time){every, 1});
          return hermes_cron_add((hermes_cron_tagged){made, event.tag}, all.ptr[0].retrigger);
        }`,
    });
    const said: unknown[][] = [];
    const answering =
      (name: string, answer: unknown) =>
      (_: unknown, ...args: unknown[]) => {
        said.push([name, ...args]);
        return answer;
      };
    const entries = [
      [{ when: '* * * * *', tag: 'a' }, true],
      [{ when: '1 2 3 4 5', tag: 'b' }, false],
    ];
    const linker = createLinker()
      .define('wasi:clocks/monotonic-clock@0.2.6', {})
      .define('hermes:cron/api', {
        add: answering('add', true),
        delay: answering('delay', true),
        ls: answering('ls', entries),
        rm: answering('rm', true),
        mkcron: answering('mkcron', '* * * * 1,3-5'),
      });
    using instance = linker.link(await compile(bytes)).acquire();
    const event = { when: '0 * * * *', tag: 'é' };
    assert.equal(instance.call('hermes:cron/event#on-cron', [event, true]), true);
    assert.deepEqual(said, [
      ['add', event, true],
      ['delay', 5_000_000_000n, 'é'],
      ['ls', undefined],
      ['ls', 'é'],
      ['rm', { when: '1 2 3 4 5', tag: 'b' }],
      [
        'mkcron',
        [
          { tag: 'at', val: 1 },
          { tag: 'range', val: [3, 5] },
        ],
        [],
        [],
        [],
        [{ tag: 'all' }],
      ],
      ['add', { when: '* * * * 1,3-5', tag: 'é' }, true],
    ]);
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
