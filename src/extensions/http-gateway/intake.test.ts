import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { type TestContext, test } from 'node:test';
import { answering, http, startHarness } from './fixtures/harness.ts';
import { createIntakes } from './intake.ts';

const turn = () => new Promise(setImmediate);
const KIB = 1_024;

/** A source that always has more, in chunks of 64 KiB; it ends with the test. */
function endless(t: TestContext): Readable {
  const chunk = new Uint8Array(64 * KIB);
  const source: Readable = new Readable({ read: () => void setImmediate(() => source.push(chunk)) });
  t.after(() => source.destroy());
  return source;
}

test('a turn brings an application little, however many send, and brings others theirs', async (t) => {
  const intakes = createIntakes();
  const read = { greedy: 0, modest: 0 };
  const begin = (app: keyof typeof read): (() => void) => {
    return intakes.of(app).read(endless(t).resume(), ({ length }) => {
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
  const waste = createIntakes().of();
  const ends: (() => void)[] = [];
  for (; !waste.crowded; assert.ok(ends.length < 1_000)) ends.push(waste.read(endless(t), () => undefined));
  assert.equal(ends.length, 64);
  ends[0]?.();
  assert.equal(waste.crowded, false);
});

test('an application is sent less at a time while another one is asked for', async (t) => {
  const intakes = createIntakes();
  let read = 0;
  const ends = Array.from({ length: 20 }, () =>
    intakes.of('greedy').read(endless(t).resume(), ({ length }) => {
      read += length;
    }),
  );
  for (let turns = 0; turns < 20; turns++) await turn();
  const [before, from] = [read, performance.now()];
  for (let turns = 0; turns < 5_000; turns++) {
    intakes.asked(turns % 2 ? 'modest' : 'greedy');
    await turn();
  }
  // A part each thirty-two milliseconds, of which a timer may leave one out; what came before began one.
  const parts = (performance.now() - from) / 31 + 2;
  assert.ok(read > before);
  assert.ok(read - before <= parts * 512 * KIB, `${read - before} bytes in ${parts} parts`);
  for (const end of ends) end();
});

test('one source after the other comes to its end', async (t) => {
  const intakes = createIntakes();
  const ended: number[] = [];
  const sources = Array.from({ length: 12 }, () => {
    const chunks = Array.from({ length: 40 }, () => new Uint8Array(64 * KIB));
    return Readable.from(chunks, { objectMode: false, highWaterMark: 64 * KIB });
  });
  const all = sources.map((source, n) => {
    const end = intakes.of('shop').read(source, () => undefined);
    return new Promise<void>((resolve) => {
      source.once('end', () => {
        ended.push(n);
        end();
        resolve();
      });
    });
  });
  t.after(() => sources.forEach((source) => void source.destroy()));
  await Promise.all(all);
  // Each had its turns, but the first ones more of them.
  assert.ok(Math.max(...ended.slice(0, 3)) < 6, ended.join(' '));
});

test('each of many sources has its turn', async (t) => {
  const intakes = createIntakes();
  const counts = Array.from({ length: 50 }, () => 0);
  const ends = counts.map((_, n) =>
    intakes.of('shop').read(endless(t).resume(), () => {
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
