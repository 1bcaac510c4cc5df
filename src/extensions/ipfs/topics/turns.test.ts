import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createTurns } from './turns.ts';

/** Work that takes a millisecond each, by a clock of its own. */
function work(): {
  readonly turns: ReturnType<typeof createTurns>;
  readonly ran: string[];
  take(peer: string, what: string, bytes?: number): Promise<void> | undefined;
} {
  let now = 0;
  const turns = createTurns(() => now);
  const ran: string[] = [];
  const run = async (what: string): Promise<void> => {
    now += 1;
    ran.push(what);
  };
  return { turns, ran, take: (peer, what, bytes = 1) => turns.take(peer, bytes, () => run(what)) };
}

test('peers take turns, each in its order, and everything else has its own between them', async () => {
  const { turns, ran, take } = work();
  for (let n = 0; n < 20; n++) void take('a', `a${n}`);
  for (let n = 0; n < 3; n++) void take('b', `b${n}`);
  assert.equal(ran.length, 5);
  let others = 0;
  const last = take('a', 'last');
  const counting = setInterval(() => others++, 0);
  await last;
  clearInterval(counting);
  assert.deepEqual(ran.slice(5, 12), ['a5', 'b0', 'a6', 'b1', 'a7', 'b2', 'a8']);
  assert.deepEqual(
    ran.filter((what) => what.startsWith('a')),
    Array.from({ length: 20 }, (_, n) => `a${n}`),
  );
  assert.equal(ran.at(-1), 'last');
  assert.equal(turns.size, 0);
});

test('who fails, fails for itself', async () => {
  const { turns, ran, take } = work();
  for (let n = 0; n < 5; n++) void take('a', `a${n}`);
  const failing = turns.take('a', 1, async () => {
    throw new Error('no');
  });
  const after = take('a', 'after');
  await assert.rejects(async () => failing, { message: 'no' });
  await after;
  assert.equal(ran.at(-1), 'after');
});

test('what waits of one peer has bounds, and others are not concerned', async () => {
  const { turns, take } = work();
  for (let n = 0; n < 5_005; n++) assert.ok(take('a', 'small'));
  assert.equal(turns.size, 5_000);
  assert.equal(take('a', 'one more'), undefined);
  assert.ok(take('b', 'large', 30_000_000));
  assert.equal(take('b', 'large', 30_000_000), undefined);
  assert.ok(take('c', 'larger than all', 40_000_000));
  turns[Symbol.dispose]();
  assert.equal(turns.size, 0);
  await turn();
});

test('what waits of all peers has bounds, and who has little is not concerned', () => {
  const { turns, take } = work();
  for (let n = 0; n < 5; n++) void take('first', 'now');
  for (const peer of ['a', 'b', 'c', 'd', 'e']) void take(peer, 'large', 26_000_000);
  assert.equal(turns.size, 5);
  assert.ok(take('f', 'small'));
  assert.ok(take('f', 'small'));
  assert.equal(take('a', 'more than its share', 6_000_000), undefined);
  assert.ok(take('f', 'within its share', 6_000_000));
  turns[Symbol.dispose]();
});

test('only who has to wait is told so, and small messages have a size as well', () => {
  const { turns } = work();
  const waited: number[] = [];
  for (let n = 0; n < 7; n++)
    void turns.take(
      'a',
      1,
      async () => {},
      () => waited.push(n),
    );
  assert.deepEqual(waited, [], 'there is time');
  const slow = work();
  for (let n = 0; n < 5; n++) void slow.take('a', 'now');
  let told = 0;
  for (let peer = 0; peer < 40; peer++)
    for (let n = 0; n < 4_999; n++)
      slow.turns.take(
        `peer ${peer}`,
        0,
        async () => {},
        () => told++,
      );
  assert.equal(slow.turns.size, told);
  assert.ok(told <= 131_072, `${told} of 199,960 wait: at 2 KiB each no more than twice 128 MiB`);
  slow.turns[Symbol.dispose]();
});
