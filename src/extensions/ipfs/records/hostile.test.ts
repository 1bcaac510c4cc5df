import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair } from '@libp2p/crypto/keys';
import { multiaddr } from '@multiformats/multiaddr';
import { count } from '../../../../test/count.ts';
import { type Hostile, type HostileAnswer, type HostileOptions, startHostile } from '../fixtures/hostile.ts';
import { decodeKad, encodeKad, framed, type WireMessage, wireRecord } from '../fixtures/kad-wire.ts';
import type { TestNode } from '../fixtures/network.ts';
import {
  getText,
  notePlace,
  putText,
  type RecordEngineOptions,
  recordEngines,
  untilKnown,
} from '../fixtures/records.ts';
import { until } from '../fixtures/until.ts';
import { type SigningKey, signingKeyOfNode } from '../message/signing-key.ts';
import { DHT_PROTOCOL } from '../node/compose.ts';
import { providedCid } from './providers.ts';
import { MAX_SKEW, type RecordContent, signRecord } from './record.ts';
import { openKey } from './wire-key.ts';

interface World extends AsyncDisposable {
  readonly a: TestNode;
  readonly b: TestNode;
  readonly hostile: Hostile;
  readonly key: SigningKey;
}

/** Two engines and a hostile peer that both have let into their routing tables. */
async function world(options: HostileOptions = {}, engines: RecordEngineOptions = {}): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const { nodes } = stack.use(await recordEngines(2, engines));
  const [a, b] = nodes as [TestNode, TestNode];
  const hostile = stack.use(await startHostile(options));
  await hostile.dial(a);
  await hostile.dial(b);
  await untilKnown([a, b], 2);
  const running = stack.move();
  const key = signingKeyOfNode(hostile.privateKey);
  return { a, b, hostile, key, [Symbol.asyncDispose]: () => running.disposeAsync() };
}

const place = notePlace();
const wireKey = openKey(place);

function content(change: Partial<RecordContent> = {}): RecordContent {
  const now = Date.now();
  return { ...place, sequence: now, time: now, ttl: 3_600, value: Buffer.from('lie'), ...change };
}
const putMessage = (bytes: Uint8Array, key: Uint8Array = wireKey): WireMessage => ({
  type: 'PUT_VALUE',
  key,
  record: wireRecord(key, bytes),
});
/** Above 64 KiB. */
const padding = Array.from({ length: 2_000 }, () => ({ id: Buffer.alloc(38, 1) }));
const member = ({ type, key }: Pick<WireMessage, 'type' | 'key'>): WireMessage => ({
  type,
  ...(key && { key }),
});

test('no engine keeps a record that breaks a rule, and whoever sends many is denied', {
  timeout: 60_000,
}, async () => {
  await using it = await world({}, { limits: { strikes: 12 } });
  const { a, hostile, key } = it;
  await putText(a, place, 'truth');
  const right = signRecord(content(), key);
  const forged = right.slice();
  forged[forged.length - 1] = (forged.at(-1) ?? 0) ^ 1;
  const now = Date.now();
  const refused: Readonly<Record<string, WireMessage>> = {
    forged: putMessage(forged),
    malformed: putMessage(Buffer.from('hello')),
    oversized: putMessage(new Uint8Array(20_000)),
    misplaced: putMessage(right, openKey(notePlace('other'))),
    expired: putMessage(signRecord(content({ time: now - 7_200_000 }), key)),
    early: putMessage(signRecord(content({ sequence: now + 2 * MAX_SKEW }), key)),
    older: putMessage(signRecord(content({ sequence: 5 }), key)),
  };
  for (const [why, message] of Object.entries(refused)) {
    assert.equal(await hostile.ask(a, message), undefined, why);
    assert.equal(a.counted(`records_received_total{result="${why}"}`), 1, why);
  }
  assert.equal(await hostile.ask(a, { type: 'PUT_VALUE', key: wireKey }), undefined, 'no record at all');
  const elsewhere = { ...putMessage(right), record: wireRecord(openKey(notePlace('other')), right) };
  assert.equal(await hostile.ask(a, elsewhere), undefined, 'asks for one place and means another');
  assert.equal(await hostile.ask(a, putMessage(right, Buffer.from('/pk/x'))), undefined, 'of no namespace');
  assert.equal(
    await hostile.ask(a, { ...putMessage(right), closer: padding }),
    undefined,
    'too long a message',
  );
  assert.equal(await getText(a, place), 'truth');
  assert.equal(a.counted('records_received_total{result="kept"}'), 0);
  assert.deepEqual(a.deny.list(), []);
  for (let n = 0; n < 20 && !a.deny.denies(hostile.peerId); n++)
    await hostile.ask(a, putMessage(forged)).catch(() => undefined);
  assert.equal(a.counted('records_received_total{result="forged"}') <= 12, true);
  await until(() => a.node.libp2p.getConnections(hostile.libp2p.peerId).length === 0);
  await assert.rejects(
    hostile.libp2p.dial([...a.addresses]).then((connection) => connection.newStream('/x')),
  );
  assert.match(String(a.deny.list()[0]?.reason), /forged/);
});

test('a peer that answers with lies changes nothing, and is denied for those that no clock explains', {
  timeout: 60_000,
}, async () => {
  const key = signingKeyOfNode(await generateKeyPair('Ed25519'));
  const right = signRecord(content(), key);
  const forged = right.slice();
  forged[60] = (forged[60] ?? 0) ^ 1;
  const other = openKey(notePlace('other'));
  const lies: HostileAnswer[] = [
    { type: 'GET_VALUE', record: wireRecord(wireKey, forged) },
    { type: 'GET_VALUE', record: wireRecord(wireKey, Buffer.from('hello')) },
    { type: 'GET_VALUE', record: wireRecord(other, right) },
    { type: 'GET_VALUE', record: wireRecord(wireKey, signRecord({ ...content(), namespace: 'news' }, key)) },
    { type: 'GET_VALUE', record: Buffer.from([0xff, 0xff]) },
    { type: 'GET_VALUE', record: wireRecord(wireKey, right, 'yesterday').slice(0, -30) },
    { type: 'GET_VALUE', closer: [{ id: Buffer.from('nobody') }] },
    Buffer.from([0xff, 0xff, 0xff]),
    new Uint8Array(200_000),
    // Right and newest, but in a message that is longer than any.
    { type: 'GET_VALUE', record: wireRecord(wireKey, right), closer: padding },
    'reset',
  ];
  let next = 0;
  const dht: HostileOptions['dht'] = (asked) =>
    asked.type === 'GET_VALUE' ? (lies[next++ % lies.length] ?? 'reset') : member(asked);
  await using it = await world({ dht }, { limits: { strikes: 30 } });
  const { a, b, hostile } = it;
  await assert.rejects(getText(a, place), { code: 'RECORD_NOT_FOUND' });
  await putText(b, place, 'truth');
  for (let n = 0; n < lies.length; n++) assert.equal(await getText(a, place), 'truth');
  assert.deepEqual(a.deny.list(), []);
  for (let n = 0; n < 200 && !a.deny.denies(hostile.peerId); n++)
    assert.equal(await getText(a, place), 'truth');
  assert.ok(a.deny.denies(hostile.peerId));
});

test('a peer can neither roll back a record, nor make a get fail by refusing the newer one', {
  timeout: 60_000,
}, async () => {
  const key = signingKeyOfNode(await generateKeyPair('Ed25519'));
  const old = signRecord(content({ sequence: 5, value: Buffer.from('old') }), key);
  const dht: HostileOptions['dht'] = (asked) => {
    if (asked.type === 'GET_VALUE')
      return { type: 'GET_VALUE', key: wireKey, record: wireRecord(wireKey, old) };
    return asked.type === 'PUT_VALUE' ? 'reset' : member(asked);
  };
  await using it = await world({ dht });
  const { a, b, hostile } = it;
  assert.equal(await getText(b, place), 'old', 'nobody has a newer one');
  assert.equal(await putText(a, place, 'new'), true);
  for (let n = 0; n < 3; n++) {
    for (const node of [a, b]) {
      assert.equal(await hostile.ask(node, putMessage(old)), undefined);
      assert.equal(await getText(node, place), 'new');
    }
  }
  const told = (): number => hostile.asked.filter(({ type }) => type === 'PUT_VALUE').length;
  const before = told();
  assert.equal(await getText(b, place), 'new');
  // It is told what is newer, and may refuse that.
  await until(() => told() > before);
});

test('endless lists of providers and peers are cut, and hide nobody', { timeout: 60_000 }, async () => {
  const some = await Promise.all(
    Array.from({ length: 300 }, async () => signingKeyOfNode(await generateKeyPair('Ed25519'))),
  );
  const address = multiaddr('/ip4/127.0.0.77/tcp/9').bytes;
  const listed = some.map(({ publicKey }) => ({
    id: Buffer.concat([Buffer.from('002408011220', 'hex'), publicKey]),
    addresses: [address],
  }));
  const endless = Array.from({ length: 50_000 }, () => listed[0] ?? assert.fail());
  // Written once: what costs time here is to be the reading.
  const answers = (['GET_PROVIDERS', 'FIND_NODE'] as const).flatMap((type) =>
    [listed, endless].map((list) => {
      const providers = type === 'GET_PROVIDERS' ? list : [];
      return { type, bytes: encodeKad({ type, closer: list, providers }) };
    }),
  );
  let turn = 0;
  const dht: HostileOptions['dht'] = (asked) => {
    const [one, other] = answers.filter(({ type }) => type === asked.type);
    turn++;
    return (turn % 2 ? one : other)?.bytes ?? member(asked);
  };
  // A machine that is slow answers late, but answers.
  await using it = await world({ dht }, { limits: { grace: 20_000 } });
  const { a, b } = it;
  await b.call('records.provide', [place], { app: 'notes' });
  for (let n = 0; n < 4; n++) {
    const found = (await a.call('records.providers', [place], { app: 'notes' })) as readonly string[];
    assert.ok(found.includes(b.peerId), `${b.peerId} is not among ${found.length} in round ${n}`);
    assert.ok(found.length <= 64, `${found.length} providers`);
  }
  const known = await a.node.libp2p.peerStore.all();
  assert.ok(known.length < 200, `${known.length} peers are remembered`);
});

test('a peer that never answers delays nobody for long', { timeout: 60_000 }, async () => {
  await using it = await world({ dht: (asked) => (asked.type === 'PING' ? member(asked) : 'silent') });
  const { a, b } = it;
  assert.equal(await putText(a, place, 'one'), true);
  assert.equal(await getText(b, place), 'one');
  await b.call('records.provide', [place], { app: 'notes' });
  assert.deepEqual(await a.call('records.providers', [place], { app: 'notes' }), [b.peerId]);
  await assert.rejects(getText(a, notePlace('other')), { code: 'RECORD_NOT_FOUND' });
});

test('one peer fills neither the space of records nor that of providers', { timeout: 60_000 }, async () => {
  const limits = { foreignRecords: 20, providersOfPeer: 5, providersOfName: 3 };
  await using it = await world({}, { limits });
  const { a, b, hostile, key } = it;
  await putText(b, place, 'truth');
  await until(() => a.counted('records_received_total{result="kept"}') === 1);
  for (let n = 0; n < 60; n++) {
    const its = notePlace(`flood ${n}`);
    assert.ok(await hostile.ask(a, putMessage(signRecord(content(its), key), openKey(its))));
  }
  assert.equal(a.counted('records_evicted_total'), 41);
  const kept = decodeKad((await hostile.ask(a, { type: 'GET_VALUE', key: wireKey })) ?? new Uint8Array());
  assert.ok(kept.record, 'the record of the other engine is still there');

  const id = hostile.libp2p.peerId.toMultihash().bytes;
  const addresses = hostile.libp2p.getMultiaddrs().map(({ bytes }) => bytes);
  for (let n = 0; n < 12; n++) {
    const multihash = providedCid(notePlace(`flood ${n}`)).multihash.bytes;
    const stream = await hostile.open(a, DHT_PROTOCOL);
    stream.send(framed(encodeKad({ type: 'ADD_PROVIDER', key: multihash, providers: [{ id, addresses }] })));
    await stream.close();
  }
  await until(() => a.counted('providers_refused_total') === 7);
});

test('providers are told of though one has been forgotten, and nobody stores addresses by claiming them', {
  timeout: 60_000,
}, async () => {
  await using it = await world();
  const { a, b, hostile } = it;
  await b.call('records.provide', [place], { app: 'notes' });
  const key = providedCid(place).multihash.bytes;
  const providers = async (): Promise<Buffer> =>
    Buffer.from((await hostile.ask(a, { type: 'GET_PROVIDERS', key })) ?? assert.fail('No answer'));
  await using gone = await startHostile({ address: '127.0.0.67' });
  await gone.dial(a);
  const ids = [gone.libp2p.peerId, b.node.libp2p.peerId].map((peer) => peer.toMultihash().bytes);
  const claimed = Array.from({ length: 500 }, (_, n) => multiaddr(`/ip4/127.0.0.88/tcp/${n + 1}`).bytes);
  const stream = await gone.open(a, DHT_PROTOCOL);
  const claim = {
    type: 'ADD_PROVIDER',
    key,
    providers: [{ id: ids[0] ?? assert.fail(), addresses: claimed }],
  } as const;
  stream.send(framed(encodeKad(claim)));
  await stream.close();
  await until(async () => {
    const answer = await providers();
    return ids.every((id) => answer.includes(id));
  });
  const known = await a.node.libp2p.peerStore.get(gone.libp2p.peerId);
  assert.ok(known.addresses.length < 10, `${known.addresses.length} addresses are remembered`);
  await gone[Symbol.asyncDispose]();
  await until(() => a.node.libp2p.getConnections(gone.libp2p.peerId).length === 0);
  await a.node.libp2p.peerStore.delete(gone.libp2p.peerId);
  const left = await providers();
  assert.deepEqual(
    ids.map((id) => left.includes(id)),
    [false, true],
  );
});

test('a flood of messages ends at the rate of an honest engine', { timeout: 60_000 }, async () => {
  await using it = await world({}, { limits: { burst: 30, perSecond: 1 } });
  const { a, b, hostile } = it;
  let answered = 0;
  for (let n = 0; n < 60; n++) if (await hostile.ask(a, { type: 'GET_VALUE', key: wireKey })) answered++;
  assert.ok(answered <= 40, `${answered} were answered`);
  assert.ok(a.counted('dht_refused_total{reason="rate"}') >= 20);
  assert.equal(await putText(b, place, 'truth'), true, 'others are answered');
});

test('no bytes on the protocol of the DHT end or poison an engine', { timeout: 120_000 }, async () => {
  await using it = await world();
  const { a, b, hostile, key } = it;
  await putText(b, place, 'truth');
  const right = putMessage(signRecord(content({ sequence: 5 }), key));
  const bytes = encodeKad(right);
  for (let n = 0; n < count(3_000); n++) {
    const damaged = bytes.slice(0, n % 3 === 0 ? (n * 7) % bytes.length : bytes.length);
    for (let by = 0; by < 3; by++)
      damaged[(n * 131 + by * 17) % Math.max(1, damaged.length)] = (n * 29 + by) % 256;
    const stream = await hostile.open(a, DHT_PROTOCOL).catch(() => undefined);
    stream?.send(damaged);
    await stream?.close().catch((error: Error) => stream.abort(error));
    if (a.deny.denies(hostile.peerId)) break;
  }
  assert.equal(await getText(a, place), 'truth');
});
