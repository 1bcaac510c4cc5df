import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { field, frame } from '../../../../test/ipfs/fixtures/protobuf.ts';
import { type Hostile, startHostile } from '../fixtures/hostile.ts';
import { connect, startNode, type TestNode, until } from '../fixtures/network.ts';
import { sealEnvelope } from '../message/envelope.ts';
import { meshOf, startEngine } from './fixtures/engine.ts';
import { guardGossip } from './gossip.ts';
import { gossipOptions } from './hooks.ts';

const timeout = 60_000;
const PROTOCOL = '/meshsub/1.2.0';

interface Parts {
  readonly topic: string;
  readonly seqno: number;
  readonly data: Uint8Array;
}

/** A frame of gossipsub with one message that is signed as it should be. */
async function signed(
  { privateKey }: Pick<Hostile, 'privateKey'>,
  { topic, seqno, data }: Parts,
): Promise<Uint8Array> {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(seqno));
  const author = privateKey.publicKey.toMultihash().bytes;
  const message = Buffer.concat([field(1, author), field(2, data), field(3, number), field(4, topic)]);
  const signature = await privateKey.sign(Buffer.concat([Buffer.from('libp2p-pubsub:'), message]));
  return frame(field(2, Buffer.concat([message, field(5, signature)])));
}

/** Speaks gossipsub with this node, and hears nothing. */
async function speak(hostile: Hostile, { addresses }: TestNode): Promise<(frame: Uint8Array) => unknown> {
  await hostile.libp2p.handle(PROTOCOL, () => {});
  const connection = await hostile.libp2p.dial([...addresses]);
  const stream = await connection.newStream(PROTOCOL);
  return (bytes) => stream.send(bytes);
}

test('who passes on the good one of two messages of one name is not blamed for the bad one', {
  timeout,
}, async () => {
  await using victim = await startEngine();
  await using relay = await startEngine();
  await using hostile = await startHostile();
  await using accomplice = await startHostile({ address: '127.0.0.67' });
  await Promise.all([victim.load('shop').subscribe(), relay.load('shop').subscribe()]);
  const far = relay.load('bank');
  await connect(relay.node, victim.node);
  await until(() => meshOf(victim.node) === 1 && meshOf(relay.node) === 1);
  const [toVictim, toRelay] = [await speak(hostile, victim.node), await speak(accomplice, relay.node)];
  const time = Temporal.Now.instant().epochMilliseconds;
  const common = { app: 'shop', topic: 'board', time, contentType: 'a/b' };
  const good = (n: number): Uint8Array =>
    sealEnvelope({ ...common, sequence: time * 1_000 + n, payload: Buffer.from(`good ${n}`) });
  for (let n = 0; n < 20; n++)
    toVictim(await signed(hostile, { topic: 'board', seqno: n, data: Buffer.from('garbage') }));
  await until(() => victim.node.deny.denies(hostile.peerId));
  for (let n = 0; n < 20; n++) toRelay(await signed(hostile, { topic: 'board', seqno: n, data: good(n) }));
  await until(() => relay.texts('shop').length === 20);
  await far.publish('end');
  await until(() => victim.texts('shop').includes('end'));
  for (let n = 0; n < 2; n++) await once(victim.node.node.pubsub, 'gossipsub:heartbeat');
  assert.equal(victim.node.deny.denies(relay.node.peerId), false);
  assert.equal(meshOf(victim.node), 1);
});

test('topics may be called as what every object has', { timeout }, async () => {
  await using a = await startNode({ gossip: gossipOptions(() => 0) });
  await using b = await startNode({ gossip: gossipOptions(() => 0) });
  using gossip = guardGossip(a.node.pubsub, { admit: () => true });
  // In the same process: what one of them does to all objects is done to those of the other.
  using _other = guardGossip(b.node.pubsub, { admit: () => true });
  const heard: string[] = [];
  a.node.pubsub.addEventListener('message', ({ detail }) => void heard.push(detail.topic));
  const topics = ['__proto__', 'constructor', 'toString'];
  for (const topic of topics) for (const { node } of [a, b]) node.pubsub.subscribe(topic);
  await connect(a, b);
  // Again and again, until there is a stream to send it on.
  for (const topic of topics)
    await until(async () => {
      await b.node.pubsub.publish(topic, Buffer.from('hello'));
      return heard.includes(topic);
    });
  assert.deepEqual(Object.keys(Object.prototype), []);
  assert.equal(gossip.invalid().size, 0);
});
