import assert from 'node:assert/strict';
import { access, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { buildModule } from '../../src/build/build-module.ts';
import { createCompiler } from '../../src/build/c/compiler.ts';
import { installedWit } from '../../src/cli/wit.ts';
import { guest } from '../guests/build.ts';
import { hermes, hermesProcess, start } from './hermes.ts';

const compiler = createCompiler();
let folder = '';
const at = (path: string): string => join(folder, path);
const write = async (path: string, content: string | Uint8Array): Promise<string> => {
  await mkdir(dirname(at(path)), { recursive: true });
  await writeFile(at(path), content);
  return at(path);
};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hermes-cli-'));
  await write('echo.wasm', await guest('c-echo'));
  await write('faults.wasm', await guest('c-faults'));
});
after(async () => {
  await compiler[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A component of one C file. */
async function builtC(name: string, source: string): Promise<Uint8Array> {
  await write(`${name}/src/main.c`, source);
  const { bytes } = await buildModule(at(name), { wit: await installedWit(), compiler });
  return bytes;
}

/** Counts its calls in the store, and ends its application with 7 when it starts. */
function counter(): Promise<Uint8Array> {
  return builtC(
    'counter',
    `#include <hermes.h>
    HERMES_ON_INIT() { hermes_done(7); return true; }
    HERMES_ON_KV_UPDATE(key, value) { (void)key; (void)value; }
    HERMES_ON_REPLY(request) {
      (void)request;
      hermes_kv_subscribe(HERMES_S("n"));
      hermes_kv before = hermes_kv_add(HERMES_S("n"), hermes_kv_of_u64(1));
      hermes_buffer out = {0};
      hermes_print_u64(&out, before.some ? before.value.as.u64 + 1 : 1);
      return hermes_text(200, out.text);
    }`,
  );
}

/** Answers after a day. */
function sleeper(): Promise<Uint8Array> {
  return builtC(
    'sleeper',
    `#include <hermes.h>
    HERMES_IMPORT("wasi:clocks/monotonic-clock@0.2.6", "subscribe-duration") int32_t in_nanoseconds(int64_t);
    HERMES_IMPORT("wasi:io/poll@0.2.6", "poll") void poll(const int32_t *, size_t, void *);
    HERMES_ON_REPLY(request) {
      (void)request;
      int32_t pollable = in_nanoseconds(86400000000000);
      hermes_strings ready;
      hermes_log(HERMES_INFO, HERMES_S("going to sleep"));
      poll(&pollable, 1, &ready);
      return hermes_text(200, HERMES_S("slept"));
    }`,
  );
}

const REPLY = 'hermes:http-gateway/event#reply';
const ask = (path: string) => ['{"utf8":"hé"}', '[["a",["1","2"]]]', JSON.stringify(path), '"GET"'];

describe('hermes', { concurrency: 2 }, () => {
  it('says how it is used', async () => {
    const all = await hermesProcess(['help']);
    assert.equal(all.code, 0);
    for (const name of ['run', 'playground', 'call', 'build'])
      assert.match(all.out, new RegExp(`^  ${name} `, 'm'));
    const one = await hermes(['help', 'call']);
    assert.match(one.out, /^Usage: hermes call <component\.wasm>/);
    assert.match(one.out, /--home <folder>/);
    assert.deepEqual(
      [(await hermes(['call', '--help'])).out, (await hermes(['--version'])).code],
      [one.out, 0],
    );
  });

  it('answers a wrong command or option with the nearest one and exit code 2', async () => {
    const command = await hermesProcess(['playgruond']);
    assert.equal(command.code, 2);
    assert.match(command.err, /"playgruond" is no command: did you mean "playground"\?/);
    const option = await hermes(['run', '--prot', '80', '--port']);
    assert.equal(option.code, 2);
    assert.match(option.err, /--prot is unknown: did you mean "--port"\?/);
    assert.match(option.err, /--port needs a value/);
    assert.match(option.err, /Usage: hermes run/);
    assert.equal((await hermes([])).code, 2);
    assert.equal((await hermes(['build'])).code, 2);
    assert.match((await hermes(['build', 'a', 'b'])).err, /"b" is one word too many/);
  });

  it('refuses variables of the environment that do not parse, all at once', async () => {
    const env = { HERMES_HTTP_PORT: 'http', HERMES_ACTIVATE_AUTH: 'yes' };
    const { code, err } = await hermes(['run', at('nowhere')], env);
    assert.equal(code, 1);
    assert.match(err, /Error ENV_INVALID/);
    assert.match(err, /HERMES_HTTP_PORT must be a port from 0 to 65535; found "http"/);
    assert.match(err, /HERMES_ACTIVATE_AUTH must be true or false; found "yes"/);
  });

  it('prints the effective configuration', async () => {
    const args = [
      'run',
      '--print-config',
      '--home',
      at('home-config'),
      '--port',
      '81',
      '--listen',
      '127.0.0.1',
    ];
    const { code, out } = await hermes(args, { HERMES_HTTP_PORT: '80' });
    assert.equal(code, 0);
    assert.partialDeepStrictEqual(JSON.parse(out), { 'http-gateway': { port: 81, listen: ['127.0.0.1'] } });
    await assert.rejects(access(at('home-config')));
  });
});

describe('hermes call', { concurrency: 2 }, () => {
  it('lists the exports with their signatures', async () => {
    const { code, out } = await hermes(['call', at('echo.wasm')]);
    assert.equal(code, 0);
    assert.match(
      out,
      /^hermes:http-gateway\/event#reply: func\(body: list<u8>, headers: list<tuple<string, list<string>>>, /,
    );
  });

  it('prints what an export answers, as JSON', async () => {
    const { code, out, err } = await hermesProcess(['call', at('echo.wasm'), REPLY, ...ask('/api/x')]);
    assert.equal(code, 0, err);
    const { tag, val } = JSON.parse(out);
    assert.deepEqual([tag, val.code, val.headers], ['http', 200, [['content-type', ['application/json']]]]);
    assert.deepEqual(JSON.parse(val.body.utf8), {
      method: 'GET',
      path: '/api/x',
      bodyLength: 3,
      headers: [['a', ['1', '2']]],
    });
    assert.match(err, /GET \/api\/x/);
  });

  it('takes the name of the function alone', async () => {
    assert.equal((await hermes(['call', at('faults.wasm'), 'reply', ...ask('/none')])).out, 'null\n');
  });

  it('ends with 1 and the code of the trap', async () => {
    for (const [path, code] of [
      ['/trap', 'TRAP_GUEST'],
      ['/badutf8', 'TRAP_UTF8'],
      ['/badptr', 'TRAP_BOUNDS'],
    ] as const) {
      const ended = await hermes(['call', at('faults.wasm'), REPLY, ...ask(path)]);
      assert.equal(ended.code, 1);
      assert.match(ended.err, /Error TRAP_\w+: /, `${path}, ${code}`);
      assert.equal(ended.out, '');
    }
  });

  it('names every wrong argument with its place and type', async () => {
    const args = ['{"utf9":"x"}', '[["a",["1",2]]]', 'text', '"GET"'];
    const { code, err } = await hermes(['call', at('echo.wasm'), REPLY, ...args]);
    assert.equal(code, 1);
    assert.match(err, /Error CALL_ARGUMENTS/);
    assert.match(err, /argument 1 \(body\) must be a list of numbers, \{"utf8": "…"\}/);
    assert.match(err, /argument 2 \(headers\)\[0\]\[1\]\[1\] must be a text; found 2/);
    assert.match(err, /argument 3 \(path\) is no JSON: a text needs quotes/);
    assert.match(
      (await hermes(['call', at('echo.wasm'), REPLY, '1'])).err,
      /4 arguments are needed, 1 were given/,
    );
    assert.match(
      (await hermes(['call', at('echo.wasm'), 'rely'])).err,
      /Error CALL_EXPORT[\s\S]*#reply: func/,
    );
  });

  it('forgets what was stored unless it is given a home, and ends as the guest says', async () => {
    const file = await write('counter.wasm', await counter());
    const count = async (...options: string[]) => {
      const { out, err } = await hermes(['call', file, 'reply', ...ask('/'), ...options]);
      return out === '' ? err : JSON.parse(out).val.body.utf8;
    };
    const kept = ['--home', at('home-call'), '--app-name', 'shop'];
    const counts = [await count(), await count(), await count(...kept), await count(...kept)];
    assert.deepEqual(counts, ['1', '1', '1', '2']);
    // The guest says that its application is done.
    const { code, out } = await hermesProcess(['call', at('counter.wasm'), 'init']);
    assert.deepEqual([code, out], [7, 'true\n']);
  });
});

describe('bad components', { concurrency: 2 }, () => {
  const core = Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0);
  const bad: readonly [
    what: string,
    content: () => Uint8Array | string | Promise<Uint8Array>,
    pattern: RegExp,
  ][] = [
    ['a text', () => 'hello, I am no component', /COMPONENT_NOT_WASM/],
    ['an empty file', () => '', /COMPONENT_NOT_WASM/],
    ['a core module', () => core, /COMPONENT_CORE_MODULE/],
    ['half a component', async () => (await guest('c-echo')).slice(0, 999), /COMPONENT_(MALFORMED|INVALID)/],
  ];
  for (const [what, content, pattern] of bad) {
    it(`are refused with a code: ${what}`, async () => {
      const file = await write(`bad/${what.replaceAll(' ', '-')}.wasm`, await content());
      const called = await hermes(['call', file]);
      assert.equal(called.code, 1);
      assert.match(called.err, pattern);
      const args = ['playground', file, '--home', at(`home-bad-${what}`), '--port', '0'];
      const played = await hermes(args);
      assert.equal(played.code, 1);
      assert.match(played.err, pattern);
    });
  }

  it('are refused with all the imports that nobody provides', async () => {
    const { parse } = await import('@bytecodealliance/jco-transpile/wasm-tools');
    const text = `(component
      (import "acme:one/api" (instance (export "first" (func)) (export "second" (func (param "x" u32)))))
      (import "acme:two/api" (instance (export "third" (func)))))`;
    const file = await write('imports.wasm', await parse(text));
    const { code, err } = await hermes(['playground', file, '--home', at('home-imports'), '--port', '0']);
    assert.equal(code, 1);
    assert.match(err, /IMPORTS_MISSING/);
    for (const name of ['acme:one/api#first', 'acme:one/api#second', 'acme:two/api#third'])
      assert.ok(err.includes(name), err);
  });

  it('are refused when they are not there, or a folder', async () => {
    for (const path of [at('nowhere.wasm'), folder]) {
      const { code, err } = await hermes(['call', path]);
      assert.equal(code, 1);
      assert.match(err, /Error COMPONENT_FILE/);
    }
  });

  it('are refused with names out of form', async () => {
    const file = await write('Bad_Name.wasm', await guest('c-echo'));
    const { code, err } = await hermes(['playground', file, '--app-name', 'x/y', '--home', at('home-names')]);
    assert.equal(code, 1);
    assert.match(err, /APP_INVALID[\s\S]*"x\/y"[\s\S]*"Bad_Name"/);
  });
});

describe('hermes playground', () => {
  it('serves bare components until it is told to stop', async () => {
    const args = [
      'playground',
      at('echo.wasm'),
      '--app-name',
      'trial',
      '--home',
      at('home-play'),
      '--port',
      '0',
    ];
    await using running = start(args);
    const [, name, port] = await running.until(/^(\S+) runs at http:\/\/trial\.localhost:(\d+)\/$/m);
    assert.equal(name, 'trial');
    const answer = await fetch(`http://127.0.0.1:${port}/api/hello?x=1`, {
      method: 'POST',
      body: 'abc',
      headers: { 'sec-fetch-site': 'same-origin' },
    });
    assert.equal(answer.status, 200);
    assert.partialDeepStrictEqual(await answer.json(), {
      method: 'POST',
      path: '/api/hello?x=1',
      bodyLength: 3,
    });
    const second = await hermesProcess([
      'playground',
      at('echo.wasm'),
      '--home',
      at('home-play'),
      '--port',
      '0',
    ]);
    assert.equal(second.code, 1);
    assert.match(second.err, /HOME_LOCKED/);
    running.kill('SIGTERM');
    const { code, err } = await running.ended;
    assert.equal(code, 0);
    assert.match(err, /Stopping/);
  });

  it('lets running events end, and ends them at once when it is told again', async () => {
    const args = [
      'playground',
      await write('sleeper.wasm', await sleeper()),
      '--home',
      at('home-sleep'),
      '--port',
      '0',
    ];
    await using running = start(args);
    const [, port] = await running.until(/^playground-app runs at \S+:(\d+)\/$/m);
    const answer = fetch(`http://127.0.0.1:${port}/api`).then(
      ({ status }) => status,
      () => 'cut off',
    );
    await running.until(/going to sleep/);
    running.kill('SIGTERM');
    await running.until(/Stopping: events that run may take 10 s to end/);
    running.kill('SIGTERM');
    assert.equal((await running.ended).code, 0);
    assert.match(running.err, /Ended what was still running\n/);
    assert.notEqual(await answer, 200);
  });

  it('refuses a port that is in use', async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const { port } = server.address() as { readonly port: number };
    const { code, err } = await hermes([
      'playground',
      at('echo.wasm'),
      '--home',
      at('home-port'),
      '--port',
      String(port),
    ]);
    server.close();
    assert.equal(code, 1);
    assert.match(err, /Error [A-Z_]+: .*port/i);
  });
});

const METADATA = JSON.stringify({
  $schema:
    'https://raw.githubusercontent.com/input-output-hk/hermes/main/hermes/schemas/hermes_app_metadata.schema.json',
  name: 'Trial',
  version: 'V1.0.0',
  description: 'A trial',
  copyright: ['Copyright ⓒ 2026, nobody'],
  license: [{ spdx: 'MIT' }],
});

describe('hermes run and build', () => {
  before(async () => {
    const guestbook = new URL('../../examples/guestbook/', import.meta.url);
    const manifest = JSON.parse(await readFile(new URL('application.json', guestbook), 'utf8'));
    const module = JSON.parse(await readFile(new URL('modules/api/module.json', guestbook), 'utf8'));
    const metadata = JSON.parse(await readFile(new URL('metadata.json', guestbook), 'utf8'));
    await write('app/metadata.json', JSON.stringify({ ...JSON.parse(METADATA), ...metadata }));
    const { $schema } = manifest;
    await write(
      'app/application.json',
      JSON.stringify({
        $schema,
        name: 'trial',
        metadata: 'metadata.json',
        modules: [{ package: 'api', name: 'api' }],
      }),
    );
    await write('app/api/module.json', JSON.stringify({ ...module, name: 'api' }));
    await write(
      'app/api/src/index.ts',
      `import { json } from 'hermes:guest';
import { kvAdd } from 'hermes:kv-store/api';
import type { Reply } from 'hermes:http-gateway/event';

export function init(): boolean {
  console.info('ready', { at: new Date().getFullYear() > 2000 });
  return true;
}

export const reply: Reply = (_body, _headers, path) => {
  if (path === '/api/throw') fail(path);
  const before = kvAdd('n', { tag: 'kv-u64', val: 1n });
  return json({ n: before?.tag === 'kv-u64' ? Number(before.val) + 1 : 1, id: crypto.randomUUID(), r: Math.random() });
};

function fail(path: string): never {
  throw new RangeError(\`no \${path}\`);
}
`,
    );
  });

  it('build a module, serve it, log its errors with their place, and find its data again', async () => {
    const args = ['run', at('app'), '--home', at('home-run'), '--port', '0'];
    {
      await using running = start(args);
      const [, port] = await running.until(/^trial runs at http:\/\/trial\.localhost:(\d+)\/$/m);
      await running.until(/ready \{ at: true \}/);
      const get = async (path: string) => {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`);
        return { status: answer.status, text: await answer.text() };
      };
      const [first, second] = [await get('/api'), await get('/api')];
      assert.equal(first.status, 200, first.text);
      const [one, two] = [JSON.parse(first.text), JSON.parse(second.text)];
      assert.deepEqual([one.n, two.n], [1, 2]);
      assert.notEqual(one.r, two.r);
      assert.notEqual(one.id, two.id);
      const thrown = await get('/api/throw');
      assert.equal(thrown.status, 502);
      assert.doesNotMatch(thrown.text, /RangeError/);
      await running.until(/RangeError: no \/api\/throw\\n {4}at fail \(src\/index\.ts:17:\d+\)/);
      running.kill('SIGINT');
      assert.equal((await running.ended).code, 0);
    }
    await using again = start(args);
    const [, port] = await again.until(/^trial runs at http:\/\/trial\.localhost:(\d+)\/$/m);
    assert.doesNotMatch(again.err, /^Built/m);
    assert.equal(((await (await fetch(`http://127.0.0.1:${port}/api`)).json()) as { n: number }).n, 3);
  });

  it('write the component where they are told', async () => {
    const ended = await hermes(['build', at('app/api'), '--output', at('api.wasm')]);
    assert.equal(ended.code, 0, ended.err);
    const { out } = await hermes(['call', at('api.wasm'), 'init']);
    assert.equal(out, 'true\n');
    const unwritable = await hermes(['build', at('app/api'), '--output', at('no/such/folder.wasm')]);
    assert.equal(unwritable.code, 1);
    assert.match(unwritable.err, /Error OUTPUT_FILE/);
  });

  it('refuse what cannot be run, with everything that is wrong', async () => {
    const missing = await hermes(['run', at('nowhere'), '--home', at('home-x')]);
    assert.equal(missing.code, 1);
    assert.match(missing.err, /Error APP_NOT_FOUND/);
    await write('wrong/application.json', '{ "name": "Not A Name", "modules": [{ "pakage": "x" }] }');
    const wrong = await hermes(['run', at('wrong'), '--home', at('home-x')]);
    assert.equal(wrong.code, 1);
    assert.match(wrong.err, /Error APP_INVALID/);
    assert.match(wrong.err, /pakage/);
    assert.match(wrong.err, /\/name must be 1 to 63/);
    await write('app-broken/src/index.ts', 'export function init() {\n  return tru e;\n}\n');
    const broken = await hermes(['build', at('app-broken')]);
    assert.equal(broken.code, 1);
    assert.match(
      broken.err,
      /Error BUILD_FAILED[\s\S]*src\/index\.ts:2:14[\s\S]*2 \| {3}return tru e;\n.*\^/,
    );
  });
});
