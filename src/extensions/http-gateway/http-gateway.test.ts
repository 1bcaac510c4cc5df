import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { test } from 'node:test';
import type { HostEvent } from '../../engine/extension.ts';
import { CodedError, isCoded } from '../../lib/errors.ts';
import { complies, fakeApp, fakeContext } from '../../testkit/index.ts';
import { createMemoryVfs } from '../../vfs/memory.ts';
import { parseConfig } from './config.ts';
import { REPLY, VALIDATE_AUTH } from './events.ts';
import { answering, http, startHarness } from './fixtures/harness.ts';
import { httpGateway } from './index.ts';

complies(httpGateway, { config: { port: 0 } });

test('a module gets the request as it came and the client what it answers', async () => {
  const headers = [
    ['content-type', ['text/plain']],
    ['Set-Cookie', ['a=1', 'b=2']],
    ['x-name', ['café']],
  ] as const;
  await using gateway = await startHarness({ replies: answering(http('done', { code: 201, headers })) });
  const reply = await gateway.ask('/api/things?q=%20x&q=2', {
    method: 'POST',
    headers: { 'X-Tag': ['one', 'two'], 'Content-Type': 'text/plain' },
    body: 'body',
  });
  assert.equal(reply.status, 201);
  assert.equal(reply.text, 'done');
  assert.deepEqual(reply.headers['set-cookie'], ['a=1', 'b=2']);
  assert.equal(reply.headers['content-length'], '4');
  assert.equal(Buffer.from(reply.headers['x-name'] as string, 'latin1').toString(), 'café');
  const [event] = gateway.context.sent;
  assert.deepEqual(
    { ...event, args: [] },
    {
      name: REPLY,
      source: ['http', '1'],
      app: 'shop',
      modules: 'exporting',
      reply: 'first',
      args: [],
      bytes: event?.bytes,
    },
  );
  assert.ok(event);
  const [body, lines, path, method] = event.args as [Uint8Array, [string, string[]][], string, string];
  assert.equal(new TextDecoder().decode(body), 'body');
  assert.equal(path, '/api/things?q=%20x&q=2');
  assert.equal(method, 'POST');
  assert.deepEqual(
    lines.filter(([name]) => name === 'x-tag' || name === 'content-type'),
    [
      ['x-tag', ['one']],
      ['x-tag', ['two']],
      ['content-type', ['text/plain']],
    ],
  );
  assert.ok(lines.every(([name, values]) => name === name.toLowerCase() && values.length === 1));
});

test('one line per request says what happened', async () => {
  await using gateway = await startHarness();
  await gateway.ask('/api/a?secret=1');
  await gateway.ask('/nothing');
  await gateway.service.close?.();
  await gateway[Symbol.asyncDispose]();
  const lines = gateway.context.log.find('Request').map(({ level, fields }) => ({ level, ...fields }));
  assert.deepEqual(lines, [
    { level: 'info', method: 'GET', path: '/api/a', status: 200, ms: 0, app: 'shop', module: 'api' },
    { level: 'info', method: 'GET', path: '/nothing', status: 404, ms: 0, app: 'shop' },
  ]);
});

test('requests are counted by application and class of status', async () => {
  await using gateway = await startHarness();
  await gateway.ask('/api/a');
  await gateway.ask('/nothing');
  await gateway.ask('/', { headers: { host: 'constructor.localhost' } });
  await gateway.service.close?.();
  await gateway[Symbol.asyncDispose]();
  const { metrics } = gateway.context;
  assert.deepEqual(metrics.series('hermes_http_requests_total'), [
    { labels: { app: 'shop', status: '2xx' }, value: 1 },
    { labels: { app: 'shop', status: '4xx' }, value: 1 },
    { labels: { app: '', status: '4xx' }, value: 1 },
  ]);
  assert.equal(metrics.value('hermes_http_request_seconds', { app: 'shop' }), 2);
});

test('HEAD reaches the module and loses only the body', async () => {
  const ask = async (value: unknown) => {
    await using gateway = await startHarness({ replies: answering(value) });
    const { status, headers, body } = await gateway.ask('/api', { method: 'HEAD' });
    return [status, headers['content-length'], body.length, gateway.context.sent[0]?.args[3]];
  };
  assert.deepEqual(await ask(http('hello')), [200, '5', 0, 'HEAD']);
  assert.deepEqual(await ask(http('', { headers: [['content-length', ['77']]] })), [200, '77', 0, 'HEAD']);
  assert.deepEqual(await ask(http('')), [200, undefined, 0, 'HEAD']);
});

test('answers without a body', async () => {
  const ask = async (code: number, headers: [string, string[]][] = []) => {
    await using gateway = await startHarness({ replies: answering(http('', { code, headers })) });
    const answer = await gateway.ask('/api');
    return [answer.status, answer.headers['content-length'], answer.text];
  };
  assert.deepEqual(await ask(204), [204, undefined, '']);
  assert.deepEqual(await ask(204, [['content-length', ['0']]]), [204, undefined, '']);
  assert.deepEqual(await ask(304, [['etag', ['"a"']]]), [304, undefined, '']);
  assert.deepEqual(await ask(304, [['content-length', ['12']]]), [304, '12', '']);
  assert.deepEqual(await ask(205), [205, '0', '']);
  assert.deepEqual(await ask(200), [200, '0', '']);
});

test('what a module says of itself is said once', async () => {
  const date = 'Thu, 01 Jan 2026 00:00:00 GMT';
  const headers: [string, string[]][] = [
    ['Date', [date]],
    ['Content-Length', ['5', '5']],
    ['Empty', []],
  ];
  await using gateway = await startHarness({ replies: answering(http('hello', { headers })) });
  const text = await gateway.raw('GET /api HTTP/1.1\r\nHost: HOST\r\nConnection: close\r\n\r\n');
  assert.deepEqual(text.match(/^Date: .*(?=\r$)/gim), [`Date: ${date}`]);
  assert.deepEqual(text.match(/^Content-Length: .*(?=\r$)/gim), ['Content-Length: 5']);
  assert.doesNotMatch(text, /^Empty/m);
  assert.match(text, /^X-Content-Type-Options: nosniff\r$/m);
});

test('nonsense of a module is 502 for the client and a line for the operator', async () => {
  const control = [0, 1, 10, 13, 31, 127].map((code) => String.fromCharCode(code));
  const nonsense: unknown[] = [
    ...[0, 99, 100, 101, 103, 199, 600, 999, 65_535].map((code) => http('', { code })),
    ...['', 'a b', 'a:', 'a\r\nb', 'é', 'a(b)'].map((name) => http('', { headers: [[name, ['x']]] })),
    ...control.map((character) => http('', { headers: [['x', [`a${character}b`]]] })),
    ...['connection', 'Transfer-Encoding', 'UPGRADE', 'keep-alive', 'te', 'trailer', 'proxy-connection'].map(
      (name) => http('', { headers: [[name, ['x']]] }),
    ),
    ...[['4'], ['6'], ['-5'], ['5, 5'], ['5x'], [''], ['5', '6']].map((values) =>
      http('hello', { headers: [['content-length', values]] }),
    ),
    ...[204, 205, 304].map((code) => http('x', { code })),
    http('', { code: 204, headers: [['content-length', ['5']]] }),
    http(new Uint8Array(2001)),
    http('', { headers: [['x', Array.from({ length: 20 }, () => 'y'.repeat(4000))]] }),
    { tag: 'internal-redirect', val: 'https://example.org/' },
  ];
  let at = -1;
  await using gateway = await startHarness({
    config: { maxResponseBytes: 2000 },
    replies: () => [{ module: 'api', ok: true, value: nonsense[at] }],
  });
  for (at = 0; at < nonsense.length; at++) {
    const { status, text, headers } = await gateway.ask('/api?q=secret');
    assert.equal(status, 502, JSON.stringify(nonsense[at]));
    assert.equal(text, 'The application failed to answer\n');
    assert.match(headers['content-type'] ?? '', /^text\/plain/);
  }
  const lines = gateway.context.log.find('Module failed to answer');
  assert.equal(lines.length, nonsense.length);
  for (const { level, fields, error } of lines) {
    assert.equal(level, 'warn');
    assert.deepEqual(
      { ...fields, request: '', event: Number(fields['event']) > 0 },
      {
        request: '',
        event: true,
        app: 'shop',
        module: 'api',
        method: 'GET',
        path: '/api',
        status: 502,
      },
    );
    assert.ok(isCoded(error) && ['HTTP_ANSWER', 'HTTP_REDIRECT_UNSUPPORTED'].includes(error.code));
  }
});

test('what is wrong inside decides the status, and only that gets out', async () => {
  const coded = (code: string) => new CodedError(code, { blame: 'guest', text: 'Cannot tell secret' });
  const table: readonly [unknown, number][] = [
    [coded('TRAP_GUEST'), 502],
    [new Error('secret'), 502],
    [coded('DEADLINE'), 504],
    [coded('FUEL'), 502],
    [coded('QUEUE_FULL'), 503],
    [coded('APP_GONE'), 503],
  ];
  for (const [error, wanted] of table) {
    await using gateway = await startHarness({ replies: () => [{ module: 'api', ok: false, error }] });
    const { status, text, headers } = await gateway.ask('/api');
    assert.equal(status, wanted);
    assert.doesNotMatch(text, /secret|TRAP/);
    assert.equal(headers['retry-after'], wanted === 503 ? '1' : undefined);
    assert.equal(gateway.context.log.find('Module failed to answer')[0]?.error, error);
  }
});

test('a full queue and an application on its way in or out are 503', async () => {
  await using gateway = await startHarness({
    files: { '/www/index.html': 'page' },
    replies: () => {
      throw new CodedError('QUEUE_FULL', { blame: 'host', text: 'Cannot queue event' });
    },
  });
  const full = await gateway.ask('/api');
  assert.deepEqual([full.status, full.headers['retry-after']], [503, '1']);
  const [app] = gateway.apps;
  assert.ok(app);
  for (const state of ['starting', 'stopping'] as const) {
    app.state = state;
    for (const path of ['/', '/api']) {
      const { status, headers } = await gateway.ask(path, { headers: { accept: 'text/html' } });
      assert.deepEqual([status, headers['retry-after']], [503, '1'], `${state} ${path}`);
      assert.match(headers['content-type'] ?? '', /^text\/html/);
    }
  }
});

test('a failure of the gateway itself is 500, logged and answered', async () => {
  await using gateway = await startHarness({
    replies: () => {
      throw new TypeError('secret');
    },
  });
  const { status, text } = await gateway.ask('/api');
  assert.deepEqual([status, text], [500, 'The server failed to answer\n']);
  const [line] = gateway.context.log.find('Request failed');
  assert.ok(isCoded(line?.error) && line.error.code === 'HTTP_FAILED');
  assert.equal((await gateway.ask('/nothing')).status, 404);
});

test('no answer is 404, or 405 where a route takes other methods', async () => {
  const files = {
    '/share/endpoints.json': JSON.stringify({
      subscriptions: [
        { subscription_id: 'put', module_id: 'api', path_regex: '^/api/put$', methods: ['PUT'] },
        { subscription_id: 'hook', module_id: 'api', path_regex: '^/hook$', methods: ['POST'] },
      ],
    }),
  };
  await using gateway = await startHarness({
    files,
    replies: () => [{ module: 'api', ok: true, value: undefined }],
  });
  const outcome = async (path: string, method: string) => {
    const { status, headers } = await gateway.ask(path, { method });
    return [status, headers.allow];
  };
  assert.deepEqual(await outcome('/api/put', 'GET'), [405, 'PUT']);
  assert.deepEqual(await outcome('/api/put', 'PUT'), [404, undefined]);
  assert.deepEqual(await outcome('/api/other', 'GET'), [404, undefined]);
  assert.deepEqual(await outcome('/hook', 'POST'), [404, undefined]);
  assert.deepEqual(await outcome('/hook', 'PUT'), [405, 'GET, HEAD, OPTIONS, POST']);
  assert.deepEqual(
    gateway.context.sent.map(({ modules }: HostEvent) => modules),
    ['exporting', ['api'], 'exporting', ['api']],
  );
});

test('hosts lead to applications, and others nowhere', async () => {
  const table: readonly [host: string, status: number][] = [
    ['shop.localhost', 200],
    ['SHOP.Localhost.:1', 200],
    ['shop.hermes.local', 200],
    ['my.shop.example', 200],
    ['my.shop.example:80', 200],
    ['localhost', 200],
    ['127.0.0.1', 200],
    ['127.0.0.1:9', 200],
    ['127.1.2.3', 200],
    ['[::1]:9', 200],
    ['[0:0:0:0:0:0:0:1]', 200],
    ['[::ffff:127.0.0.1]', 200],
    ['wiki.localhost', 404],
    ['a.shop.localhost', 404],
    ['-.localhost', 404],
    ['constructor', 421],
    ['__proto__', 421],
    ['shop', 421],
    ['shop.example', 421],
    ['localhost.evil.example', 421],
    ['evil-localhost', 421],
    ['192.0.2.1', 421],
    ['[2001:db8::1]', 421],
    ['2130706433', 421],
    ['0', 421],
    ['.localhost', 400],
    ['a..localhost', 400],
    ['shop.localhost:port', 400],
    ['user@shop.localhost', 400],
    ['shop.localhost/x', 400],
    ['[::1', 400],
    ['[shop]', 400],
    ['a b.localhost', 400],
  ];
  await using gateway = await startHarness({ config: { hosts: { 'My.Shop.Example.': 'shop' } } });
  for (const [host, status] of table) {
    assert.equal((await gateway.ask('/api', { headers: { host } })).status, status, host);
  }
});

test('the bare host is the only application, a page of links, or not there yet', async () => {
  await using two = await startHarness({ apps: ['wiki', 'shop'] });
  const page = await two.ask('/', { headers: { host: 'localhost:8080' } });
  assert.equal(page.status, 200);
  assert.match(page.headers['content-type'] ?? '', /^text\/html/);
  assert.match(page.text, /shop\.localhost:8080\/">shop.*\n.*wiki\.localhost:8080\/">wiki/);
  assert.equal((await two.ask('/api', { headers: { host: '127.0.0.1' } })).status, 404);
  await using none = await startHarness({ apps: [] });
  const empty = await none.ask('/', { headers: { host: 'localhost' } });
  assert.deepEqual([empty.status, empty.headers['retry-after']], [503, '1']);
  const early = await none.ask('/', { headers: { host: 'shop.localhost' } });
  assert.deepEqual([early.status, early.headers['retry-after']], [503, '1']);
});

test('an application that is gone is not served', async () => {
  await using gateway = await startHarness({ apps: ['shop'] });
  const vfs = createMemoryVfs({ '/www/index.html': 'page' });
  const binding = await gateway.service.attach(fakeApp({ name: 'wiki', vfs }));
  const status = async () => (await gateway.ask('/', { headers: { host: 'wiki.localhost' } })).status;
  assert.equal(await status(), 200);
  await binding[Symbol.asyncDispose]();
  await binding[Symbol.asyncDispose]();
  assert.equal(await status(), 404);
});

test('other sites may not send unsafe methods', async () => {
  const files = {
    '/share/endpoints.json': JSON.stringify({
      subscriptions: [
        {
          subscription_id: 'open',
          module_id: 'api',
          path_regex: '^/open$',
          allowed_origins: ['https://a.example'],
        },
        { subscription_id: 'all', module_id: 'api', path_regex: '^/all$', allowed_origins: ['*'] },
      ],
    }),
  };
  await using gateway = await startHarness({ files });
  const own = `http://shop.localhost:${gateway.service.port}`;
  const table: readonly [path: string, headers: Record<string, string>, status: number][] = [
    ['/api', {}, 200],
    ['/api', { origin: own }, 200],
    ['/api', { origin: own.toUpperCase(), 'sec-fetch-site': 'same-origin' }, 200],
    ['/api', { 'sec-fetch-site': 'none' }, 200],
    ['/api', { origin: 'http://shop.localhost', host: 'shop.localhost:80' }, 200],
    ['/api', { origin: 'https://shop.localhost', host: 'shop.localhost' }, 200],
    ['/api', { 'sec-fetch-site': 'cross-site' }, 403],
    ['/api', { 'sec-fetch-site': 'same-site' }, 403],
    ['/api', { 'sec-fetch-site': 'same-origin', origin: 'http://evil.example' }, 403],
    ['/api', { 'sec-fetch-site': 'cross-site', origin: own }, 403],
    ['/api', { origin: 'http://evil.example' }, 403],
    ['/api', { origin: 'http://wiki.localhost' }, 403],
    ['/api', { origin: `${own}, http://evil.example` }, 403],
    ['/api', { origin: `${own}.evil.example` }, 403],
    ['/api', { origin: 'null' }, 403],
    ['/api', { origin: '' }, 403],
    ['/open', { origin: 'https://a.example', 'sec-fetch-site': 'cross-site' }, 200],
    ['/open', { origin: 'https://b.example', 'sec-fetch-site': 'cross-site' }, 403],
    ['/open', { 'sec-fetch-site': 'cross-site' }, 403],
    ['/all', { origin: 'https://b.example', 'sec-fetch-site': 'cross-site' }, 200],
  ];
  for (const [path, headers, wanted] of table) {
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH']) {
      const { status } = await gateway.ask(path, { method, headers });
      assert.equal(status, wanted, `${method} ${path} ${JSON.stringify(headers)}`);
    }
    assert.equal((await gateway.ask(path, { headers })).status, 200);
  }
});

test('an allowed origin may ask before it sends, and read', async () => {
  const subscription = {
    subscription_id: 'open',
    module_id: 'api',
    path_regex: '^/open$',
    methods: ['PUT'],
    content_types: ['application/json'],
    allowed_origins: ['https://a.example'],
  };
  const files = { '/share/endpoints.json': JSON.stringify({ subscriptions: [subscription] }) };
  await using gateway = await startHarness({ files });
  const preflight = (origin: string) =>
    gateway.ask('/open', {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'content-type',
      },
    });
  const leave = await preflight('https://a.example');
  assert.equal(leave.status, 204);
  assert.equal(leave.headers['access-control-allow-origin'], 'https://a.example');
  assert.equal(leave.headers['access-control-allow-methods'], 'PUT');
  assert.equal(leave.headers['access-control-allow-headers'], 'content-type');
  assert.equal((await preflight('https://b.example')).headers['access-control-allow-origin'], undefined);
  assert.equal(gateway.context.sent.length, 0);
  const put = await gateway.ask('/open', {
    method: 'PUT',
    headers: { origin: 'https://a.example', 'content-type': 'application/json' },
    body: '{}',
  });
  assert.equal(put.headers['access-control-allow-origin'], 'https://a.example');
  assert.equal(put.headers.vary, 'Origin');
});

test('an application that asks for authentication is refused', async () => {
  await using gateway = await startHarness({ apps: [] });
  const rules = { auth_rules: [{ path_regex: '^/', method: 'GET', auth_level: 'required' }] };
  const wanting = [
    fakeApp({ vfs: createMemoryVfs({ '/share/auth.json': JSON.stringify(rules) }) }),
    fakeApp({ vfs: createMemoryVfs({ '/share/auth.json': '{"default_auth_level":"required"}' }) }),
    fakeApp({ modules: [{ name: 'auth', exports: new Set([VALIDATE_AUTH]) }] }),
  ];
  for (const app of wanting) {
    await assert.rejects(gateway.service.attach(app), { code: 'HTTP_AUTH_UNSUPPORTED', blame: 'guest' });
  }
  const harmless = createMemoryVfs({ '/share/auth.json': '{"auth_rules":[],"default_auth_level":"none"}' });
  await using _ = await gateway.service.attach(fakeApp({ vfs: harmless }));
});

test('routes with faults refuse the application, all of them named', async () => {
  await using gateway = await startHarness({ apps: [] });
  const subscriptions = [{ subscription_id: 'a', module_id: 'none', path_regex: '(' }];
  const vfs = createMemoryVfs({ '/share/endpoints.json': JSON.stringify({ subscriptions }) });
  await assert.rejects(gateway.service.attach(fakeApp({ vfs })), (error) => {
    assert.ok(isCoded(error) && error.code === 'HTTP_ENDPOINTS');
    assert.equal((error.detail['faults'] as string[]).length, 2);
    return true;
  });
});

test('a port in use is named with what to do', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as { port: number };
  await using context = fakeContext({ config: { port } });
  await assert.rejects(httpGateway().start(context), {
    code: 'HTTP_PORT_IN_USE',
    blame: 'operator',
    detail: { address: '127.0.0.1', port },
  });
  await new Promise((resolve) => taken.close(resolve));
});

test('an address that is not of this machine is refused, and nothing is left listening', async () => {
  await using context = fakeContext({ config: { port: 0, listen: ['127.0.0.1', '192.0.2.1'] } });
  await assert.rejects(httpGateway().start(context), { code: 'HTTP_LISTEN', blame: 'operator' });
});

test('listens on both loopback addresses with one port, or where it is told', async () => {
  await using gateway = await startHarness();
  const { addresses, port, urlOf } = gateway.service;
  assert.equal(addresses[0], `http://127.0.0.1:${port}`);
  for (const address of addresses) assert.equal((await fetch(`${address}/api`)).status, 200);
  assert.equal(urlOf('shop'), `http://shop.localhost:${port}/`);
  assert.deepEqual(
    gateway.context.log.find('Listening').map(({ fields }) => fields['url']),
    addresses,
  );
  await using wide = await startHarness({ config: { listen: ['0.0.0.0'] } });
  assert.equal((await wide.ask('/api')).status, 200);
});

test('parseConfig names every fault and freezes the rest', () => {
  const config = parseConfig({ listen: ['::1', '::1'], hosts: { 'A.Example': 'shop' } });
  assert.deepEqual(config.listen, ['::1']);
  assert.deepEqual(Object.entries(config.hosts), [['a.example', 'shop']]);
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.hosts) && Object.isFrozen(config.listen));
  const wrong = {
    port: 70_000,
    listen: ['localhost'],
    hosts: { 'a.example:80': 'shop' },
    coop: true,
    maxRequestByte: 1,
    headersTimeoutMs: 0,
  };
  assert.throws(
    () => parseConfig(wrong),
    (error) => isCoded(error) && (error.detail['faults'] as string[]).length === 6,
  );
  for (const hosts of [[], 'a', { a: 'Shop' }, { a: 7 }, { 'a b': 'shop' }]) {
    assert.throws(() => parseConfig({ hosts }), { code: 'CONFIG_INVALID' });
  }
  for (const listen of [[], '0.0.0.0', [7], ['0.0.0.0:80']]) {
    assert.throws(() => parseConfig({ listen }), { code: 'CONFIG_INVALID' });
  }
});
