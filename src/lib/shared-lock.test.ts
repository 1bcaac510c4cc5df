import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { createSharedLock, LOCK_WORDS, thisThread } from './shared-lock.ts';

function memory(): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer((LOCK_WORDS + 1) * 4));
}

function holder(words: Int32Array, times?: number): Worker {
  return new Worker(new URL('./fixtures/holder.ts', import.meta.url), { workerData: { words, times } });
}

test('threads under a lock lose none of what they count', async () => {
  const words = memory();
  const workers = Array.from({ length: 3 }, () => holder(words, 20_000));
  await Promise.all(workers.map((worker) => once(worker, 'exit')));
  assert.equal(words[3], 60_000);
  assert.equal(words[0], 0);
});

test('lock of a thread that has ended is free when that is told, and the next holder hears of it once', async () => {
  const words = memory();
  const worker = holder(words);
  await once(worker, 'message');
  const { threadId } = worker;
  await worker.terminate();
  const lock = createSharedLock(words);
  lock.forget(threadId + 1000);
  assert.notEqual(words[0], 0);
  lock.forget(threadId);
  assert.equal(words[0], 0);
  assert.equal(
    lock.hold((broken) => broken),
    true,
  );
  assert.equal(
    lock.hold((broken) => broken),
    false,
  );
});

test('lock of a thread that gives no sign of life is taken by whoever waited long enough', async () => {
  const words = memory();
  const worker = holder(words);
  await once(worker, 'message');
  await worker.terminate();
  const lock = createSharedLock(words, 0, { patienceMs: 5 });
  assert.equal(
    lock.hold((broken) => broken),
    true,
  );
});

test('lock may be held again inside, and is given back after an error', () => {
  const words = memory();
  const lock = createSharedLock(words);
  assert.equal(
    lock.hold(() => lock.hold(() => words[0])),
    thisThread() + 1,
  );
  assert.throws(() => lock.hold(() => assert.fail('as it must')), /as it must/);
  assert.equal(words[0], 0);
});

test('holder that was overtaken leaves word that the books may be wrong', () => {
  const words = memory();
  const lock = createSharedLock(words);
  lock.hold(() => {
    words[0] = 99;
  });
  assert.equal(words[2], 1);
});
