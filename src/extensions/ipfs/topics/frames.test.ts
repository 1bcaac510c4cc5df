import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Gathering, gatherFrames, type Outbound } from './frames.ts';

interface Scene extends Disposable {
  readonly gathering: Gathering;
  readonly streams: Map<string, Outbound>;
  /** What went to each stream, as text, one string for each time that something was sent. */
  readonly sent: string[];
  readonly lost: string[];
  open(peer: string, name?: string): Outbound;
}

function scene(): Scene {
  const sent: string[] = [];
  const lost: string[] = [];
  const streams = new Map<string, Outbound>();
  const gathering = gatherFrames(streams, (peer, error) => lost.push(`${peer}: ${error}`));
  return {
    gathering,
    streams,
    sent,
    lost,
    open(peer, name = peer) {
      const send = (data: { subarray(): Uint8Array }): void =>
        void sent.push(`${name} ${Buffer.from(data.subarray())}`);
      const stream: Outbound = { rawStream: { send }, pushPrefixed: send };
      streams.set(peer, stream);
      return stream;
    },
    [Symbol.dispose]: () => gathering[Symbol.dispose](),
  };
}

const frame = (text: string): Uint8Array => Buffer.from(text);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('what goes to one peer in one turn goes together, in order', async () => {
  using at = scene();
  const [a, b] = [at.open('a'), at.open('b')];
  for (const n of [1, 2, 3]) a.pushPrefixed(frame(`${n}`));
  b.pushPrefixed(frame('alone'));
  assert.deepEqual(at.sent, []);
  await turn();
  assert.deepEqual(at.sent, ['a 123', 'b alone']);
  a.pushPrefixed(frame('4'));
  await turn();
  assert.deepEqual(at.sent.slice(2), ['a 4']);
});

test('what is large does not wait, and nothing overtakes what was before it', async () => {
  using at = scene();
  const a = at.open('a');
  a.pushPrefixed(frame('first '));
  a.pushPrefixed(frame('x'.repeat(40_000)));
  assert.deepEqual(
    at.sent.map((text) => text.slice(0, 9)),
    ['a first x'],
  );
  await turn();
  assert.equal(at.sent.length, 1);
});

test('a turn that does not end sends what has waited', () => {
  using at = scene();
  const a = at.open('a');
  a.pushPrefixed(frame('1'));
  const end = performance.now() + 2;
  while (performance.now() < end);
  a.pushPrefixed(frame('2'));
  assert.deepEqual(at.sent, ['a 12']);
});

test('a stream that is closed or replaced takes what waits with it, and no other', async () => {
  using at = scene();
  const before = at.open('a', 'before');
  before.pushPrefixed(frame('lost'));
  at.open('a', 'after').pushPrefixed(frame('kept'));
  const gone = at.open('b');
  gone.pushPrefixed(frame('lost'));
  at.streams.delete('b');
  await turn();
  assert.deepEqual(at.sent, ['after kept']);
});

test('what a stream does not take is told, and the others have theirs', async () => {
  using at = scene();
  const broken = at.open('a');
  broken.rawStream.send = () => {
    throw new Error('closed');
  };
  broken.pushPrefixed(frame('lost'));
  at.open('b').pushPrefixed(frame('kept'));
  await turn();
  assert.deepEqual(at.lost, ['a: Error: closed']);
  assert.deepEqual(at.sent, ['b kept']);
});

test('disposal sends what waits and leaves the streams as they were', async () => {
  const at = scene();
  const a = at.open('a');
  a.pushPrefixed(frame('1'));
  at[Symbol.dispose]();
  assert.deepEqual(at.sent, ['a 1']);
  a.pushPrefixed(frame('2'));
  at.open('b').pushPrefixed(frame('3'));
  assert.deepEqual(at.sent, ['a 1', 'a 2', 'b 3'], 'at once');
});
