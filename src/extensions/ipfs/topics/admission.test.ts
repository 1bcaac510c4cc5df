import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair, publicKeyToProtobuf } from '@libp2p/crypto/keys';
import type { PrivateKey } from '@libp2p/interface';
import { peerIdFromPrivateKey } from '@libp2p/peer-id';
import { field, frame } from '../../../../test/ipfs/fixtures/protobuf.ts';
import { startHostile } from '../fixtures/hostile.ts';
import { connect, until } from '../fixtures/network.ts';
import { sealEnvelope } from '../message/envelope.ts';
import { createAdmission } from './admission.ts';
import { meshOf, startEngine } from './fixtures/engine.ts';
import { createLedger } from './ledger.ts';
import { createOffences } from './offences.ts';

const timeout = 60_000;
const PROTOCOL = '/meshsub/1.2.0';
const PREFIX = Buffer.from('libp2p-pubsub:');

/** A frame with one message that is signed as it should be, and says which key it was. */
async function signed(privateKey: PrivateKey, sequence: number, padding = 0): Promise<Uint8Array> {
  const { publicKey } = privateKey;
  const time = Temporal.Now.instant().epochMilliseconds;
  const envelope = { app: 'shop', topic: 'board', sequence, time, contentType: 'a/b' };
  const data = sealEnvelope({ ...envelope, payload: Buffer.from(`${publicKey.type} ${sequence}`) });
  const seqno = Buffer.alloc(8);
  seqno.writeBigUInt64BE(BigInt(sequence));
  const message = Buffer.concat([
    field(1, publicKey.toMultihash().bytes),
    field(2, data),
    field(3, seqno),
    field(4, 'board'),
  ]);
  const signature = await privateKey.sign(Buffer.concat([PREFIX, message]));
  const plain = publicKeyToProtobuf(publicKey);
  // A field that nobody knows: the same key in other bytes.
  const key = padding > 0 ? Buffer.concat([plain, field(15, new Uint8Array(padding))]) : plain;
  return frame(field(2, Buffer.concat([message, field(5, signature), field(6, key)])));
}

test('only authors with an Ed25519 key are heard and passed on, and who brings others is not blamed', {
  timeout,
}, async () => {
  await using a = await startEngine();
  await using further = await startEngine();
  await using hostile = await startHostile();
  await Promise.all([a.load('shop').subscribe(), further.load('shop').subscribe()]);
  await connect(a.node, further.node);
  await until(() => meshOf(a.node) === 1 && meshOf(further.node) === 1);
  await hostile.libp2p.handle(PROTOCOL, () => {});
  const connection = await hostile.libp2p.dial([...a.node.addresses]);
  const stream = await connection.newStream(PROTOCOL);
  const right = await generateKeyPair('Ed25519');
  stream.send(await signed(await generateKeyPair('RSA', 2048), 1));
  stream.send(await signed(await generateKeyPair('secp256k1'), 2));
  stream.send(await signed(right, 3, 4_190_000));
  stream.send(await signed(right, 4));
  // One stream keeps its order.
  await until(() => further.heard.length > 0 && a.heard.length > 0);
  for (const engine of [a, further]) assert.deepEqual(engine.texts('shop'), ['Ed25519 4']);
  const { accepted, refused } = await a.report();
  assert.deepEqual([accepted, refused], [1, { 'not-ed25519': 3 }]);
  assert.deepEqual((await further.report()).refused, {});
  assert.deepEqual([a.node.deny.list(), further.node.deny.list()], [[], []]);
});

test('what is not signed as with an Ed25519 key counts as any message, and within the rate costs its sender nothing', async () => {
  const privateKey = await generateKeyPair('Ed25519');
  const sender = peerIdFromPrivateKey(privateKey);
  const ledger = createLedger(() => {});
  ledger.set('board', [{ app: 'shop', verdict: false }]);
  const offences = createOffences({ now: () => 0, flood: 10 });
  const limits = { messageBytes: 100, messagesPerSecond: 15 };
  const admit = createAdmission({ limits, monotonic: () => 0, ledger, offences });
  const from = sender.toMultihash().bytes;
  const key = publicKeyToProtobuf(privateKey.publicKey);
  const right = { topic: 'board', from, signature: new Uint8Array(64), seqno: new Uint8Array(8) };
  const { from: _from, ...nobody } = right;
  const { signature: _signature, ...unsigned } = right;
  const { seqno: _seqno, ...unnumbered } = right;
  const wrong: readonly { readonly topic: string; readonly from?: Uint8Array }[] = [
    nobody,
    unsigned,
    unnumbered,
    ...[0, 1, 2, 3, 4, 5].map((at) => ({ ...right, from: from.with(at, 9) })),
    ...[0, 37, 39, 2_000_000].map((length) => ({ ...right, from: new Uint8Array(length) })),
    { ...right, from: Buffer.concat([from, Uint8Array.of(0)]) },
    ...[0, 63, 65, 256, 2_000_000].map((length) => ({ ...right, signature: new Uint8Array(length) })),
    ...[0, 7, 9, 2_000_000].map((length) => ({ ...right, seqno: new Uint8Array(length) })),
    ...[0, 35, 37, 4_194_304].map((length) => ({ ...right, key: new Uint8Array(length) })),
  ];
  for (const message of wrong) assert.equal(admit(sender, message), false);
  const [row] = ledger.report(() => ({ mode: 'signed', peers: 1 }));
  assert.deepEqual(row?.refused, { 'not-ed25519': wrong.length });
  assert.deepEqual([offences.score(`${sender}`), offences.verdict(`${sender}`)], [0, undefined]);
  // By the sender itself came those whose author is right.
  const left = 2 * limits.messagesPerSecond - wrong.filter(({ from: of }) => of === from).length;
  const admitted = Array.from({ length: left + 1 }, (_, n) =>
    admit(sender, n % 2 ? right : { ...right, key }),
  );
  assert.deepEqual([admitted.indexOf(false), admitted.length], [left, left + 1]);
});
