import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createOutbox, type OutboxOptions } from './outbox.ts';

const turn = () => new Promise(setImmediate);

function boxOf(options: Partial<OutboxOptions<number>> = {}) {
  const posted: (readonly number[])[] = [];
  return {
    posted,
    outbox: createOutbox<number>({
      post: (messages) => posted.push(messages),
      refused: () => assert.fail(),
      ...options,
    }),
  };
}

describe('createOutbox()', () => {
  it('posts at the end of the turn, sooner when there are many', async () => {
    const { outbox, posted } = boxOf({ most: 2 });
    for (const n of [1, 2, 3]) outbox.send(n);
    assert.deepEqual(posted, [[1, 2]]);
    await turn();
    assert.deepEqual(posted, [[1, 2], [3]]);
  });

  it('lets messages wait from turn to turn, as long as they may', async () => {
    let left = 3;
    const asked: number[] = [];
    const { outbox, posted } = boxOf({
      mayWait: (messages) => {
        asked.push(messages.length);
        return left-- > 0;
      },
    });
    outbox.send(1);
    await turn();
    outbox.send(2);
    assert.deepEqual(posted, []);
    while (posted.length === 0) await turn();
    assert.deepEqual([posted, asked], [[[1, 2]], [1, 2, 2, 2]]);
    await turn();
    assert.equal(asked.length, 4, 'nobody is asked about nothing');
  });

  it('posts those that wait when there are many, and when it is told to', async () => {
    const { outbox, posted } = boxOf({ most: 3, mayWait: () => posted.length < 2 });
    outbox.send(1);
    await turn();
    outbox.send(2);
    outbox.send(3);
    assert.deepEqual(posted, [[1, 2, 3]]);
    outbox.send(4);
    await turn();
    outbox.flush();
    assert.deepEqual(posted, [[1, 2, 3], [4]]);
  });

  it('posts messages one by one when one of them cannot cross', async () => {
    const posted: (readonly number[])[] = [];
    const refused: unknown[] = [];
    const outbox = createOutbox<number>({
      post: (messages) => {
        if (messages.includes(2)) throw new Error(`no ${messages}`);
        posted.push(messages);
      },
      refused: (message, error) => refused.push(message, (error as Error).message),
    });
    for (const n of [1, 2, 3]) outbox.send(n);
    await turn();
    assert.deepEqual(
      [posted, refused],
      [
        [[1], [3]],
        [2, 'no 2'],
      ],
    );
  });
});
