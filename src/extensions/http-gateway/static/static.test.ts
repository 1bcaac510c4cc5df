import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { ManualClock } from '../../../testkit/index.ts';
import { createMemoryVfs } from '../../../vfs/memory.ts';
import type { Vfs } from '../../../vfs/vfs.ts';
import { startHarness } from '../fixtures/harness.ts';
import { evaluate } from './conditions.ts';
import { acceptedCodings } from './encoding.ts';
import { parseRange } from './range.ts';
import { fileTarget } from './target.ts';
import { createVariants, type FileRef } from './variants.ts';

const script = 'export const answer = 42;\n'.repeat(100);
const files = {
  '/www/index.html': '<!doctype html><title>Shop</title>',
  '/www/app.js': script,
  '/www/café menu.txt': 'coffee',
  '/www/assets/logo.123.svg': '<svg/>',
  '/www/docs/index.html': 'docs',
  '/www/empty.txt': '',
  '/www/photo.png': new Uint8Array(1000),
  '/share/secret.txt': 'secret',
  '/share/endpoints.json': JSON.stringify({ static: { immutable: ['/assets/'] } }),
};

test('static files come with type, validators and isolation', async () => {
  await using gateway = await startHarness({ files });
  const { status, headers, text } = await gateway.ask('/app.js?v=1');
  assert.equal(status, 200);
  assert.equal(text, script);
  assert.equal(headers['content-type'], 'text/javascript; charset=utf-8');
  assert.equal(headers['content-length'], String(script.length));
  assert.equal(headers['content-encoding'], undefined);
  assert.match(headers.etag ?? '', /^"[\w-]{28}"$/);
  assert.equal(headers['last-modified'], 'Thu, 01 Jan 1970 00:00:00 GMT');
  assert.equal(headers['cache-control'], 'no-cache');
  assert.equal(headers.vary, 'Accept-Encoding');
  assert.equal(headers['x-content-type-options'], 'nosniff');
  assert.equal(headers['accept-ranges'], 'bytes');
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(headers['cross-origin-embedder-policy'], 'require-corp');
  assert.ok(headers.date);
  assert.equal(headers['x-powered-by'], undefined);
});

test('isolation headers can be changed and switched off', async () => {
  await using gateway = await startHarness({ files, config: { coop: 'off', coep: 'credentialless' } });
  const { headers } = await gateway.ask('/');
  assert.equal(headers['cross-origin-opener-policy'], undefined);
  assert.equal(headers['cross-origin-embedder-policy'], 'credentialless');
});

test('each coding has bytes and a tag of its own', async () => {
  await using gateway = await startHarness({ files });
  const get = (accept: string) => gateway.ask('/app.js', { headers: { 'accept-encoding': accept } });
  const [br, gzip, plain] = [await get('br, gzip'), await get('gzip'), await get('identity')];
  assert.deepEqual(
    [br, gzip, plain].map(({ headers }) => headers['content-encoding']),
    ['br', 'gzip', undefined],
  );
  assert.equal(brotliDecompressSync(br.body).toString(), script);
  assert.equal(gunzipSync(gzip.body).toString(), script);
  assert.equal(new Set([br, gzip, plain].map(({ headers }) => headers.etag)).size, 3);
  for (const { headers, body } of [br, gzip, plain]) {
    assert.equal(headers['content-length'], String(body.length));
    assert.equal(headers.vary, 'Accept-Encoding');
  }
  const again = await gateway.ask('/app.js', {
    headers: { 'accept-encoding': 'gzip', 'if-none-match': gzip.headers.etag ?? '' },
  });
  assert.equal(again.status, 304);
  const other = await gateway.ask('/app.js', {
    headers: { 'accept-encoding': 'br', 'if-none-match': gzip.headers.etag ?? '' },
  });
  assert.equal(other.status, 200);
});

test('only what gains is compressed, unless nothing else is accepted', async () => {
  await using gateway = await startHarness({ files });
  const coding = async (path: string, accept: string) => {
    const { status, headers } = await gateway.ask(path, { headers: { 'accept-encoding': accept } });
    return status === 200 ? (headers['content-encoding'] ?? 'identity') : status;
  };
  assert.equal(await coding('/', 'br'), 'identity');
  assert.equal(await coding('/', 'br, identity;q=0'), 'br');
  assert.equal(await coding('/photo.png', 'gzip'), 'identity');
  assert.equal(await coding('/photo.png', 'gzip, *;q=0'), 'gzip');
  assert.equal(await coding('/app.js', 'br;q=0, gzip;q=0.1'), 'gzip');
  assert.equal(await coding('/app.js', '*'), 'br');
  assert.equal(await coding('/app.js', '*;q=0'), 406);
  assert.equal(await coding('/app.js', 'zstd, identity;q=0'), 406);
});

test('acceptedCodings follows the weights and forgives nothing', () => {
  const table: readonly [string | undefined, string][] = [
    [undefined, 'identity'],
    ['', 'identity'],
    ['br', 'br identity'],
    ['gzip;q=1.0, br;q=0.9', 'gzip br identity'],
    ['identity;q=1, *;q=0', 'identity'],
    ['*;q=0.5, gzip;q=0', 'br identity'],
    ['X-GZIP', 'gzip identity'],
    ['br;q=2', 'identity'],
    ['br; q = 0.001', 'br identity'],
    [';,;q=1,', 'identity'],
  ];
  for (const [header, wanted] of table)
    assert.equal(acceptedCodings(header).join(' '), wanted, header ?? 'none');
});

test('conditional requests', async () => {
  await using gateway = await startHarness({ files });
  const { headers } = await gateway.ask('/app.js');
  const etag = headers.etag ?? '';
  const status = async (more: Record<string, string>, method = 'GET') =>
    (await gateway.ask('/app.js', { method, headers: more })).status;
  assert.equal(await status({ 'if-none-match': `"x", W/${etag}` }), 304);
  assert.equal(await status({ 'if-none-match': etag }, 'HEAD'), 304);
  assert.equal(await status({ 'if-none-match': '*' }), 304);
  assert.equal(
    await status({ 'if-none-match': '"x"', 'if-modified-since': headers['last-modified'] ?? '' }),
    200,
  );
  assert.equal(await status({ 'if-modified-since': headers['last-modified'] ?? '' }), 304);
  assert.equal(await status({ 'if-modified-since': 'yesterday' }), 200);
  assert.equal(await status({ 'if-match': '"x"' }), 412);
  assert.equal(await status({ 'if-match': etag }), 200);
  assert.equal(await status({ 'if-match': `W/${etag}` }), 412);
  assert.equal(await status({ 'if-unmodified-since': 'Wed, 31 Dec 1969 23:59:59 GMT' }), 412);
  const unchanged = await gateway.ask('/app.js', { headers: { 'if-none-match': etag } });
  assert.equal(unchanged.headers.etag, etag);
  assert.equal(unchanged.headers.vary, 'Accept-Encoding');
  assert.equal(unchanged.headers['cache-control'], 'no-cache');
  assert.equal(unchanged.body.length, 0);
});

test('evaluate reads the three forms of a date', () => {
  const file = { etag: '"a"', modified: Temporal.Instant.from('1994-11-06T08:49:37Z') };
  for (const since of [
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
  ]) {
    assert.equal(evaluate({ 'if-modified-since': since }, file), 'unmodified', since);
  }
});

test('ranges', async () => {
  await using gateway = await startHarness({ files });
  const get = (range: string, more: Record<string, string> = {}, method = 'GET') =>
    gateway.ask('/app.js', { method, headers: { range, ...more } });
  const part = await get('bytes=7-11');
  assert.equal(part.status, 206);
  assert.equal(part.text, 'const');
  assert.equal(part.headers['content-range'], `bytes 7-11/${script.length}`);
  assert.equal(part.headers['content-length'], '5');
  assert.equal((await get('bytes=-4')).text, '42;\n');
  const beyond = await get(`bytes=${script.length}-`);
  assert.equal(beyond.status, 416);
  assert.equal(beyond.headers['content-range'], `bytes */${script.length}`);
  for (const ignored of ['bytes=0-1,4-5', 'lines=1-2', 'bytes=5-2', 'bytes=-', 'bytes=a-b']) {
    assert.equal((await get(ignored)).status, 200, ignored);
  }
  assert.equal((await get('bytes=0-1', { 'if-range': part.headers.etag ?? '' })).status, 206);
  assert.equal((await get('bytes=0-1', { 'if-range': '"old"' })).status, 200);
  assert.equal((await get('bytes=0-1', { 'if-range': part.headers['last-modified'] ?? '' })).status, 206);
  assert.equal((await get('bytes=0-1', {}, 'HEAD')).status, 200);
  const squeezed = await get('bytes=0-9', { 'accept-encoding': 'gzip' });
  assert.equal(squeezed.status, 206);
  assert.notEqual(squeezed.headers.etag, part.headers.etag);
  assert.match(squeezed.headers['content-range'] ?? '', /^bytes 0-9\/(?!2600$)\d+$/);
});

test('parseRange never leaves the file', () => {
  const number = fc.oneof(fc.nat({ max: 30 }), fc.bigInt({ min: 0n }).map(String), fc.constant(''));
  fc.assert(
    fc.property(number, number, fc.nat({ max: 20 }), (first, last, size) => {
      const range = parseRange(`bytes=${first}-${last}`, size);
      if (typeof range === 'string') return;
      assert.ok(range.start >= 0 && range.start <= range.end && range.end < size);
    }),
  );
});

test('HEAD has all but the body, other methods are told what is allowed', async () => {
  await using gateway = await startHarness({ files });
  const head = await gateway.ask('/app.js', { method: 'HEAD', headers: { 'accept-encoding': 'br' } });
  const get = await gateway.ask('/app.js', { headers: { 'accept-encoding': 'br' } });
  assert.equal(head.body.length, 0);
  for (const name of ['content-length', 'etag', 'content-encoding', 'content-type']) {
    assert.equal(head.headers[name], get.headers[name], name);
  }
  const post = await gateway.ask('/app.js', { method: 'POST', body: 'x' });
  assert.equal(post.status, 405);
  assert.equal(post.headers.allow, 'GET, HEAD, OPTIONS');
  const options = await gateway.ask('/app.js', { method: 'OPTIONS' });
  assert.equal(options.status, 204);
  assert.equal(options.headers.allow, 'GET, HEAD, OPTIONS');
});

test('only people who come by an unknown path get the page', async () => {
  await using gateway = await startHarness({ files });
  const browser = { 'sec-fetch-mode': 'navigate', accept: 'text/html,*/*;q=0.8' };
  const outcome = async (path: string, headers: Record<string, string>, method = 'GET') => {
    const { status, text } = await gateway.ask(path, { headers, method });
    return status === 200 && text.includes('<title>Shop') ? 'page' : status;
  };
  assert.equal(await outcome('/orders/7', browser), 'page');
  assert.equal(await outcome('/users/jane.doe', browser), 'page');
  assert.equal(await outcome('/orders/7?sort=up', { accept: 'text/html' }), 'page');
  assert.equal(await outcome('/old.html', browser), 'page');
  assert.equal(await outcome('/orders/7', { ...browser, 'sec-fetch-mode': 'cors' }), 404);
  assert.equal(await outcome('/orders/7', { accept: '*/*' }), 404);
  assert.equal(await outcome('/orders/7', {}), 404);
  assert.equal(await outcome('/orders/7', browser, 'POST'), 405);
  for (const asset of ['js', 'css', 'wasm', 'json', 'map', 'png']) {
    assert.equal(await outcome(`/missing.${asset}`, browser), 404, asset);
  }
  const { headers } = await gateway.ask('/orders/7', { headers: browser });
  assert.equal(headers['cache-control'], 'no-cache');
  assert.equal(headers.vary, 'Accept-Encoding, Accept, Sec-Fetch-Mode');
  const missing = await gateway.ask('/missing.js', { headers: browser });
  assert.match(missing.headers['content-type'] ?? '', /^text\/html/);
  assert.equal(missing.headers['cache-control'], 'no-store');
});

test('an application without pages has none', async () => {
  await using gateway = await startHarness();
  const { status, text } = await gateway.ask('/', { headers: { accept: 'text/html' } });
  assert.equal(status, 404);
  assert.match(text, /<h1>404 Not Found<\/h1>/);
});

test('only what the application names never changes', async () => {
  await using gateway = await startHarness({ files });
  const cache = async (path: string) => (await gateway.ask(path)).headers['cache-control'];
  assert.equal(await cache('/assets/logo.123.svg'), 'public, max-age=31536000, immutable');
  assert.equal(await cache('/assets/logo.124.svg'), 'no-store');
  assert.equal(await cache('/app.js'), 'no-cache');
  const page = await gateway.ask('/assets/page', { headers: { accept: 'text/html' } });
  assert.equal(page.headers['cache-control'], 'no-cache');
});

test('folders have their index below a final slash', async () => {
  await using gateway = await startHarness({ files });
  const moved = await gateway.ask('/docs?a=1');
  assert.equal(moved.status, 301);
  assert.equal(moved.headers.location, '/docs/?a=1');
  assert.equal((await gateway.ask('/docs/')).text, 'docs');
  assert.equal((await gateway.ask('/assets/')).status, 404);
  assert.equal((await gateway.ask('/app.js/')).status, 404);
});

test('paths are decoded once and lead nowhere else', async () => {
  await using gateway = await startHarness({ files });
  assert.equal((await gateway.ask('/caf%C3%A9%20menu.txt')).text, 'coffee');
  assert.equal((await gateway.ask('/empty.txt')).headers['content-length'], '0');
  const bad = [
    '/../share/secret.txt',
    '/%2e%2e/share/secret.txt',
    '/..%2fshare/secret.txt',
    '/docs/%2e/index.html',
    '/docs%2findex.html',
    '/docs%5cindex.html',
    '/app.js%00',
    '/%',
    '/%zz',
    '/%c3',
    '/%252e%252e/share/secret.txt',
    '//www/app.js',
    '/docs//index.html',
    `/${'a'.repeat(300)}`,
  ];
  for (const path of bad) {
    const { status, text } = await gateway.ask(path, { headers: { accept: '*/*' } });
    assert.ok(status === 400 || status === 404, `${path}: ${status}`);
    assert.doesNotMatch(text, /secret|docs/);
  }
});

test('fileTarget never leaves /www', () => {
  const piece = fc.oneof(
    fc.constantFrom('/', '..', '.', '%2e', '%2f', '%5c', '%00', '%', '%25', '\\', 'a', '%C3%A9'),
    fc.string({ maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const target = fileTarget(`/${pieces.join('')}`);
      if (target.kind !== 'path') return;
      assert.match(target.path, /^\/www(?:$|\/)/);
      for (const name of target.path.split('/').slice(1)) {
        assert.ok(name !== '' && name !== '.' && name !== '..' && !/[\\\0]/.test(name), target.path);
      }
    }),
    { numRuns: 2000 },
  );
});

test('a file that changes has another tag at once', async () => {
  const tree = new Map([['/www/a.txt', 'one']]);
  const vfs = mutable(tree, () => Temporal.Instant.from('2026-01-01T00:00:00Z'));
  await using gateway = await startHarness({ vfs });
  const first = await gateway.ask('/a.txt');
  tree.set('/www/a.txt', 'two');
  const second = await gateway.ask('/a.txt');
  assert.deepEqual([first.text, second.text], ['one', 'two']);
  assert.notEqual(first.headers.etag, second.headers.etag);
});

test('large files are streamed, whole and in part', async () => {
  const big = new Uint8Array(3_000_000).map((_, index) => index % 251);
  const bigFiles = { '/www/big.txt': big };
  await using gateway = await startHarness({ files: bigFiles, config: { cacheBytes: 1024 * 1024 } });
  const whole = await gateway.ask('/big.txt', { headers: { 'accept-encoding': 'gzip' } });
  assert.equal(whole.headers['content-encoding'], undefined);
  assert.ok(whole.body.equals(big));
  const part = await gateway.ask('/big.txt', { headers: { range: 'bytes=1000000-1000009' } });
  assert.deepEqual([...part.body], [...big.subarray(1_000_000, 1_000_010)]);
  assert.equal(part.headers.etag, whole.headers.etag);
});

test('a file that shrinks while it is sent cuts the connection', async () => {
  const tree = new Map([['/www/big.bin', 'x'.repeat(600_000)]]);
  const vfs = mutable(tree, () => Temporal.Instant.from('2020-01-01T00:00:00Z'));
  const open: Vfs['open'] = async (path, options) => {
    const stream = await vfs.open(path, options);
    if (options?.start !== undefined) return await vfs.open(path, { start: 0, end: 99 });
    return stream;
  };
  await using gateway = await startHarness({ vfs: { ...vfs, open }, config: { cacheBytes: 1024 * 1024 } });
  await assert.rejects(gateway.ask('/big.bin'));
  assert.equal(gateway.context.log.find('Answer broke off').length, 1);
});

test('variants keep what fits and drop what is oldest', async () => {
  const clock = new ManualClock();
  const maxBytes = 100_000;
  const content = Object.fromEntries(
    Array.from({ length: 20 }, (_, n) => [`/www/${n}.txt`, `${n}`.repeat(9000)]),
  );
  const vfs = createMemoryVfs(content);
  const variants = createVariants({ maxBytes, clock });
  const owner = {};
  const ref = async (path: string): Promise<FileRef> => {
    const stat = await vfs.stat(path);
    assert.ok(stat);
    return { owner, vfs, path, stat };
  };
  for (const path of Object.keys(content)) {
    await variants.get(await ref(path), 'identity');
    assert.ok(variants.bytes <= maxBytes, `${variants.bytes} bytes are kept`);
  }
  assert.ok(variants.bytes > maxBytes / 2);
  const last = await ref('/www/19.txt');
  assert.equal(await variants.get(last, 'identity'), await variants.get(last, 'identity'));
  variants.forget(owner);
  assert.equal(variants.bytes, 0);
});

/** A tree that a test changes behind the gateway's back. */
function mutable(tree: ReadonlyMap<string, string>, modified: () => Temporal.Instant): Vfs {
  const now = () => createMemoryVfs(Object.fromEntries(tree), { modified: modified() });
  return {
    stat: (path) => now().stat(path),
    readFile: (path, options) => now().readFile(path, options),
    open: (path, options) => now().open(path, options),
    list: (path) => now().list(path),
  };
}
