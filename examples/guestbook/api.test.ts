import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { ManualClock } from '../../src/testkit/index.ts';
import { type Running, start } from '../../test/e2e/support.ts';

interface Message {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly posted: string;
}

const open = async (): Promise<Running & { readonly home: string }> => {
  const home = await mkdtempDisposable(join(tmpdir(), 'hermes-guestbook-'));
  const running = await start(import.meta.dirname, { home: home.path });
  return {
    ...running,
    home: home.path,
    async [Symbol.asyncDispose]() {
      await running[Symbol.asyncDispose]();
      await home.remove();
    },
  };
};

describe('the API of the guestbook', () => {
  let book: Running;
  before(async () => {
    book = await open();
  });
  after(() => book[Symbol.asyncDispose]());

  const post = (body: unknown, headers?: Record<string, string>) =>
    book.ask('POST', '/api/messages', { body, ...(headers && { headers }) });
  const list = async (): Promise<readonly Message[]> =>
    (await book.ask('GET', '/api/messages')).json.messages;

  test('lists what was posted, newest first, and nothing that was deleted', async () => {
    assert.deepEqual(await list(), []);
    const first = await post({ name: ' Ada ', text: 'One\r\ntwo' });
    assert.equal(first.status, 201);
    const { message } = first.json as { message: Message };
    assert.equal(first.headers['location'], `/api/messages/${message.id}`);
    assert.deepEqual([message.name, message.text], ['Ada', 'One\ntwo']);
    assert.ok(Math.abs(Date.parse(message.posted) - Date.now()) < 60_000, message.posted);
    await post({ name: '山田', text: '👋 "quoted" <b>\\' });
    assert.deepEqual(
      (await list()).map(({ name, text }) => [name, text]),
      [
        ['山田', '👋 "quoted" <b>\\'],
        ['Ada', 'One\ntwo'],
      ],
    );
    const deleted = await book.ask('DELETE', `/api/messages/${message.id}`);
    assert.deepEqual([deleted.status, deleted.text], [204, '']);
    assert.equal((await book.ask('DELETE', `/api/messages/${message.id}`)).status, 404);
    assert.deepEqual(
      (await list()).map(({ name }) => name),
      ['山田'],
    );
  });

  test('refuses what does not fit, says why, and stores nothing', async () => {
    const before = await list();
    const fine = { name: 'Ada', text: 'Hello' };
    const refused: readonly [body: unknown, status: number, field: string | undefined, message: RegExp][] = [
      ['{"name":', 400, undefined, /^The body is not JSON/],
      ['', 400, undefined, /^The body is not JSON/],
      [Uint8Array.of(0x22, 0xff, 0x22), 400, undefined, /^The body is not UTF-8/],
      ['[]', 400, undefined, /^Send an object/],
      ['null', 400, undefined, /^Send an object/],
      [{ text: 'x' }, 400, 'name', /as text/],
      [{ ...fine, name: 7 }, 400, 'name', /as text/],
      [{ ...fine, name: ' \t' }, 400, 'name', /is empty/],
      [{ ...fine, name: 'x'.repeat(61) }, 400, 'name', /has 61 characters, 60 are possible/],
      [{ ...fine, name: 'a\nb' }, 400, 'name', /control characters/],
      [{ ...fine, text: '\n' }, 400, 'text', /is empty/],
      [{ ...fine, text: '😀'.repeat(501) }, 400, 'text', /has 501 characters/],
      [{ ...fine, text: 'a\u0000b' }, 400, 'text', /control characters/],
      [{ ...fine, text: 'x'.repeat(20_000) }, 413, undefined, /at most 16384 bytes/],
    ];
    for (const [body, status, field, message] of refused) {
      const answer = await post(body, { 'content-type': 'application/json' });
      const name = JSON.stringify(body).slice(0, 60);
      assert.equal(answer.status, status, name);
      assert.equal(answer.headers['content-type'], 'application/json', name);
      assert.equal(answer.json.error.field, field, name);
      assert.match(answer.json.error.message, message, name);
    }
    assert.equal((await post('name=Ada', { 'content-type': 'text/plain' })).status, 415);
    assert.equal((await post(JSON.stringify(fine))).status, 415, 'without a content type');
    assert.deepEqual(await list(), before);
    const longest = { name: '😀'.repeat(60), text: '😀'.repeat(500) };
    assert.equal((await post(longest)).status, 201);
  });

  test('answers other methods and paths as HTTP does', async () => {
    const put = await book.ask('PUT', '/api/messages', { body: {} });
    assert.deepEqual([put.status, put.headers['allow']], [405, 'GET, HEAD, POST']);
    const get = await book.ask('GET', '/api/messages/1');
    assert.deepEqual([get.status, get.headers['allow']], [405, 'DELETE']);
    assert.equal((await book.ask('GET', '/api/messages?x=1')).status, 200);
    assert.equal((await book.ask('DELETE', '/api/messages/')).status, 404);
    for (const path of ['/api/messages/1/2', '/api/other', '/api', '/api/messagesx', '/api/visits/x']) {
      assert.equal((await book.ask('GET', path)).status, 404, path);
    }
    const head = await book.ask('HEAD', '/api/messages');
    assert.deepEqual([head.status, head.text], [200, '']);
  });

  test('loses no message when many post at once', async () => {
    const before = await list();
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) => post({ name: 'Crowd', text: `Number ${n}` })),
    );
    for (const { status } of answers) assert.equal(status, 201);
    const found = await list();
    assert.equal(found.length, before.length + answers.length);
    assert.equal(new Set(found.map(({ id }) => id)).size, found.length, 'every id is one message');
  });

  test('keeps the newest 100', async () => {
    for (let n = 0; n < 101; n++) await post({ name: 'Row', text: `Number ${n}` });
    const found = await list();
    assert.equal(found.length, 100);
    assert.deepEqual([found[0]?.text, found.at(-1)?.text], ['Number 100', 'Number 1']);
  });

  test('counts visits in C, each one once', async () => {
    assert.deepEqual((await book.ask('GET', '/api/visits')).json, { visits: 0 });
    const answers = await Promise.all(Array.from({ length: 20 }, () => book.ask('POST', '/api/visits')));
    const numbers = answers.map(({ json }) => Number(json.visits)).toSorted((a, b) => a - b);
    assert.deepEqual(
      numbers,
      Array.from({ length: 20 }, (_, n) => n + 1),
    );
    assert.deepEqual((await book.ask('GET', '/api/visits')).json, { visits: 20 });
    const put = await book.ask('PUT', '/api/visits');
    assert.deepEqual([put.status, put.headers['allow']], [405, 'GET, HEAD, POST']);
  });

  test('refuses writing from another site', async () => {
    const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://elsewhere.example' };
    const answer = await book.ask('POST', '/api/messages', { body: { name: 'Eve', text: 'Hi' }, headers });
    assert.equal(answer.status, 403);
  });
});

test('messages and visits survive a restart', async () => {
  await using home = await mkdtempDisposable(join(tmpdir(), 'hermes-guestbook-'));
  let kept: unknown;
  {
    await using book = await start(import.meta.dirname, { home: home.path });
    await book.ask('POST', '/api/messages', { body: { name: 'Ada', text: 'Still here' } });
    await book.ask('POST', '/api/visits');
    kept = (await book.ask('GET', '/api/messages')).json;
  }
  await using book = await start(import.meta.dirname, { home: home.path });
  assert.deepEqual((await book.ask('GET', '/api/messages')).json, kept);
  assert.deepEqual((await book.ask('POST', '/api/visits')).json, { visits: 2 });
  const next = await book.ask('POST', '/api/messages', { body: { name: 'Ada', text: 'Again' } });
  assert.equal(next.json.message.id, '2', 'ids go on');
});

test('the clock counts minutes, over a restart too, and says when it ticked last', async () => {
  await using home = await mkdtempDisposable(join(tmpdir(), 'hermes-guestbook-'));
  const clock = new ManualClock(Temporal.Instant.from('2026-01-01T00:00:30Z'));
  {
    await using book = await start(import.meta.dirname, { home: home.path, clock });
    const fresh = await book.ask('GET', '/api/clock');
    assert.deepEqual(fresh.json, { minutes: 0, lastTick: null });
    assert.equal(fresh.headers['content-type'], 'application/json');
    assert.equal(fresh.headers['cache-control'], 'no-store', 'it changes every minute');
    await tickFor(book, clock, { seconds: 29 });
    assert.equal((await book.ask('GET', '/api/clock')).json.minutes, 0, 'not before its time');
    for (let minute = 0; minute < 3; minute++) await tickFor(book, clock, { minutes: 1 });
    const lastTick = Date.parse('2026-01-01T00:03:00Z') / 1_000;
    assert.deepEqual((await book.ask('GET', '/api/clock?x')).json, { minutes: 3, lastTick });
    const put = await book.ask('PUT', '/api/clock');
    assert.deepEqual([put.status, put.headers['allow']], [405, 'GET, HEAD']);
    assert.equal((await book.ask('GET', '/api/clocks')).status, 404);
  }
  await clock.advance({ hours: 2 });
  await using book = await start(import.meta.dirname, { home: home.path, clock });
  assert.equal((await book.ask('GET', '/api/clock')).json.minutes, 3, 'nobody counts while it does not run');
  await tickFor(book, clock, { minutes: 1 });
  const lastTick = Date.parse('2026-01-01T02:04:00Z') / 1_000;
  assert.deepEqual((await book.ask('GET', '/api/clock')).json, { minutes: 4, lastTick });
});

/** Lets time pass, and the tick that is due then end. */
async function tickFor({ node }: Running, clock: ManualClock, time: Temporal.DurationLike): Promise<void> {
  await clock.advance(time);
  while (node.metrics.value('hermes_events_queued') > 0) await new Promise(setImmediate);
}
