import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { answering, http, startHarness } from './fixtures/harness.ts';
import { createIntake } from './intake.ts';

const turn = () => new Promise(setImmediate);
const KIB = 1_024;

/** A source that always has more, in chunks of 64 KiB; it ends with the test. */
function endless(t: TestContext): Readable {
  const chunk = new Uint8Array(64 * KIB);
  const source: Readable = new Readable({ read: () => void setImmediate(() => source.push(chunk)) });
  t.after(() => source.destroy());
  return source;
}

test('one application holds half of the memory, all of them no more than all', () => {
  const intake = createIntake({ maxBytes: 100 });
  const [shop, blog, wiki] = ['shop', 'blog', 'wiki'].map((app) => intake(app));
  assert.ok(shop && blog && wiki);
  shop.take(50);
  assert.deepEqual([shop.fits(1), blog.fits(50), blog.fits(51)], [false, true, false]);
  blog.take(30);
  assert.deepEqual([wiki.fits(20), wiki.fits(21)], [true, false]);
  shop.give(50);
  assert.ok(wiki.fits(50));
  // Two that were asked for at different times are one application.
  assert.deepEqual([intake('blog').fits(20), intake('blog').fits(21)], [true, false]);
});

test('a turn brings an application little, however many send, and brings others theirs', async (t) => {
  const intake = createIntake({ maxBytes: 1 });
  const read = { greedy: 0, modest: 0 };
  const begin = (app: keyof typeof read): (() => void) => {
    return intake(app).read(endless(t).resume(), ({ length }) => {
      read[app] += length;
    });
  };
  const ends = Array.from({ length: 100 }, () => begin('greedy'));
  ends.push(begin('modest'));
  const most = { greedy: 0, modest: 0 };
  for (let turns = 0; turns < 200; turns++) {
    const before = { ...read };
    await turn();
    for (const app of ['greedy', 'modest'] as const) most[app] = Math.max(most[app], read[app] - before[app]);
  }
  assert.ok(most.greedy <= 512 * KIB, `${most.greedy} bytes in one turn`);
  assert.ok(read.greedy > 200 * 64 * KIB, `${read.greedy} bytes: they go on`);
  // It reads alone what the others read together, or as fast as it can.
  assert.ok(read.modest >= 90 * 64 * KIB, `${read.modest} bytes of modest, ${read.greedy} of greedy`);
  for (const end of ends) end();
});

test('what nobody wants is read for so many, the others make room', (t) => {
  const waste = createIntake({ maxBytes: 1 })();
  const ends: (() => void)[] = [];
  for (; !waste.crowded; assert.ok(ends.length < 1_000)) ends.push(waste.read(endless(t), () => undefined));
  assert.equal(ends.length, 64);
  ends[0]?.();
  assert.equal(waste.crowded, false);
});

test('each of many sources has its turn', async (t) => {
  const intake = createIntake({ maxBytes: 1 });
  const counts = Array.from({ length: 50 }, () => 0);
  const ends = counts.map((_, n) =>
    intake('shop').read(endless(t).resume(), () => {
      counts[n] = (counts[n] ?? 0) + 1;
    }),
  );
  for (let turns = 0; turns < 300; turns++) await turn();
  assert.ok(
    counts.every((chunks) => chunks > 3),
    counts.join(' '),
  );
  for (const end of ends) end();
});

test('large bodies arrive whole, stated and chunked, and cross to other threads as they are', async () => {
  await using gateway = await startHarness({ replies: answering(http('done')) });
  const body = Uint8Array.from({ length: 3 * KIB * KIB + 7 }, (_, n) => (n * 31) >> 3);
  for (const headers of [{}, { 'transfer-encoding': 'chunked' }]) {
    const { status } = await gateway.ask('/api', { method: 'PUT', headers, body });
    assert.equal(status, 200);
    const given = gateway.context.sent.at(-1)?.args[0];
    assert.ok(given instanceof Uint8Array && given.buffer instanceof SharedArrayBuffer);
    assert.deepEqual(structuredClone(given), given);
    assert.equal(Buffer.compare(given, body), 0);
  }
});

test('an application that is sent too much is told so at once; others have their room', async () => {
  const gate = Promise.withResolvers<void>();
  const replies = async () => {
    await gate.promise;
    return [{ module: 'api', ok: true, value: http('done') }] as const;
  };
  const config = { maxWaitingBytes: 4_000 };
  await using gateway = await startHarness({ apps: ['greedy', 'modest'], replies, config });
  const post = (app: string, bytes: number) =>
    gateway.ask('/api', { method: 'POST', headers: { host: `${app}.localhost` }, body: 'x'.repeat(bytes) });
  const first = post('greedy', 1_500);
  while (gateway.context.sent.length === 0) await turn();
  // Its length is enough: not a byte of the body has to come.
  const raw = await gateway.raw(
    'POST /api HTTP/1.1\r\nHost: greedy.localhost\r\nConnection: close\r\nContent-Length: 600\r\n\r\n',
  );
  assert.match(raw, /^HTTP\/1\.1 503 /);
  const other = post('modest', 2_000);
  while (gateway.context.sent.length === 1) await turn();
  gate.resolve();
  assert.deepEqual([(await first).status, (await other).status], [200, 200]);
  assert.equal((await post('greedy', 2_000)).status, 200);
});
