import assert from 'node:assert/strict';
import { test } from 'node:test';
import { generateKeyPair } from '@libp2p/crypto/keys';
import fc from 'fast-check';
import { count, seed } from '../../../../test/count.ts';
import { type SigningKey, signingKeyOfNode } from '../message/signing-key.ts';
import { frameCounter } from './frames.ts';
import {
  checkRecord,
  compareRecords,
  MAX_KEY,
  MAX_RECORD,
  MAX_SKEW,
  MAX_TTL,
  MAX_VALUE,
  type RecordContent,
  signRecord,
} from './record.ts';
import { authorKey, openKey } from './wire-key.ts';

const newKey = async (): Promise<SigningKey> => signingKeyOfNode(await generateKeyPair('Ed25519'));
const NOW = 1_800_000_000_000;
const content: RecordContent = {
  namespace: 'notes',
  key: Uint8Array.of(1, 2),
  sequence: NOW,
  time: NOW,
  ttl: 60,
  value: Uint8Array.of(3),
};
const key = await newKey();

const check = (change: Partial<RecordContent>, now = NOW): unknown => {
  const changed = { ...content, ...change };
  const record = checkRecord(openKey(changed), signRecord(changed, key), now);
  return typeof record === 'string' ? record : 'right';
};

test('a record comes back in both places where it may stand, and nowhere else', async () => {
  const bytes = signRecord(content, key);
  for (const place of [openKey(content), authorKey(content, key.publicKey)])
    assert.deepEqual(checkRecord(place, bytes, NOW), { ...content, author: key.author, bytes });
  const other = await newKey();
  for (const place of [
    authorKey(content, other.publicKey),
    openKey({ ...content, namespace: 'note' }),
    openKey({ ...content, key: Uint8Array.of(1) }),
    new Uint8Array(40),
    new Uint8Array(),
  ])
    assert.equal(checkRecord(place, bytes, NOW), 'misplaced');
});

test('a record has bounds in size and time', () => {
  assert.equal(check({}), 'right');
  assert.equal(check({ value: new Uint8Array(MAX_VALUE), key: new Uint8Array(MAX_KEY) }), 'right');
  assert.equal(check({ value: new Uint8Array(MAX_VALUE + 1) }), 'malformed');
  assert.equal(check({ value: new Uint8Array(MAX_RECORD) }), 'oversized');
  assert.equal(check({ value: new Uint8Array() }), 'malformed');
  assert.equal(check({ key: new Uint8Array() }), 'malformed');
  assert.equal(check({ key: new Uint8Array(MAX_KEY + 1) }), 'malformed');
  assert.equal(check({ namespace: 'Notes' }), 'malformed');
  assert.equal(check({ ttl: 0 }), 'malformed');
  assert.equal(check({ ttl: MAX_TTL }), 'right');
  assert.equal(check({ ttl: MAX_TTL + 1 }), 'malformed');
  assert.equal(check({}, NOW + 59_999), 'right');
  assert.equal(check({}, NOW + 60_000), 'expired');
  assert.equal(check({}, NOW - MAX_SKEW), 'right');
  assert.equal(check({}, NOW - MAX_SKEW - 1), 'early');
  assert.equal(check({ sequence: NOW + MAX_SKEW + 1 }), 'early', 'a sequence cannot be taken in advance');
  assert.equal(check({ time: Number.MAX_SAFE_INTEGER }), 'early');
});

test('a signature is for these bytes, this key and for records', async () => {
  const bytes = signRecord(content, key);
  const other = await newKey();
  const stolen = bytes.slice();
  stolen.set(other.publicKey, 10);
  assert.equal(checkRecord(openKey(content), stolen, NOW), 'forged');
  const broken = bytes.slice();
  broken[broken.length - 1] = (broken.at(-1) ?? 0) ^ 1;
  assert.equal(checkRecord(openKey(content), broken, NOW), 'forged');
});

test('whatever the bytes, the check answers, and believes no damaged record', () => {
  const right = signRecord(content, key);
  const place = openKey(content);
  const damaged = fc
    .array(fc.tuple(fc.nat(right.length - 1), fc.integer({ min: 1, max: 255 })), {
      minLength: 1,
      maxLength: 4,
    })
    .map((changes) => {
      const bytes = right.slice();
      for (const [at, by] of changes) bytes[at] = (bytes[at] ?? 0) ^ by;
      return bytes;
    })
    .filter((bytes) => Buffer.compare(bytes, right) !== 0);
  const cut = fc.nat(right.length - 1).map((length) => right.slice(0, length));
  const any = fc.oneof(damaged, cut, fc.uint8Array({ maxLength: 400 }));
  const property = fc.property(any, fc.uint8Array({ maxLength: 50 }), (bytes, elsewhere) => {
    assert.equal(typeof checkRecord(place, bytes, NOW), 'string');
    assert.equal(typeof checkRecord(elsewhere, bytes, NOW), 'string');
  });
  fc.assert(property, { numRuns: count(50_000), seed });
});

test('of the same records every engine takes the same one, in whatever order they come', () => {
  const ranked = fc.record({
    sequence: fc.integer({ min: 0, max: 3 }),
    time: fc.integer({ min: 0, max: 3 }),
    bytes: fc.uint8Array({ maxLength: 2 }),
  });
  const property = fc.property(
    fc.array(ranked, { minLength: 1, maxLength: 8 }),
    fc.infiniteStream(fc.nat()),
    (all, dice) => {
      const newest = (records: typeof all): (typeof all)[number] =>
        records.reduce((best, record) => (compareRecords(record, best) > 0 ? record : best));
      const shuffled = all
        .map((record) => ({ record, by: dice.next().value ?? 0 }))
        .toSorted((a, b) => a.by - b.by)
        .map(({ record }) => record);
      assert.equal(compareRecords(newest(shuffled), newest(all)), 0);
      for (const a of all)
        for (const b of all)
          assert.ok(Math.sign(compareRecords(a, b)) + Math.sign(compareRecords(b, a)) === 0);
    },
  );
  fc.assert(property, { numRuns: count(20_000), seed });
});

test('frames are counted the same however they are cut', () => {
  const frames = fc.array(fc.nat(300), { maxLength: 6 });
  const property = fc.property(
    frames,
    fc.array(fc.integer({ min: 1, max: 9 }), { maxLength: 400 }),
    (lengths, cuts) => {
      const bytes = Buffer.concat(
        lengths.map((length) => {
          const head = length < 128 ? [length] : [(length & 0x7f) | 0x80, length >> 7];
          return Buffer.from([...head, ...new Uint8Array(length).fill(0xff)]);
        }),
      );
      const chunks: Uint8Array[] = [];
      let at = 0;
      for (const cut of [...cuts, bytes.length]) {
        chunks.push(bytes.subarray(at, at + cut));
        at += cut;
      }
      assert.equal(
        frameCounter(200)(chunks),
        lengths.every((length) => length <= 200),
      );
    },
  );
  fc.assert(property, { numRuns: count(20_000), seed });
  assert.equal(frameCounter(200)([new Uint8Array(20).fill(0x80)]), false, 'a length without an end');
});
