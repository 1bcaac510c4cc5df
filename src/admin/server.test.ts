import assert from 'node:assert/strict';
import {
  access,
  lstat,
  mkdir,
  mkdtempDisposable,
  readdir,
  readlink,
  stat,
  writeFile,
} from 'node:fs/promises';
import { type IncomingMessage, request } from 'node:http';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { failures, isCoded } from '../lib/errors.ts';
import { type Collector, createCollector } from '../telemetry/collector.ts';
import { askEngine } from './client.ts';
import type { AdminMethods } from './conversation.ts';
import { createPages } from './pages.ts';
import { type AdminServer, type AdminServerOptions, createAdminServer } from './server.ts';

const temporary = () => mkdtempDisposable(join(tmpdir(), 'hermes-'));
const boom = failures({ BOOM: { blame: 'operator', text: 'Cannot go on: it went boom' } });

const methods: AdminMethods = {
  echo: (params) => params,
  nothing: () => undefined,
  later: async ({ n }) => {
    await new Promise(setImmediate);
    return n;
  },
  refuse: () => {
    throw boom('BOOM', { at: 3 });
  },
  fail: () => {
    throw new TypeError('no such thing');
  },
  unprintable: () => 1n,
  large: () => 'x'.repeat(1 << 20),
};

interface Opened extends AsyncDisposable {
  readonly server: AdminServer;
  readonly home: string;
  readonly log: Collector;
}

async function open(options: Partial<AdminServerOptions> = {}): Promise<Opened> {
  await using stack = new AsyncDisposableStack();
  const home = options.home ?? stack.use(await temporary()).path;
  const log = createCollector();
  const health = () => ({ ok: false, reasons: ['shop is starting', 'The queue is full'] });
  const pages = createPages({ metrics: () => 'a_total 1\n', health, log });
  const server = stack.use(await createAdminServer({ home, methods, pages, ...options }, { log }));
  const opened = stack.move();
  return { server, home, log, [Symbol.asyncDispose]: () => opened.disposeAsync() };
}

/** Sends pieces, then ends, and resolves with every line that came back. */
async function say(path: string, ...parts: readonly (string | Uint8Array)[]): Promise<any[]> {
  const socket = connect({ path, allowHalfOpen: true });
  for (const part of parts) {
    socket.write(part);
    await new Promise(setImmediate);
  }
  socket.end();
  const lines = (await textOf(socket)).split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line));
}

async function textOf(stream: Socket | IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text;
}

async function closed(socket: Socket): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  socket.on('error', () => undefined).once('close', () => resolve());
  await promise;
}

function get(path: string, url: string, method = 'GET'): Promise<IncomingMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  request({ socketPath: path, path: url, method, agent: false }, resolve).on('error', reject).end();
  return promise;
}

describe('createAdminServer() lines', () => {
  it('answers in order, however the bytes arrive', async () => {
    await using opened = await open();
    const { path } = opened.server;
    const answers = await say(
      path,
      '{"id":1,"method":"la',
      'ter","params":{"n":7}}\r\n\n  {"id":"b","method":"echo","params":{"é":"✓"}}\n{"method":"nothing"',
      '}',
    );
    assert.deepEqual(answers, [
      { id: 1, result: 7 },
      { id: 'b', result: { é: '✓' } },
      { id: null, result: null },
    ]);
    assert.deepEqual(await say(path), []);
  });

  it('answers what is no request with a code, and goes on', async () => {
    await using opened = await open();
    const bad = [
      'status',
      '[]',
      'null',
      '"status"',
      '{}',
      '{"id":4,"method":5}',
      '{"id":4,"method":"echo","params":[]}',
      '{"id":4,"method":"echo","params":null}',
      '{"id":{},"method":"ech"}',
      '{"id":4,"method":"constructor"}',
      '{"id":4,"__proto__":{"method":"echo"}}',
      '\u0000',
    ];
    const answers = await say(
      opened.server.path,
      ...bad.map((line) => `${line}\n`),
      Uint8Array.of(0xff, 0xfe, 0x0a),
      '{"id":9,"method":"echo"}\n',
    );
    assert.equal(answers.length, bad.length + 2);
    assert.deepEqual(answers.pop(), { id: 9, result: {} });
    for (const { error } of answers) assert.match(error.code, /^ADMIN_(REQUEST|METHOD)$/);
    const [unknown] = answers.filter(({ error }) => error.code === 'ADMIN_METHOD');
    assert.equal(unknown.error.detail.hint, 'did you mean "echo"?');
    assert.deepEqual(
      answers.map(({ id }) => id).filter((id) => id !== null),
      [4, 4, 4, 4, 4],
    );
  });

  it('tells an error with its code; one without stands in the log, too', async () => {
    await using opened = await open();
    const [refused, failed, unprintable] = await say(
      opened.server.path,
      '{"id":1,"method":"refuse"}\n{"id":2,"method":"fail"}\n{"id":3,"method":"unprintable"}\n',
    );
    assert.deepEqual(refused, {
      id: 1,
      error: { text: 'Cannot go on: it went boom', code: 'BOOM', blame: 'operator', detail: { at: 3 } },
    });
    assert.deepEqual([failed.error.code, failed.error.cause.text], ['ADMIN_FAILED', 'no such thing']);
    assert.equal(unprintable.error.code, 'ADMIN_FAILED');
    assert.equal(opened.log.find('Admin request failed').length, 2);
  });

  it('refuses a line that does not end, and closes', async () => {
    await using opened = await open();
    const socket = connect({ path: opened.server.path, allowHalfOpen: true });
    const sent = { long: 'x'.repeat(1 << 17) };
    socket.write('{"id":1,"method":"echo"}\n');
    socket.write(`{"id":2,"method":"echo","params":${JSON.stringify(sent)}}\n{"id":3}\n`);
    const [first, second, ...rest] = (await textOf(socket)).trim().split('\n');
    assert.deepEqual(JSON.parse(first ?? ''), { id: 1, result: {} });
    assert.equal(JSON.parse(second ?? '').error.code, 'ADMIN_LINE');
    assert.deepEqual(rest, []);
  });
});

describe('createAdminServer() HTTP', () => {
  it('serves two pages on the same socket', async () => {
    await using opened = await open();
    const { path } = opened.server;
    const metrics = await get(path, '/metrics?x=1');
    assert.deepEqual([metrics.statusCode, await textOf(metrics)], [200, 'a_total 1\n']);
    assert.equal(metrics.headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8');
    const health = await get(path, '/healthz');
    assert.deepEqual(
      [health.statusCode, health.headers['retry-after'], await textOf(health)],
      [503, '1', 'shop is starting\nThe queue is full\n'],
    );
    const head = await get(path, '/metrics', 'HEAD');
    assert.deepEqual([head.statusCode, head.headers['content-length'], await textOf(head)], [200, '10', '']);
    for (const [url, method, status] of [
      ['/', 'GET', 404],
      ['/metrics/', 'GET', 404],
      ['/healthz', 'POST', 405],
      ['/metrics', 'DELETE', 405],
    ] as const) {
      const answer = await get(path, url, method);
      answer.resume();
      assert.equal(answer.statusCode, status, url);
    }
  });

  it('closes what is no HTTP', async () => {
    await using opened = await open();
    const socket = connect({ path: opened.server.path });
    socket.write('GET \r\n\r\n');
    socket.resume();
    await closed(socket);
    assert.equal((await get(opened.server.path, '/metrics')).resume().statusCode, 200);
  });
});

describe('createAdminServer() clients', () => {
  it('tells one that is too many, and takes the next when there is room', async () => {
    await using opened = await open({ connections: 2 });
    const { path } = opened.server;
    const idle = [connect({ path }), connect({ path })];
    for (const socket of idle) {
      socket.write('{"id":1,"method":"echo"}\n');
      await new Promise((resolve) => socket.once('data', resolve));
    }
    assert.equal((await say(path, '{"id":1,"method":"echo"}\n'))[0].error.code, 'ADMIN_BUSY');
    const gone = closed(idle[0] ?? assert.fail());
    idle[0]?.destroy();
    await gone;
    let answer: any;
    do [answer] = await say(path, '{"id":1,"method":"echo"}\n');
    while (answer.error?.code === 'ADMIN_BUSY');
    assert.deepEqual(answer, { id: 1, result: {} });
    idle[1]?.destroy();
  });

  it('cuts off who is silent, stops in the middle or does not read, and nobody else', async () => {
    await using opened = await open({ patienceMs: 30 });
    const { path } = opened.server;
    const slow = [
      '',
      '{"id":1,',
      'GET /metrics HTTP/1.1\r\nHost: a\r\n',
      '{"id":1,"method":"large"}\n'.repeat(99),
    ];
    await Promise.all(
      slow.map(async (text) => {
        const socket = connect({ path });
        socket.write(text);
        // Reading nothing, it learns of its end by writing.
        if (text.length < 100) return closed(socket.resume());
        const end = closed(socket);
        const writing = setInterval(() => socket.write('\n'), 5);
        await end;
        clearInterval(writing);
      }),
    );
    // On a machine that stalls, this client is late as well, and asks again.
    let answers: any[] = [];
    while (answers.length === 0) answers = await say(path, '{"id":1,"method":"echo"}\n').catch(() => []);
    assert.deepEqual(answers, [{ id: 1, result: {} }]);
  });

  it('closes every connection with itself, and a method under way hears of it', async () => {
    const { promise: begun, resolve: begin } = Promise.withResolvers<AbortSignal>();
    const wait = (_: unknown, { signal }: { readonly signal: AbortSignal }) => {
      begin(signal);
      return new Promise(() => undefined);
    };
    const opened = await open({ methods: { wait } });
    const sockets = [connect({ path: opened.server.path }), connect({ path: opened.server.path })];
    sockets[0]?.write('{"method":"wait"}\n');
    const signal = await begun;
    const ends = sockets.map((socket) => closed(socket.resume()));
    await Promise.all([opened.server[Symbol.asyncDispose](), opened.server[Symbol.asyncDispose]()]);
    assert.ok(signal.aborted);
    await Promise.all(ends);
    await assert.rejects(access(opened.server.path), { code: 'ENOENT' });
    await opened[Symbol.asyncDispose]();
  });
});

describe('createAdminServer() place', () => {
  it('lets nobody else in, and takes the place of a socket that a dead engine left', async () => {
    await using home = await temporary();
    const path = join(home.path, 'admin.sock');
    await writeFile(path, 'left behind');
    await using opened = await open({ home: home.path });
    assert.equal(opened.server.path, path);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
    assert.ok((await lstat(path)).isSocket());
  });

  it('goes elsewhere when the path is too long, and leaves nothing there', async () => {
    await using folder = await temporary();
    const home = join(folder.path, 'x'.repeat(120));
    await mkdir(home);
    const first = await open({ home });
    const elsewhere = dirname(first.server.path);
    assert.ok(first.server.path.length < 104);
    assert.equal(await readlink(join(home, 'admin.sock')), first.server.path);
    assert.equal((await stat(elsewhere)).mode & 0o777, 0o700);
    assert.deepEqual(await askEngine('echo', { a: 1 }, { home }), { a: 1 });
    // As after a crash: the next engine finds the link of the first.
    await using second = await open({ home });
    await assert.rejects(access(elsewhere), { code: 'ENOENT' });
    assert.deepEqual(await askEngine('echo', {}, { home }), {});
    const { path } = second.server;
    await second[Symbol.asyncDispose]();
    await first[Symbol.asyncDispose]();
    await assert.rejects(access(dirname(path)), { code: 'ENOENT' });
    assert.deepEqual(await readdir(home), []);
  });

  it('says what to do when it cannot be opened', async () => {
    await using home = await temporary();
    await mkdir(join(home.path, 'admin.sock'));
    await assert.rejects(open({ home: home.path }), { code: 'ADMIN_SOCKET' });
  });
});

describe('askEngine()', () => {
  const asking = (home: string, timeoutMs = 10_000) => askEngine('echo', {}, { home, timeoutMs });

  it('answers results and throws the errors of the engine', async () => {
    await using opened = await open();
    const { home } = opened;
    assert.deepEqual(await askEngine('echo', { a: [1] }, { home }), { a: [1] });
    assert.equal(String(await askEngine('large', {}, { home })).length, 1 << 20);
    await assert.rejects(askEngine('refuse', {}, { home }), (error) => {
      assert.ok(isCoded(error));
      assert.deepEqual([error.code, error.blame, error.detail], ['BOOM', 'operator', { at: 3 }]);
      return true;
    });
  });

  it('says that no engine runs: no folder, no socket, one of a dead engine', async () => {
    await using home = await temporary();
    await assert.rejects(asking(join(home.path, 'nowhere')), { code: 'ENGINE_NOT_RUNNING' });
    await assert.rejects(asking(home.path), { code: 'ENGINE_NOT_RUNNING' });
    await assert.rejects(asking(join(home.path, 'x'.repeat(200))), { code: 'ENGINE_NOT_RUNNING' });
    await writeFile(join(home.path, 'admin.sock'), '');
    await assert.rejects(asking(home.path), { code: 'ENGINE_NOT_RUNNING' });
  });

  it('says what is wrong with an engine that answers nonsense, or nothing', async () => {
    await using home = await temporary();
    let behave = (_socket: Socket): void => undefined;
    await using server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('error', () => undefined);
      behave(socket);
    });
    await new Promise<void>((resolve) => server.listen(join(home.path, 'admin.sock'), resolve));
    behave = (socket) => void socket.resume().once('end', () => socket.destroy());
    await assert.rejects(asking(home.path), { code: 'ENGINE_ANSWER' });
    for (const text of ['hello\n', '{}\n', '[]\n', '{"error":1}\n', '7']) {
      behave = (socket) => void socket.resume().end(text);
      await assert.rejects(asking(home.path), { code: 'ENGINE_ANSWER' });
    }
    const taken: Socket[] = [];
    behave = (socket) => void taken.push(socket);
    await assert.rejects(asking(home.path, 20), { code: 'ENGINE_SILENT' });
    const reason = new Error('enough');
    const options = { home: home.path, signal: AbortSignal.abort(reason) };
    await assert.rejects(askEngine('echo', {}, options), reason);
    for (const socket of taken) socket.destroy();
  });
});
