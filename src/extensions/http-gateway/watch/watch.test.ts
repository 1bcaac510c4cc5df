import assert from 'node:assert/strict';
import { get, type IncomingMessage } from 'node:http';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import { type Harness, startHarness } from '../fixtures/harness.ts';

const page = `<!doctype html><title>Shop</title><body>${'<p>Hello</p>'.repeat(50)}</body></html>`;
const files = { '/www/index.html': page, '/www/raw.html': 'bare', '/www/app.js': 'let a;' };

/** A page's ear: resolves with what was said when it matches. */
async function listen({ service: { port } }: Harness) {
  const headers = { host: `shop.localhost:${port}` };
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/.hermes/watch', headers, agent: false }, resolve).on(
      'error',
      reject,
    );
  });
  let text = '';
  let look = (): void => undefined;
  response.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    look();
  });
  const ended = new Promise<void>((resolve) => response.on('close', resolve));
  return {
    headers: response.headers,
    ended,
    until: (pattern: RegExp) =>
      new Promise<string>((resolve) => {
        look = () => {
          const found = pattern.exec(text);
          if (!found) return;
          text = text.slice(found.index + found[0].length);
          resolve(found[1] ?? '');
        };
        look();
      }),
  };
}

test('without watching pages are as they are, and nothing is at the paths of ours', async () => {
  await using gateway = await startHarness({ files });
  assert.equal((await gateway.ask('/')).text, page);
  for (const path of ['/.hermes/watch', '/.hermes/watch.js'])
    assert.equal((await gateway.ask(path)).status, 404);
});

test('a watched page has one more script; tag, length and ranges are those of what is sent', async () => {
  await using gateway = await startHarness({ files });
  gateway.service.watch();
  const { text, headers } = await gateway.ask('/');
  const script = /<script src="\/\.hermes\/watch\.js" data-build="[\w-]+"><\/script>\n/;
  assert.match(text, script);
  assert.equal(text.replace(script, ''), page);
  assert.ok(text.endsWith('</script>\n</body></html>'));
  assert.equal(headers['content-length'], String(text.length));
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(headers['cross-origin-embedder-policy'], 'require-corp');
  const part = await gateway.ask('/', { headers: { range: 'bytes=-20' } });
  assert.deepEqual([part.status, part.text], [206, text.slice(-20)]);
  assert.equal(part.headers.etag, headers.etag);
  const zipped = await gateway.ask('/', { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(gunzipSync(zipped.body).toString(), text);
  const asked = { 'if-none-match': headers.etag ?? '' };
  assert.equal((await gateway.ask('/', { headers: asked })).status, 304);
  const head = await gateway.ask('/', { method: 'HEAD' });
  assert.deepEqual([head.headers.etag, head.headers['content-length']], [headers.etag, String(text.length)]);
  assert.match((await gateway.ask('/raw.html')).text, /^bare<script/);
  assert.equal((await gateway.ask('/app.js')).text, 'let a;');
  gateway.service.watch().reload('shop');
  assert.equal((await gateway.ask('/', { headers: asked })).status, 200, 'another build is another page');
  const client = await gateway.ask('/.hermes/watch.js');
  assert.match(client.headers['content-type'] ?? '', /^text\/javascript/);
  assert.match(client.text, /new EventSource\('\/\.hermes\/watch'\)/);
});

test('a page that is streamed is the same page', async () => {
  const large = `<body>${'x'.repeat(400_000)}</body>`;
  const config = { cacheBytes: 1024 * 1024 };
  await using gateway = await startHarness({ files: { '/www/index.html': large }, config });
  gateway.service.watch();
  const { text, headers } = await gateway.ask('/');
  assert.equal(headers['content-length'], String(text.length));
  assert.match(text, /xx<script src[^>]+><\/script>\n<\/body>$/);
});

test('pages hear of builds and faults, and their ears close with the gateway', async () => {
  await using gateway = await startHarness({ files });
  const watching = gateway.service.watch();
  const ear = await listen(gateway);
  assert.match(ear.headers['content-type'] ?? '', /^text\/event-stream/);
  const first = await ear.until(/event: build\ndata: ([\w-]+)\n\n/);
  assert.ok((await gateway.ask('/')).text.includes(`data-build="${first}"`));
  assert.equal(await ear.until(/event: fault\ndata: (.*)\n\n/), 'null');
  watching.fault('shop', 'line 1\nline "2"');
  assert.equal(await ear.until(/event: fault\ndata: (.*)\n\n/), '"line 1\\nline \\"2\\""');
  const late = await listen(gateway);
  assert.equal(await late.until(/event: fault\ndata: (.*)\n\n/), '"line 1\\nline \\"2\\""');
  watching.reload('other');
  watching.reload('shop');
  assert.equal(await ear.until(/event: fault\ndata: (.*)\n\n/), 'null');
  const second = await ear.until(/event: build\ndata: ([\w-]+)\n\n/);
  assert.notEqual(second, first);
  assert.ok((await gateway.ask('/')).text.includes(`data-build="${second}"`));
  await gateway.service.close?.();
  await Promise.all([ear.ended, late.ended]);
});
