import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import type { PeerId } from '@libp2p/interface';
import { peerIdFromString } from '@libp2p/peer-id';
import { ManualClock } from '../../../testkit/index.ts';
import { authorOf } from '../message/author.ts';
import { openEnvelope } from '../message/envelope.ts';
import { createPublisher, type Outgoing, type Publisher } from './publisher.ts';

interface Scene {
  readonly clock: ManualClock;
  readonly publisher: Publisher;
  /** Payloads that gossipsub was given, as text. */
  readonly published: readonly string[];
  readonly sequences: readonly number[];
  /** How many payloads each message had. */
  readonly envelopes: number[];
  /** Peers with full buffers. */
  readonly behind: Set<string>;
  publish(text: string, change?: Partial<Outgoing>): Promise<void>;
}

const listener: PeerId = peerIdFromString(authorOf(new Uint8Array(32)));

function scene(messagesPerSecond: number, { raw }: { raw?: (data: Uint8Array) => void } = {}): Scene {
  const clock = new ManualClock();
  const published: string[] = [];
  const sequences: number[] = [];
  const envelopes: number[] = [];
  const behind = new Set<string>();
  const publisher = createPublisher(
    { messageBytes: 1_048_576, messagesPerSecond },
    {
      pubsub: {
        async publish(_topic, data = new Uint8Array()) {
          if (raw) {
            raw(data);
            return { recipients: [] };
          }
          const opened = openEnvelope(data);
          assert.ok(typeof opened !== 'string');
          const { payload, more = [], sequence } = opened.envelope;
          published.push(...[payload, ...more].map((each) => Buffer.from(each).toString()));
          envelopes.push(1 + more.length);
          sequences.push(sequence);
          return { recipients: [] };
        },
        getSubscribers: () => [listener],
      },
      gossip: { behind: () => [...behind] },
      clock,
      key: () => undefined,
      sent() {},
    },
  );
  const { signal } = new AbortController();
  return {
    clock,
    publisher,
    published,
    sequences,
    envelopes,
    behind,
    publish: (text, change) =>
      publisher.publish({
        app: 'shop',
        topic: 'board',
        payload: Buffer.from(text),
        raw: false,
        signal,
        ...change,
      }),
  };
}

const turn = () => new Promise(setImmediate);

test('messages beyond the rate wait for their turn, and go out in order', async () => {
  const { clock, publish, published, sequences } = scene(10);
  const all = Array.from({ length: 30 }, (_, n) => publish(`${n}`));
  await turn();
  assert.equal(published.length, 10);
  await clock.advance({ milliseconds: 500 });
  assert.equal(published.length, 15);
  for (let n = 0; n < 20; n++) await clock.advance({ milliseconds: 100 });
  await Promise.all(all);
  assert.deepEqual(
    published,
    Array.from({ length: 30 }, (_, n) => `${n}`),
  );
  assert.deepEqual(
    sequences,
    sequences.toSorted((a, b) => a - b),
  );
  assert.equal(new Set(sequences).size, sequences.length);
});

test('sequences grow also when the clock is set back', async () => {
  const { clock, publish, sequences } = scene(10);
  await publish('a');
  await clock.jumpTo(Temporal.Instant.from('2020-01-01T00:00Z'));
  await publish('b');
  assert.ok((sequences[1] ?? 0) > (sequences[0] ?? 0));
});

test('a clock that is set back holds up nothing', async () => {
  const { clock, publish, published } = scene(100);
  const all = Array.from({ length: 101 }, (_, n) => publish(`${n}`));
  await turn();
  assert.equal(published.length, 100);
  await clock.jumpTo(Temporal.Instant.from('2020-01-01T00:00Z'));
  await clock.advance({ milliseconds: 10 });
  // A clock that is moved by hand keeps no process alive.
  const alive = setInterval(() => {}, 1_000);
  await Promise.all(all).finally(() => clearInterval(alive));
  assert.equal(clock.sleeping, 0);
});

test('only so many wait, and one that is given up leaves its place', async () => {
  const { publish, published, clock } = scene(1);
  const end = new AbortController();
  const waiting = Array.from({ length: 257 }, (_, n) =>
    publish(`${n}`, n === 2 ? { signal: end.signal } : {}),
  );
  const outcomes = Promise.allSettled(waiting);
  await turn();
  assert.deepEqual(published, ['0']);
  const { signal } = end;
  assert.equal(getEventListeners(signal, 'abort').length, 1);
  end.abort(new Error('enough'));
  await assert.rejects(waiting[2] ?? Promise.resolve(), { message: 'enough' });
  assert.deepEqual(getEventListeners(signal, 'abort'), []);
  await assert.rejects(publish('too late', { signal }), { message: 'enough' });
  const late = ['the place of the one sent', 'its own'].map((text) => publish(text));
  await assert.rejects(publish('no other is'), { code: 'IPFS_PUBLISH_BUSY' });
  await clock.advance({ seconds: 1 });
  await clock.advance({ seconds: 1 });
  assert.deepEqual(published, ['0', '1', '3']);
  for (let n = 0; n < 260; n++) await clock.advance({ seconds: 1 });
  await Promise.all(late);
  assert.equal(published.at(-1), 'its own');
  const failed = (await outcomes).flatMap((each) => (each.status === 'rejected' ? [each.reason] : []));
  assert.deepEqual(
    failed.map(({ code, message }) => code ?? message),
    ['enough', 'IPFS_PUBLISH_BUSY'],
  );
});

test('whoever is first in line may give up, before its turn and in it, and the next has its turn', async () => {
  const { publish, published, clock } = scene(1);
  const ends = Array.from({ length: 3 }, () => new AbortController());
  const [early, alone, waiting] = ends.map(({ signal }) => publish('given up', { signal }).catch(String));
  ends[0]?.abort('before its turn');
  ends[1]?.abort('as well');
  await turn();
  assert.deepEqual(published, ['given up'], 'the third');
  assert.deepEqual(await Promise.all([early, alone, waiting]), ['before its turn', 'as well', undefined]);
  const end = new AbortController();
  const first = publish('first', { signal: end.signal });
  const second = publish('second');
  await turn();
  end.abort(new Error('enough'));
  await assert.rejects(first, { message: 'enough' });
  await clock.advance({ seconds: 1 });
  await second;
  assert.deepEqual(published, ['given up', 'second']);
  assert.equal(clock.sleeping, 0);
  const none = publish('none', { signal: AbortSignal.abort(new Error('over')) });
  await assert.rejects(none, { message: 'over' });
});

test('what gossipsub has cannot be given up, and leaves nothing on its signal', async () => {
  const sent: Uint8Array[] = [];
  const end = new AbortController();
  const { signal } = end;
  const { publish } = scene(5_000, {
    raw(data) {
      sent.push(data);
      end.abort(new Error('too late'));
    },
  });
  await publish('1', { raw: true, signal });
  assert.equal(sent.length, 1);
  assert.deepEqual(getEventListeners(signal, 'abort'), []);
});

test('a topic waits for a peer that is slow, not for one that is stuck, and not for long', async () => {
  const { publish, published, behind, clock } = scene(1_000);
  behind.add('12D3KooWElsewhere');
  await publish('nobody who listens is behind');
  behind.add(listener.toString());
  const slow = publish('slow');
  await turn();
  assert.equal(published.length, 1);
  behind.delete(listener.toString());
  await clock.advance({ milliseconds: 5 });
  await slow;
  behind.add(listener.toString());
  const stuck = publish('stuck');
  for (let n = 0; n < 500; n++) await clock.advance({ milliseconds: 5 });
  await stuck;
  await publish('no more waiting');
  behind.delete(listener.toString());
  await publish('caught up');
  behind.add(listener.toString());
  const again = publish('again');
  await turn();
  assert.equal(published.at(-1), 'caught up');
  behind.clear();
  await clock.advance({ milliseconds: 5 });
  await again;
});

test('messages of other topics do not wait', async () => {
  const { publish, published } = scene(1);
  const first = publish('1');
  const end = new AbortController();
  const second = publish('2', { signal: end.signal });
  await publish('other', { topic: 'votes' });
  await first;
  assert.deepEqual(published, ['1', 'other']);
  end.abort(new Error('enough'));
  await assert.rejects(second, { message: 'enough' });
});

test('what waits goes together, of one application and topic, as much as one message may hold', async () => {
  const { publish, published, envelopes } = scene(5_000);
  const small = Array.from({ length: 70 }, (_, n) => publish(`${n}`));
  const large = ['a', 'b', 'c'].map((letter) => publish(letter.repeat(30_000)));
  await Promise.all([...small, ...large]);
  assert.deepEqual(envelopes, [64, 8, 1], '64 payloads; 65,536 bytes; what is left');
  assert.deepEqual(
    published.slice(0, 70),
    Array.from({ length: 70 }, (_, n) => `${n}`),
  );
  envelopes.length = 0;
  await Promise.all([publish('1'), publish('2', { app: 'other' }), publish('3', { topic: 'votes' })]);
  assert.deepEqual(envelopes, [1, 1, 1]);
});

test('bare bytes go one by one', async () => {
  const sent: Uint8Array[] = [];
  const { publish } = scene(5_000, { raw: (data) => sent.push(data) });
  await Promise.all(['1', '2'].map((text) => publish(text, { raw: true })));
  assert.deepEqual(
    sent.map((data) => Buffer.from(data).toString()),
    ['1', '2'],
  );
});

test('one that is given up is not taken along, and one application does not wait in the line of another', async () => {
  const { publish, published, envelopes } = scene(5_000);
  const end = new AbortController();
  const all = ['1', '2', '3'].map((text) => publish(text, text === '2' ? { signal: end.signal } : {}));
  end.abort(new Error('enough'));
  const outcomes = await Promise.allSettled(all);
  assert.deepEqual(published, ['1', '3']);
  assert.deepEqual(envelopes, [2]);
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected', 'fulfilled'],
  );
  const full = Array.from({ length: 256 }, (_, n) => publish(`${n}`));
  await assert.rejects(publish('no room'), { code: 'IPFS_PUBLISH_BUSY' });
  await publish('room', { app: 'other' });
  await Promise.all(full);
});
