import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import type { Reply } from '../../engine/extension.ts';
import { answering, type Harness, http, readAll, startHarness } from './fixtures/harness.ts';

const GET = 'GET /api HTTP/1.1\r\nHost: HOST\r\n';

/** Takes what came over one connection apart as HTTP does; fails when it is no series of well-formed answers. */
function answersIn(
  text: string,
  methods: readonly string[] = [],
): { readonly status: number; readonly head: string; readonly body: string }[] {
  const answers = [];
  let rest = text;
  while (rest !== '') {
    const match =
      /^HTTP\/1\.1 ([1-5]\d\d) [A-Za-z- ]+\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+: [^\r\n\0]*\r\n)*)\r\n/.exec(
        rest,
      );
    assert.ok(match, `Not an answer: ${JSON.stringify(rest.slice(0, 200))}`);
    const [whole, code, head = ''] = match;
    const status = Number(code);
    rest = rest.slice(whole.length);
    if (status === 100) continue;
    assert.match(head, /^Date: /m);
    const length = Number(/^Content-Length: (\d+)\r$/m.exec(head)?.[1] ?? 0);
    const bodyLength: number = methods[answers.length] === 'HEAD' || status === 304 ? 0 : length;
    assert.ok(rest.length >= bodyLength, `The body is cut off: ${JSON.stringify(rest)}`);
    answers.push({ status, head, body: rest.slice(0, bodyLength) });
    rest = rest.slice(bodyLength);
  }
  return answers;
}

/** Sends bytes, sees these statuses come back and the connection end, and that nobody else was harmed. */
async function sees(
  gateway: Harness,
  request: string | readonly string[],
  wanted: readonly number[],
): Promise<void> {
  const parts = typeof request === 'string' ? [request] : request;
  const answers = answersIn(await gateway.raw(...parts));
  const shown = JSON.stringify(parts).slice(0, 300);
  assert.deepEqual(
    answers.map(({ status }) => status),
    wanted,
    shown,
  );
  assert.match(answers.at(-1)?.head ?? '', /^Connection: close\r$/m, shown);
  assert.equal((await gateway.ask('/api')).status, 200, `Harmed by ${shown}`);
}

test('what is no HTTP is 400, said in HTTP', async () => {
  await using gateway = await startHarness();
  const malformed = [
    'hello\r\n\r\n',
    '\0\0\0\0\r\n\r\n',
    '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'get /api HTTP/1.1\r\nHost: HOST\r\n\r\n',
    'BREW /api HTTP/1.1\r\nHost: HOST\r\n\r\n',
    'GET /api HTTP/9.9\r\nHost: HOST\r\n\r\n',
    'GET /a b HTTP/1.1\r\nHost: HOST\r\n\r\n',
    'GET api HTTP/1.1\r\nHost: HOST\r\n\r\n',
    'GET /api#x HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n',
    'GET /\xff HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n',
    'GET * HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n',
    `${GET}No colon\r\n\r\n`,
    `${GET}Space : x\r\n\r\n`,
    `${GET}X: a\0b\r\n\r\n`,
    `${GET}X: a\rb\r\n\r\n`,
    `${GET}X: a\r\n folded\r\n\r\n`,
    `${GET}\r\n\r\n`.replace('Host: HOST\r\n', ' Host: HOST\r\n'),
  ];
  for (const request of malformed) await sees(gateway, request, [400]);
});

test('a request has exactly one Host', async () => {
  await using gateway = await startHarness();
  const close = 'Connection: close\r\n\r\n';
  await sees(gateway, `GET /api HTTP/1.1\r\n${close}`, [400]);
  await sees(gateway, `GET /api HTTP/1.0\r\n${close}`, [400]);
  await sees(gateway, `GET /api HTTP/1.1\r\nHost:\r\n${close}`, [400]);
  await sees(gateway, `${GET}Host: HOST\r\n${close}`, [400]);
  await sees(gateway, `${GET}host: evil.example\r\n${close}`, [400]);
  await sees(gateway, `GET /api HTTP/1.0\r\nHost: HOST\r\n${close}`, [200]);
});

test('an absolute target says which host is meant', async () => {
  await using gateway = await startHarness();
  const ask = async (target: string, host: string) => {
    const text = await gateway.raw(`GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
    return answersIn(text).map(({ status }) => status);
  };
  assert.deepEqual(await ask('http://shop.localhost/api?a=b', 'evil.example'), [200]);
  assert.deepEqual(await ask('http://evil.example/api', 'shop.localhost'), [421]);
  assert.deepEqual(await ask('http://shop.localhost:99999999/api', 'HOST'), [400]);
  assert.deepEqual(await ask('http://user@shop.localhost/api', 'HOST'), [400]);
  assert.deepEqual(await ask('ftp://shop.localhost/api', 'HOST'), [400]);
  const [event] = gateway.context.sent;
  assert.ok(event);
  assert.deepEqual(event.args[2], '/api?a=b');
  assert.deepEqual((event.args[1] as [string, string[]][])[0], ['host', ['shop.localhost']]);
});

test('where a body ends is never guessed', async () => {
  await using gateway = await startHarness();
  const post = 'POST /api HTTP/1.1\r\nHost: HOST\r\n';
  const hidden = 'GET /api/hidden HTTP/1.1\r\nHost: HOST\r\n\r\n';
  const smuggled = [
    `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${hidden}`,
    `${post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${hidden}`,
    `${post}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello${hidden}`,
    `${post}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello${hidden}`,
    `${post}Content-Length: 5, 5\r\n\r\nhello${hidden}`,
    `${post}Content-Length: +5\r\n\r\nhello${hidden}`,
    `${post}Content-Length: -1\r\n\r\n${hidden}`,
    `${post}Content-Length: 0x5\r\n\r\nhello${hidden}`,
    `${post}Content-Length: 99999999999999999999\r\n\r\n${hidden}`,
    `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${hidden}`,
    `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${hidden}`,
    `${post}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n${hidden}`,
    `${post}Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n${hidden}`,
  ];
  for (const request of smuggled) await sees(gateway, request, [400]);
  const inBody = [
    `${post}Transfer-Encoding: chunked\r\n\r\nxyz\r\nhello\r\n0\r\n\r\n${hidden}`,
    `${post}Transfer-Encoding: chunked\r\n\r\n5\r\nhelloworld\r\n0\r\n\r\n${hidden}`,
    `${post}Transfer-Encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n${hidden}`,
    `${post}Transfer-Encoding: chunked\r\n\r\n5\nhello\n0\n\n${hidden}`,
  ];
  for (const request of inBody) await sees(gateway, request, [400]);
  assert.ok(gateway.context.sent.every(({ args }) => args[2] === '/api'));
});

test('headers have a bound', async () => {
  await using gateway = await startHarness({ config: { maxHeaderBytes: 8192 } });
  await sees(gateway, `${GET}X: ${'x'.repeat(9000)}\r\n\r\n`, [431]);
  await sees(gateway, `GET /${'x'.repeat(9000)} HTTP/1.1\r\nHost: HOST\r\n\r\n`, [431]);
  await sees(gateway, `${GET}${'a:b\r\n'.repeat(200_000)}`, [431]);
  const { status } = await gateway.ask('/api', { headers: { x: 'x'.repeat(7000) } });
  assert.equal(status, 200);
});

test('every header line within the bound reaches the module', async () => {
  await using gateway = await startHarness();
  await gateway.raw(`${GET}${'a:b\r\n'.repeat(2500)}Connection: close\r\n\r\n`);
  const [event] = gateway.context.sent;
  assert.ok(event);
  assert.equal((event.args[1] as unknown[]).length, 2502);
});

test('slow clients are told so and let go', async () => {
  await using gateway = await startHarness({ config: { headersTimeoutMs: 300, requestTimeoutMs: 500 } });
  await sees(gateway, 'GET /api HTTP/1.1\r\nHost:', [408]);
  await sees(gateway, 'POST /api HTTP/1.1\r\nHost: HOST\r\nContent-Length: 5\r\n\r\nhe', [408]);
  await sees(gateway, 'POST /api HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhe', [408]);
  assert.equal(gateway.context.sent.length, 3, 'Only the well-behaved requests reach the module');
});

test('an idle connection is closed', async () => {
  await using gateway = await startHarness({ config: { keepAliveTimeoutMs: 20 } });
  const [answer] = answersIn(await gateway.raw(`${GET}\r\n`));
  assert.equal(answer?.status, 200);
});

test('a client that takes nothing of its answer is cut off', async () => {
  const big = new Uint8Array(30_000_000);
  await using gateway = await startHarness({ replies: answering(http(big)), config: { sendTimeoutMs: 50 } });
  const client = await gateway.socket();
  client.on('error', () => undefined);
  client.pause();
  client.write(`GET /api HTTP/1.1\r\nHost: shop.localhost\r\n\r\n`);
  await new Promise<void>((resolve) => {
    const look = (): void => {
      if (gateway.context.log.find('Request').length > 0) resolve();
      else setImmediate(look);
    };
    look();
  });
  client.destroy();
});

test('bodies have a bound, stated or not', async () => {
  await using gateway = await startHarness({ config: { maxRequestBytes: 1000 } });
  assert.equal((await gateway.ask('/api', { method: 'POST', body: 'x'.repeat(1000) })).status, 200);
  const post = 'POST /api HTTP/1.1\r\nHost: HOST\r\n';
  await sees(gateway, `${post}Content-Length: 1001\r\n\r\n`, [413]);
  await sees(gateway, `${post}Content-Length: 9000000\r\n\r\n${'x'.repeat(9_000_000)}`, [413]);
  const chunk = `400\r\n${'x'.repeat(1024)}\r\n`;
  await sees(gateway, `${post}Transfer-Encoding: chunked\r\n\r\n${chunk}`, [413]);
  await sees(gateway, `${post}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(5000)}0\r\n\r\n`, [413]);
  assert.ok(gateway.context.sent.every(({ args }) => (args[0] as Uint8Array).length <= 1000));
});

test('all bodies together have a bound', async () => {
  const gate = Promise.withResolvers<void>();
  const replies = async (): Promise<readonly Reply[]> => {
    await gate.promise;
    return [{ module: 'api', ok: true, value: http('done') }];
  };
  await using gateway = await startHarness({ replies, config: { maxWaitingBytes: 3000, roomTimeoutMs: 20 } });
  const post = () => gateway.ask('/api', { method: 'POST', body: 'x'.repeat(1000) });
  const first = post();
  while (gateway.context.sent.length === 0) await new Promise(setImmediate);
  const second = await post();
  assert.deepEqual([second.status, second.headers['retry-after']], [503, '1']);
  gate.resolve();
  assert.equal((await first).status, 200);
  assert.equal((await post()).status, 200);
});

test('100 Continue comes when the body is wanted', async () => {
  await using gateway = await startHarness({ config: { maxRequestBytes: 10 } });
  const post = (length: number) =>
    `POST /api HTTP/1.1\r\nHost: HOST\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`;
  assert.match(await gateway.raw(post(5), 'hello'), /^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK/);
  await sees(gateway, post(11), [413]);
  const forbidden = post(5).replace('Expect', 'Origin: http://evil.example\r\nExpect');
  await sees(gateway, forbidden, [403]);
  await sees(gateway, `${GET}Expect: coffee\r\nConnection: close\r\n\r\n`, [417]);
});

test('pipelined requests are answered in their order, one after another', async () => {
  let running = 0;
  const replies = async ({ args }: { readonly args: readonly unknown[] }): Promise<readonly Reply[]> => {
    assert.equal(++running, 1);
    await new Promise(setImmediate);
    running--;
    return [{ module: 'api', ok: true, value: http(String(args[2])) }];
  };
  await using gateway = await startHarness({ replies });
  const count = 2000;
  const requests = Array.from({ length: count }, (_, n) => {
    const close = n === count - 1 ? 'Connection: close\r\n' : '';
    return n % 2 === 0
      ? `GET /api/${n} HTTP/1.1\r\nHost: HOST\r\n${close}\r\n`
      : `POST /api/${n} HTTP/1.1\r\nHost: HOST\r\nContent-Length: 3\r\n${close}\r\nabc`;
  });
  const answers = answersIn(await gateway.raw(requests.join('')));
  assert.deepEqual(
    answers.map(({ body }) => body),
    Array.from({ length: count }, (_, n) => `/api/${n}`),
  );
});

test('garbage behind good requests is answered after them', async () => {
  await using gateway = await startHarness();
  await sees(gateway, `${GET}\r\n${GET}\r\nrubbish\r\n\r\n`, [200, 200, 400]);
  await sees(gateway, `${GET}\r\n${GET}Content-Length: 2\r\nContent-Length: 3\r\n\r\n`, [200, 400]);
  const chunked = 'POST /api HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n';
  await sees(gateway, `${GET}\r\n${chunked}`, [200, 400]);
});

test('CONNECT is not offered, an upgrade is passed over', async () => {
  await using gateway = await startHarness();
  await sees(gateway, 'CONNECT shop.localhost:80 HTTP/1.1\r\nHost: shop.localhost:80\r\n\r\n', [501]);
  const upgrade = 'Connection: upgrade, close\r\nUpgrade: websocket\r\n\r\n';
  await sees(gateway, `${GET}${upgrade}`, [200]);
  await sees(gateway, `${GET}Connection: Upgrade, HTTP2-Settings, close\r\nUpgrade: h2c\r\n\r\n`, [200]);
});

test('OPTIONS of the server as a whole', async () => {
  await using gateway = await startHarness();
  await sees(gateway, 'OPTIONS * HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n', [204]);
});

test('refused bodies are read past, so that the connection serves on', async () => {
  await using gateway = await startHarness({ files: { '/www/a.txt': 'a' } });
  const post = 'POST /a.txt HTTP/1.1\r\nHost: HOST\r\nContent-Length: 2000\r\n\r\n';
  const last = `${GET}Connection: close\r\n\r\n`;
  await sees(gateway, `${post}${'x'.repeat(2000)}${last}`, [405, 200]);
});

test('the event of a client that goes away runs, and nothing is left', async () => {
  const gate = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const replies = async (): Promise<readonly Reply[]> => {
    started.resolve();
    await gate.promise;
    return [{ module: 'api', ok: true, value: http('late') }];
  };
  await using gateway = await startHarness({ replies });
  const client = await gateway.socket();
  client.write(
    'GET /api HTTP/1.1\r\nHost: shop.localhost\r\n\r\nGET /api/never HTTP/1.1\r\nHost: shop.localhost\r\n\r\n',
  );
  await started.promise;
  client.destroy();
  await once(client, 'close');
  // By now the gateway has heard of it.
  await gateway.ask('/nothing');
  const lines = gateway.context.log.find('Request').length;
  gate.resolve();
  while (gateway.context.log.find('Request').length === lines) await new Promise(setImmediate);
  assert.equal(gateway.context.sent.length, 1);
  assert.equal((await gateway.ask('/api')).text, 'late');
});

test('a client that goes away while it sends reaches no module', async () => {
  await using gateway = await startHarness();
  const client = await gateway.socket();
  client.write('POST /api HTTP/1.1\r\nHost: shop.localhost\r\nContent-Length: 100\r\n\r\nhello');
  client.end();
  const text = await readAll(client);
  assert.ok(answersIn(text).every(({ status }) => status === 400));
  assert.equal(gateway.context.sent.length, 0);
});

test('a client that ends its side after asking gets its answer', async () => {
  await using gateway = await startHarness();
  const client = await gateway.socket();
  client.end('GET /api HTTP/1.1\r\nHost: shop.localhost\r\nConnection: close\r\n\r\n');
  assert.deepEqual(
    answersIn(await readAll(client)).map(({ status }) => status),
    [200],
  );
});

test('connections have a bound', async () => {
  const gate = Promise.withResolvers<void>();
  const replies = async (): Promise<readonly Reply[]> => {
    await gate.promise;
    return [{ module: 'api', ok: true, value: http('done') }];
  };
  const config = { maxConnections: 2, roomTimeoutMs: 600_000 };
  await using gateway = await startHarness({ apps: ['shop', 'blog', 'wiki'], replies, config });
  const ask = (app: string) => gateway.ask('/api', { headers: { host: `${app}.localhost` } });
  const begun = async (app: string) => {
    const count = gateway.context.sent.length;
    const answer = ask(app);
    while (gateway.context.sent.length === count) await new Promise(setImmediate);
    return answer;
  };
  // What came in time is answered, and one more of somebody else.
  const answers = [begun('shop')];
  while (gateway.context.sent.length < 1) await new Promise(setImmediate);
  answers.push(begun('shop'));
  while (gateway.context.sent.length < 2) await new Promise(setImmediate);
  answers.push(begun('blog'));
  while (gateway.context.sent.length < 3) await new Promise(setImmediate);
  await assert.rejects(ask('wiki'));
  assert.equal(gateway.context.log.find('Connection refused: too many are open').length, 1);
  gate.resolve();
  for (const { status } of await Promise.all(answers)) assert.equal(status, 200);
  assert.equal((await ask('wiki')).status, 200);
});
