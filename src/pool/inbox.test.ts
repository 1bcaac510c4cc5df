import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createInbox } from './inbox.ts';
import type { ToWorker } from './protocol.ts';

type Queued = Exclude<ToWorker, { readonly type: 'ping' }>;

const call = (load: number, number: number): Queued => ({
  type: 'call',
  call: number,
  slot: 0,
  load,
  module: 0,
  event: { id: number, depth: 0, name: 'a:b/c#d' },
  counter: 0,
  args: [],
});
const answer = (number: number): Queued => ({ type: 'answer', call: number, ask: 1, value: 0 });

/** Everything that was handled, in order, once it is all. */
async function handled(
  messages: readonly Queued[],
  each: (message: Queued) => unknown = () => {},
): Promise<readonly string[]> {
  const seen: string[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const inbox = createInbox((message) => {
    seen.push(`${message.type} ${'call' in message ? message.call : ''}`);
    const settled = each(message);
    if (seen.length === messages.length) resolve();
    return settled;
  });
  for (const message of messages) inbox.add(message);
  assert.deepEqual(seen, [], 'nothing is handled where it was added');
  await promise;
  return seen;
}

describe('createInbox()', () => {
  it('lets applications take turns, answers go first', async () => {
    const messages = [
      call(1, 1),
      call(1, 2),
      call(1, 3),
      call(2, 4),
      call(3, 5),
      answer(9),
      answer(8),
      call(2, 6),
    ];
    assert.deepEqual(await handled(messages), [
      'answer 9',
      'answer 8',
      'call 1',
      'call 4',
      'call 5',
      'call 2',
      'call 6',
      'call 3',
    ]);
  });

  it('is done with the microtasks of one message before the next', async () => {
    let open = 0;
    await handled(
      Array.from({ length: 100 }, (_, n) => call(1, n)),
      () => {
        assert.equal(open, 0);
        open++;
        const later = (left: number): void => {
          if (left > 0) queueMicrotask(() => later(left - 1));
          else open--;
        };
        later(20);
      },
    );
  });

  it('ends a turn where something goes on, whatever came before in it', async () => {
    let open = false;
    const messages = Array.from({ length: 40 }, (_, n) => call(1, n));
    const seen = await handled(messages, (message) => {
      assert.equal(open, false);
      if (message.type !== 'call' || message.call % 4 !== 3) return true;
      open = true;
      queueMicrotask(() => queueMicrotask(() => (open = false)));
      return false;
    });
    assert.deepEqual(
      seen,
      messages.map((_, n) => `call ${n}`),
    );
  });

  it('handles what a message brings while it is handled', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const inbox = createInbox((message) => {
      if (message.type !== 'call') resolve();
      else if (message.call < 50) inbox.add(call(1, message.call + 1));
      else inbox.add(answer(1));
    });
    inbox.add(call(1, 0));
    await promise;
  });

  describe('backlog', () => {
    const quick = [call(1, 1), call(1, 2), call(1, 3), call(1, 4), call(1, 5), call(1, 6)];

    /** What it is before the first message, and after each turn of the event loop until nothing waits. */
    async function backlogs(
      messages: readonly Queued[],
      { tookMs }: { readonly tookMs: number },
    ): Promise<readonly number[]> {
      let left = messages.length;
      let time = 0;
      const inbox = createInbox(
        () => {
          left--;
          time += tookMs;
          return true;
        },
        () => time,
      );
      for (const message of messages) inbox.add(message);
      const seen = [inbox.backlog];
      while (left > 0) {
        await new Promise(setImmediate);
        seen.push(inbox.backlog);
      }
      return seen;
    }

    it('is known once calls have shown to be quick', async () => {
      assert.deepEqual(await backlogs(quick, { tookMs: 0.4 }), [0, 3, 0]);
    });

    it('is none where each call takes a turn of its own', async () => {
      assert.deepEqual(await backlogs(quick, { tookMs: 1.1 }), [0, 0, 0, 0, 0, 0, 0]);
    });

    it('is none for what another application has been answered', async () => {
      let time = 0;
      const inbox = createInbox(
        () => {
          time += 0.4;
          return true;
        },
        () => time,
      );
      for (const message of quick.slice(0, 3)) inbox.add(message);
      await new Promise(setImmediate);
      for (let n = 10; n < 20; n++) inbox.add(call(2, n));
      const seen = [inbox.backlog];
      await new Promise(setImmediate);
      seen.push(inbox.backlog);
      assert.deepEqual(seen, [0, 3]);
    });

    it('is none while another application waits too', async () => {
      const mixed = [...quick, call(2, 7), call(2, 8), call(2, 9), call(2, 10)];
      // One of each in turn: after nine there is one left.
      assert.deepEqual(await backlogs(mixed, { tookMs: 0.4 }), [0, 0, 0, 1, 0]);
    });
  });
});
