/** Every guest of test/guests on our runtime, with plain host functions. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile, type Instance, type InstancePre } from '../../src/component/index.ts';
import { hostInterfaces } from '../../src/pool/host-imports.ts';
import { fakeCall } from '../../src/testkit/index.ts';
import { wasiImports } from '../../src/wasi/index.ts';
import { long } from '../count.ts';
import { type GuestName, guest } from '../guests/build.ts';
import { linkWith, type TestHost, testHost } from './host.ts';

const REPLY = 'hermes:http-gateway/event#reply';
const CRON = 'hermes:cron/event#on-cron';
const headers = [
  ['accept', ['*/*']],
  ['x-h', ['1', '2']],
];

async function linked(name: GuestName): Promise<{ readonly pre: InstancePre; readonly host: TestHost }> {
  const host = testHost();
  return { pre: linkWith(await compile(await guest(name)), host.interfaces), host };
}

function request(path: string, body = 'payload', method = 'POST'): unknown[] {
  return [new TextEncoder().encode(body), headers, path, method];
}

/** The answer's body as text. */
function bodyOf(answer: any): string {
  assert.equal(answer?.tag, 'http');
  assert.ok(answer.val.body instanceof Uint8Array);
  return new TextDecoder().decode(answer.val.body);
}

const echoes = ['c-echo', 'as-echo', ...(long ? ['js-echo' as const] : []), 'ts-echo', 'js-full'] as const;
for (const name of echoes) {
  test(`${name} describes the request`, async () => {
    const { pre, host } = await linked(name);
    using instance = pre.acquire();
    const answer: any = instance.call(REPLY, request('/api/echo?x=é"\\\n'));
    const { ticks, ...described } = JSON.parse(bodyOf(answer));
    assert.deepEqual(described, { method: 'POST', path: '/api/echo?x=é"\\\n', bodyLength: 7, headers });
    assert.equal(answer.val.code, 200);
    assert.deepEqual(answer.val.headers, [['content-type', ['application/json']]]);
    if (name !== 'js-full') assert.deepEqual(host.lines, ['info POST /api/echo?x=é"\\\n']);
    else assert.equal(ticks, null);
  });

  test(`${name} takes empty and large values, call after call`, async () => {
    const { pre } = await linked(name);
    using instance = pre.acquire();
    for (let round = 0; round < 3; round++) {
      const empty = JSON.parse(bodyOf(instance.call(REPLY, [new Uint8Array(), [], '', ''])));
      assert.deepEqual([empty.bodyLength, empty.headers, empty.path], [0, [], '']);
      const many = Array.from({ length: 200 }, (_, i) => [`x-${i}`, [`${i}`, 'ü'.repeat(i)]]);
      const large = instance.call(REPLY, [new Uint8Array(300_000), many, '/large', 'PUT']);
      const described = JSON.parse(bodyOf(large));
      assert.deepEqual([described.bodyLength, described.headers], [300_000, many]);
    }
  });
}

test('rust-echo describes the request in its own way', async () => {
  const { pre, host } = await linked('rust-echo');
  using instance = pre.acquire();
  const described = JSON.parse(bodyOf(instance.call(REPLY, request('/api/echo'))));
  assert.deepEqual([described.method, described.path, described.bodyLength], ['POST', '/api/echo', 7]);
  assert.deepEqual(host.lines, ['info POST /api/echo']);
});

test('rust-serde serves every route', async () => {
  const { pre, host } = await linked('rust-serde');
  const ask = (path: string, body = '', method = 'GET'): string => {
    using instance = pre.acquire();
    return bodyOf(instance.call(REPLY, request(path, body, method)));
  };
  using first = pre.acquire();
  assert.equal(first.call('hermes:init/event#init', []), true);
  assert.equal(ask('/api/ping'), 'pong');
  assert.deepEqual(
    ['/api/count', '/api/count'].map((path) => JSON.parse(ask(path)).count),
    [1, 2],
  );
  assert.deepEqual(host.store.get('count'), { tag: 'kv-u64', val: 2n });
  assert.equal(JSON.parse(ask('/api/fib?n=20')).fib, 6765);
  const { sha256 } = JSON.parse(ask('/api/hash', 'abc', 'POST'));
  assert.equal(sha256, 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  const stats = JSON.parse(ask('/api/stats', '[{"id":1,"name":"n","tags":["a"],"price":2.5}]', 'POST'));
  assert.deepEqual([stats.count, stats.total, stats.by_tag], [1, 2.5, { a: 1 }]);
  assert.match(ask('/api/stats', '{', 'POST'), /error/);
});

for (const name of ['c-cron', 'wat-cron', 'wat-cm32p2', 'rust-serde', 'js-full'] as const) {
  test(`${name} answers a tick`, async () => {
    const { pre, host } = await linked(name);
    using instance = pre.acquire();
    const tick = { when: '*/5 * * * *', tag: 'ümlaut' };
    assert.equal(instance.call(CRON, [tick, false]), true);
    assert.equal(instance.call(CRON, [tick, true]), false);
    assert.equal(host.lines.length, 2);
    assert.match(host.lines[1] as string, /^info .*ümlaut/);
    if (!name.startsWith('wat')) assert.deepEqual(host.store.get('ticks'), { tag: 'kv-u64', val: 2n });
  });
}

test('js-full exports its handlers beside what QuickJS left over', async () => {
  const { pre, host } = await linked('js-full');
  const names = pre.component.exports.map((found) => found.name);
  assert.deepEqual(
    names.filter((name) => name.includes('#')).sort(),
    [CRON, REPLY, 'hermes:init/event#init'].sort(),
  );
  using instance = pre.acquire();
  assert.equal(instance.call('hermes:init/event#init', []), true);
  assert.deepEqual(host.store.get('ticks'), { tag: 'kv-u64', val: 0n });
  assert.throws(() => instance.call(REPLY, request('/throw')), { code: 'TRAP_GUEST', blame: 'guest' });
});

/** WASI as the engine gives it, over a call that is not there. */
async function linkedToWasi(name: GuestName) {
  const host = testHost();
  const wasi = Object.fromEntries(hostInterfaces(wasiImports(), { index: 0, extension: 'wasi' }));
  const pre = linkWith(await compile(await guest(name)), { ...host.interfaces, ...wasi });
  return { pre, host };
}

test('c-libc prints, reads its environment and the clock', async () => {
  const { pre, host } = await linkedToWasi('c-libc');
  using call = fakeCall();
  using instance = pre.acquire(Object.assign(call, { view: () => call }));
  for (let round = 0; round < 3; round++) {
    const described = JSON.parse(bodyOf(await instance.call(REPLY, request('/api/echo'))));
    const expected = {
      method: 'POST',
      path: '/api/echo',
      bodyLength: 7,
      headers: 2,
      home: 'unset',
      clock: 1,
    };
    assert.deepEqual(described, expected);
  }
  assert.deepEqual(host.lines, Array(3).fill('info POST /api/echo'));
  const printed = call.log.lines.map(({ fields }) => fields);
  assert.deepEqual(printed, Array(3).fill({ text: 'stderr: POST /api/echo', stream: 'stderr' }));
});

test('cpp-echo has its standard library', async () => {
  const { pre, host } = await linkedToWasi('cpp-echo');
  using call = fakeCall();
  using instance = pre.acquire(Object.assign(call, { view: () => call }));
  for (const hits of [1, 2]) {
    const described = JSON.parse(bodyOf(await instance.call(REPLY, request('/api/echo'))));
    assert.deepEqual(described, {
      method: 'POST',
      path: '/api/echo',
      bodyLength: 7,
      hits,
      headers: ['accept', 'x-h'],
    });
  }
  const empty = JSON.parse(bodyOf(await instance.call(REPLY, [new Uint8Array(), [], '', ''])));
  assert.deepEqual([empty.bodyLength, empty.headers], [0, []]);
  assert.deepEqual(host.lines, ['info /api/echo', 'info /api/echo', 'info ']);
});

test('js-wasi runs on QuickJS with its WASI imports', async () => {
  const { pre, host } = await linkedToWasi('js-wasi');
  using call = fakeCall();
  using instance = pre.acquire(Object.assign(call, { view: () => call }));
  for (let round = 0; round < 2; round++) {
    const described = JSON.parse(bodyOf(await instance.call(REPLY, request('/api/echo'))));
    assert.deepEqual(described, { method: 'POST', path: '/api/echo', bodyLength: 7, headers });
  }
  assert.deepEqual(host.lines, Array(2).fill('info POST /api/echo'));
});

/** What c-faults does at each path, and how that must end. */
const faults: Readonly<Record<string, { readonly code: string; readonly detail?: RegExp }>> = {
  '/trap': { code: 'TRAP_GUEST', detail: /unreachable/ },
  '/stack': { code: 'TRAP_GUEST', detail: /stack overflow/ },
  '/oom': { code: 'TRAP_GUEST', detail: /unreachable/ },
  '/oob': { code: 'TRAP_GUEST', detail: /out of bounds/ },
  '/badptr': { code: 'TRAP_POINTER' },
  '/biglen': { code: 'TRAP_POINTER' },
  '/badalign': { code: 'TRAP_ALIGN' },
  '/badutf8': { code: 'TRAP_UTF8' },
  '/badtag': { code: 'TRAP_DISCRIMINANT' },
  '/badopt': { code: 'TRAP_DISCRIMINANT' },
};

function trapOf(instance: Instance, path: string): any {
  try {
    instance.call(REPLY, request(path));
  } catch (error) {
    return error;
  }
  assert.fail(`${path} does not trap`);
}

test('c-faults is trapped for what it does, and its instance with it', async (t) => {
  const { pre } = await linked('c-faults');
  for (const [path, { code, detail }] of Object.entries(faults)) {
    await t.test(path, () => {
      using instance = pre.acquire();
      const trap = trapOf(instance, path);
      assert.deepEqual([trap.code, trap.blame], [code, 'guest']);
      if (detail) assert.match(JSON.stringify(trap.detail), detail);
      assert.equal(instance.trapped, trap);
      assert.equal(trapOf(instance, '/echo').code, code);
      using next = pre.acquire();
      assert.equal(bodyOf(next.call(REPLY, request('/echo'))), 'payload');
    });
  }
});

test('c-faults may also behave', async () => {
  const { pre } = await linked('c-faults');
  using instance = pre.acquire();
  assert.equal(instance.call(REPLY, request('/none')), undefined);
  assert.deepEqual(instance.call(REPLY, request('/redirect')), { tag: 'internal-redirect', val: '/other' });
  assert.equal(bodyOf(instance.call(REPLY, request('/big'))), 'x'.repeat(1 << 20));
  const unknown: any = instance.call(REPLY, request('/what'));
  assert.deepEqual([unknown.val.code, unknown.val.headers], [404, []]);
});

test('an instance starts from nothing, a kept one remembers', async () => {
  const { pre } = await linked('c-faults');
  for (let i = 0; i < 3; i++) {
    using fresh = pre.acquire();
    assert.equal(bodyOf(fresh.call(REPLY, request('/counter'))), '1');
  }
  using kept = pre.acquire();
  const counts = [1, 2, 3].map(() => bodyOf(kept.call(REPLY, request('/counter'))));
  assert.deepEqual(counts, ['1', '2', '3']);
});
