import assert from 'node:assert/strict';
import { test } from 'node:test';
import { connect, type TestNode, until } from '../fixtures/network.ts';
import type { TopicsNews } from './calls.ts';
import { meshOf, startEngine, type TestEngineOptions } from './fixtures/engine.ts';

const timeout = 60_000;

interface Sending {
  readonly streamsOutbound: ReadonlyMap<string, { push(bytes: Uint8Array): void }>;
}

/** A field of a frame that nobody knows, with 60,000 bytes. */
const UNKNOWN = Buffer.concat([Uint8Array.of((15 << 3) | 2, 0xe0, 0xd4, 0x03), Buffer.alloc(60_000)]);

/** From now on each frame has {@link UNKNOWN} behind it; only a test reaches in there. */
function pad(from: TestNode, to: TestNode): void {
  const stream = (from.node.pubsub as unknown as Sending).streamsOutbound.get(to.peerId);
  assert.ok(stream);
  const push = stream.push.bind(stream);
  stream.push = (bytes) => push(Buffer.concat([bytes, UNKNOWN]));
}

/** How many bytes each payload has, and how many it keeps, as the main thread gets them. */
async function kept(options: TestEngineOptions, padded: boolean): Promise<readonly (readonly number[])[]> {
  await using a = await startEngine(options);
  await using b = await startEngine(options);
  const [shop, far] = [a.load('shop'), b.load('shop')];
  await Promise.all([shop.subscribe(), far.subscribe()]);
  await connect(a.node, b.node);
  await until(() => meshOf(a.node) === 1 && meshOf(b.node) === 1);
  if (padded) pad(b.node, a.node);
  const sizes: (readonly number[])[] = [];
  using _hearing = a.node.onNews((news) => {
    const told = news as TopicsNews;
    if (told.kind !== 'messages') return;
    for (const { payload } of told.messages) sizes.push([payload.length, payload.buffer.byteLength]);
  });
  const texts = ['hello0', 'hello1', 'hello2'];
  for (const text of texts) await far.publish(text);
  await until(() => a.heard.length === texts.length);
  assert.deepEqual(a.texts('shop'), texts);
  assert.deepEqual(a.node.deny.list(), []);
  return sizes;
}

for (const [name, options] of [
  ['raw', { topics: { board: { raw: true } } }],
  ['signed', {}],
] as const)
  for (const padded of [false, true])
    test(`a ${name} payload keeps its own bytes alone of a ${padded ? 'padded' : 'small'} frame`, {
      timeout,
    }, async () => {
      assert.deepEqual(await kept(options, padded), Array(3).fill([6, 6]));
    });
