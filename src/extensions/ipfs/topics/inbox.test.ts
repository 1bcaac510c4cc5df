import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Emit, HostEvent, Reply } from '../../../engine/extension.ts';
import { CodedError } from '../../../lib/errors.ts';
import type { Collector } from '../../../telemetry/collector.ts';
import { fakeApp } from '../../../testkit/index.ts';
import { type Budget, createInbox, type Inbox } from './inbox.ts';

interface Scene {
  readonly inbox: Inbox;
  readonly log: Collector;
  readonly dropped: () => number;
  /** Lets the oldest event of the engine run; what it brought, `undefined` when nothing. */
  next(): Promise<string | undefined>;
  readonly given: () => number;
  /** The engine refuses from now on, with this code; takes again without one. */
  refuse(code?: string): void;
}

function scene(limit: number, budget: Budget = { bytes: 0 }): Scene {
  const events: { event: HostEvent; done: (replies: readonly Reply[]) => void }[] = [];
  let dropped = 0;
  let code: string | undefined;
  const emit: Emit = (event) => {
    if (code !== undefined) throw new CodedError(code, { blame: 'host', text: 'Cannot queue' });
    const { promise, resolve } = Promise.withResolvers<readonly Reply[]>();
    events.push({ event, done: resolve });
    return { queued: true, event: { id: 1, depth: 0 }, done: promise };
  };
  const app = fakeApp({ name: 'shop' });
  const count = (): void => {
    dropped += 1;
  };
  const inbox = createInbox({ app, module: 'api', topic: 'board', limit, budget }, { emit, dropped: count });
  return {
    inbox,
    log: app.log as Collector,
    dropped: () => dropped,
    given: () => events.length,
    refuse(next) {
      code = next;
    },
    async next() {
      const first = events.shift();
      const [message] = (first?.event.renew?.() ?? []) as [{ message: Uint8Array }?];
      first?.done([]);
      await new Promise(setImmediate);
      return message && Buffer.from(message.message).toString();
    },
  };
}

const note = (n: number) => ({ topic: 'board', message: Buffer.from(`${n}`), publisher: '12D3KooWA' });

test('messages come one after another, and not all are given to the engine at once', async () => {
  const { inbox, next, given, dropped } = scene(1_000);
  for (let n = 0; n < 200; n++) inbox.push(note(n));
  assert.equal(given(), 64);
  for (let n = 0; n < 200; n++) assert.equal(await next(), `${n}`);
  assert.deepEqual([given(), dropped()], [0, 0]);
});

test('the oldest are dropped when it is full, counted, and said once until it is empty', async () => {
  const { inbox, next, dropped, log } = scene(10);
  const warned = () => log.find('Module is slower than the topic that it subscribed to').length;
  for (let n = 0; n < 100; n++) inbox.push(note(n));
  assert.deepEqual([dropped(), warned()], [100 - 64 - 10, 1]);
  const heard: string[] = [];
  for (let text = await next(); text !== undefined; text = await next()) heard.push(text);
  assert.deepEqual(heard, [
    ...Array.from({ length: 64 }, (_, n) => `${n}`),
    ...Array.from({ length: 10 }, (_, n) => `${90 + n}`),
  ]);
  for (let n = 0; n < 100; n++) inbox.push(note(n));
  assert.equal(warned(), 2);
});

test('large messages fill it sooner', () => {
  const { inbox, dropped } = scene(1_000);
  for (let n = 0; n < 64; n++) inbox.push(note(n));
  for (let n = 0; n < 20; n++) inbox.push({ ...note(n), message: new Uint8Array(1_048_576) });
  assert.equal(dropped(), 4);
});

test('all inboxes of an application have so many bytes, and give them back', async () => {
  const budget = { bytes: 0 };
  const scenes = Array.from({ length: 5 }, () => scene(1_000, budget));
  for (const { inbox } of scenes) {
    for (let n = 0; n < 64; n++) inbox.push(note(n));
    for (let n = 0; n < 15; n++) inbox.push({ ...note(n), message: new Uint8Array(1_048_576) });
  }
  assert.deepEqual(
    scenes.map((each) => each.dropped()),
    [0, 0, 0, 0, 11],
  );
  assert.equal(budget.bytes, 67_108_864);
  await scenes[0]?.next();
  assert.equal(budget.bytes, 66_060_288);
  for (const { inbox } of scenes.slice(1)) inbox.end();
  scenes[0]?.inbox.empty();
  assert.equal(budget.bytes, 0);
});

test('nothing is delivered once it is ended, not even what the engine has', async () => {
  const { inbox, next, given } = scene(1_000);
  for (let n = 0; n < 100; n++) inbox.push(note(n));
  inbox.end();
  for (let n = 0; n < 64; n++) assert.equal(await next(), undefined);
  inbox.push(note(1));
  assert.equal(given(), 0);
});

test('what the engine has not got can be taken out', () => {
  const { inbox, given } = scene(1_000);
  for (let n = 0; n < 70; n++) inbox.push(note(n));
  assert.deepEqual(inbox.empty(), [64, 65, 66, 67, 68, 69].map(note));
  assert.equal(given(), 64);
});

test('a full engine is tried again when one event is over, and costs messages only when none is', async () => {
  const { inbox, next, dropped, refuse, given } = scene(1_000);
  inbox.push(note(0));
  refuse('QUEUE_FULL');
  inbox.push(note(1));
  assert.equal(dropped(), 0);
  refuse();
  assert.equal(await next(), '0');
  assert.equal(await next(), '1');
  refuse('QUEUE_FULL');
  inbox.push(note(2));
  assert.deepEqual([dropped(), given()], [1, 0]);
  refuse();
  inbox.push(note(3));
  assert.equal(await next(), '3');
});

test('an application that is gone hears no more, and nobody is blamed', () => {
  const { inbox, dropped, refuse, given } = scene(1_000);
  refuse('APP_GONE');
  inbox.push(note(0));
  refuse();
  inbox.push(note(1));
  assert.deepEqual([dropped(), given()], [0, 0]);
});
