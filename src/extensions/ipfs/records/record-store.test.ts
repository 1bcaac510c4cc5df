import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { generateKeyPair } from '@libp2p/crypto/keys';
import fc from 'fast-check';
import { count, seed } from '../../../../test/count.ts';
import { type SigningKey, signingKeyOfNode } from '../message/signing-key.ts';
import { checkRecord, compareRecords, type RecordContent, type SignedRecord, signRecord } from './record.ts';
import { openRecordStore, type RecordStore } from './record-store.ts';
import { openKey } from './wire-key.ts';

const newKey = async (): Promise<SigningKey> => signingKeyOfNode(await generateKeyPair('Ed25519'));
const [alice, bob] = [await newKey(), await newKey()];

interface World {
  readonly store: RecordStore;
  readonly database: DatabaseSync;
  now: number;
  readonly evicted: string[];
}

function world(records = 10, bytes = 1_000_000): World {
  const database = new DatabaseSync(':memory:');
  const evicted: string[] = [];
  const made: World = { database, evicted, now: 1_000_000, store: undefined as never };
  const limits = { foreignRecords: records, foreignBytes: bytes };
  const options = { limits, now: () => made.now, evicted: (from: string) => void evicted.push(from) };
  return Object.assign(made, { store: openRecordStore(database, options) });
}

function content(name: number, change: Partial<RecordContent> = {}): RecordContent {
  const at = 1_000_000;
  return {
    namespace: 'notes',
    key: Uint8Array.of(name),
    sequence: at,
    time: at,
    ttl: 60,
    value: Uint8Array.of(1),
    ...change,
  };
}
const place = (name: number): Uint8Array => openKey(content(name));

test('an older record never takes the place of a newer one', () => {
  const { store } = world();
  const keep = (sequence: number, key = alice): string =>
    store.keep(place(1), signRecord(content(1, { sequence }), key), key.author);
  assert.equal(keep(5), 'kept');
  assert.equal(keep(4), 'older');
  assert.equal(keep(4, bob), 'older');
  assert.equal(keep(5), 'same');
  assert.equal(keep(6, bob), 'kept');
  assert.equal(store.get(place(1))?.author, bob.author);
});

test('whatever order records come in, the newest stays', () => {
  const step = fc.record({
    sequence: fc.integer({ min: 1, max: 5 }),
    time: fc.integer({ min: 999_990, max: 1_000_000 }),
    bob: fc.boolean(),
  });
  const property = fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
    const { store, database } = world();
    const all = steps.map(({ sequence, time, bob: byBob }) => {
      const bytes = signRecord(content(1, { sequence, time }), byBob ? bob : alice);
      store.keep(place(1), bytes, alice.author);
      return checkRecord(place(1), bytes, 1_000_000) as SignedRecord;
    });
    const newest = all.reduce((best, record) => (compareRecords(record, best) > 0 ? record : best));
    assert.deepEqual(new Uint8Array(store.bytes(place(1)) ?? []), new Uint8Array(newest.bytes));
    database.close();
  });
  fc.assert(property, { numRuns: count(2_000), seed });
});

test('who takes most makes room, and others keep what they have', () => {
  const { store, evicted } = world(10);
  store.keep(place(0), signRecord(content(0), alice), alice.author);
  for (let n = 1; n <= 100; n++) store.keep(place(n), signRecord(content(n), bob), bob.author);
  assert.deepEqual(store.foreign().records, 10);
  assert.equal(evicted.length, 91);
  assert.deepEqual([...new Set(evicted)], [bob.author]);
  assert.ok(store.get(place(0)), 'alice has hers');
  assert.ok(store.get(place(100)), 'bob has his last');
  assert.equal(store.get(place(1)), undefined);
});

test('bytes are bounded as records are, and are counted again after a restart', () => {
  const { store, database, now } = world(1_000, 2_000);
  const value = new Uint8Array(500);
  for (let n = 1; n <= 20; n++) store.keep(place(n), signRecord(content(n, { value }), bob), bob.author);
  assert.ok(store.foreign().bytes <= 2_000);
  assert.equal(store.foreign().records, 3);
  const options = { limits: { foreignRecords: 1_000, foreignBytes: 2_000 }, now: () => now, evicted() {} };
  assert.deepEqual(openRecordStore(database, options).foreign(), store.foreign());
});

test('nobody answers for the space of another by handing on a record, and an author takes over its own', () => {
  const { store, evicted } = world(3);
  const bytes = signRecord(content(0), alice);
  store.keep(place(0), bytes, bob.author);
  store.keep(place(0), signRecord(content(0, { time: 1_000_001 }), alice), alice.author);
  for (let n = 1; n <= 10; n++) store.keep(place(n), signRecord(content(n), bob), bob.author);
  assert.deepEqual([...new Set(evicted)], [bob.author]);
  assert.ok(store.get(place(0)));
});

test('what has expired is not given, makes way for others, and is swept', () => {
  const made = world();
  made.store.keep(place(1), signRecord(content(1, { sequence: 900 }), alice), alice.author);
  made.now += 60_000;
  assert.equal(made.store.get(place(1)), undefined);
  assert.equal(made.store.bytes(place(1)), undefined);
  const later = content(1, { sequence: 1, time: made.now });
  assert.equal(made.store.keep(place(1), signRecord(later, bob), bob.author), 'kept');
  made.now += 60_000;
  assert.equal(made.store.sweep(), 1);
  assert.deepEqual(made.store.foreign(), { records: 0, bytes: 0 });
});

test('records of this engine take no part in the bounds', () => {
  const { store } = world(1);
  for (let n = 0; n < 5; n++) {
    const bytes = signRecord(content(n), alice);
    store.keepOwn(place(n), { ...content(n), author: alice.author, bytes });
  }
  store.keep(place(9), signRecord(content(9), bob), bob.author);
  assert.equal(store.foreign().records, 1);
  for (const n of [0, 1, 2, 3, 4, 9]) assert.ok(store.get(place(n)));
  store.keep(place(0), signRecord(content(0, { sequence: 1_000_001 }), bob), bob.author);
  assert.equal(store.foreign().records, 1, 'one that was replaced by another counts as another’s');
  store.drop(place(1));
  assert.equal(store.get(place(1)), undefined);
});
