import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { insideThread, startThread, type Thread } from './thread.ts';

/** What a program prints as JSON that has a process of its own, for what it does not catch. */
async function startMain(script: URL): Promise<unknown> {
  const { stdout } = await promisify(execFile)(process.execPath, [fileURLToPath(script)]);
  return JSON.parse(stdout);
}

const script = new URL('./fixtures/echo-thread.ts', import.meta.url);

interface Talk extends AsyncDisposable {
  readonly thread: Thread<unknown>;
  readonly gone: Promise<unknown>;
  readonly refused: unknown[];
  /** The next message of the thread. */
  next(): Promise<unknown>;
}

function talk(): Talk {
  const events = new EventTarget();
  const got: unknown[] = [];
  const refused: unknown[] = [];
  const { promise: gone, resolve } = Promise.withResolvers<unknown>();
  const thread = startThread<unknown, unknown>(
    script,
    { name: 'test', data: { greeting: 'hello' }, heapMb: 64 },
    {
      received: (message) => {
        got.push(message);
        events.dispatchEvent(new Event('got'));
      },
      refused: (message) => void refused.push(message),
      gone: resolve,
    },
  );
  return {
    thread,
    gone,
    refused,
    async next() {
      while (got.length === 0) await once(events, 'got');
      return got.shift();
    },
    [Symbol.asyncDispose]: () => thread[Symbol.asyncDispose](),
  };
}

test('messages go both ways in order, with buffers that move', async () => {
  await using it = talk();
  const bytes = new Uint8Array(100_000);
  it.thread.send({ word: 'a', bytes }, [bytes.buffer]);
  for (const word of ['b', 'data', 'c']) it.thread.send({ word });
  assert.deepEqual(await it.next(), { word: 'a', length: 100_000 });
  assert.equal(bytes.length, 0, 'it is the thread’s now');
  assert.deepEqual(await it.next(), { word: 'b', length: undefined });
  assert.deepEqual(await it.next(), { greeting: 'hello' });
  assert.deepEqual(await it.next(), { word: 'c', length: undefined });
});

test('a message that cannot cross is told, the others of its turn arrive', async () => {
  await using it = talk();
  const wrong = { word: () => 1 };
  for (const message of [{ word: 'a' }, wrong, { word: 'function' }, { word: 'b' }]) it.thread.send(message);
  assert.deepEqual(await it.next(), { word: 'a', length: undefined });
  assert.deepEqual(await it.next(), { word: 'b', length: undefined });
  assert.deepEqual(await it.next(), { refused: 'DataCloneError' });
  assert.deepEqual(it.refused, [wrong]);
});

test('a thread ends by itself, by an error or by disposal, and says so once', async () => {
  await using quiet = talk();
  quiet.thread.send({ word: 'end' });
  assert.equal(await quiet.gone, undefined);
  await using failing = talk();
  failing.thread.send({ word: 'throw' });
  assert.equal(((await failing.gone) as Error).message, 'Told to');
  const ended = talk();
  await ended[Symbol.asyncDispose]();
  await ended[Symbol.asyncDispose]();
  assert.equal(await ended.gone, undefined);
  ended.thread.send({ word: 'a' });
});

test('a message that its listener fails at does not cost the others of its turn', async () => {
  await using inner = talk();
  for (const word of ['throw', 'a', 'flush']) inner.thread.send({ word });
  assert.deepEqual(await inner.next(), { word: 'a', length: undefined });
  assert.equal(((await inner.gone) as Error).message, 'Told to');
});

test('a message that fails here does not cost the others of its turn either, and is not hushed up', async () => {
  const outcome = await startMain(new URL('./fixtures/failing-listener.ts', import.meta.url));
  assert.deepEqual(outcome, { heard: ['a', 'b', 'c'], uncaught: ['Cannot take a', 'Cannot take b'] });
});

test('the main thread is inside of nothing', () => {
  assert.equal(insideThread(assert.fail), undefined);
});
