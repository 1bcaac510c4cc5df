import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../../../test/count.ts';
import { openEnvelope, sealEnvelope } from '../message/envelope.ts';
import { signingKeyFrom } from '../message/signing-key.ts';
import type { Refusal } from './calls.ts';
import { createCheck, offenceOf } from './check.ts';
import { createReplayGuard } from './replay.ts';

function checkAt(now: () => number, { raw = false } = {}) {
  return createCheck(
    { messageBytes: 100, messagesPerSecond: 1_000 },
    {
      now,
      monotonic: now,
      self: '12D3KooWMe',
      denies: () => false,
      evicted: () => false,
      policy: () => ({ raw }),
      seen: createReplayGuard(),
    },
  );
}

test('no bytes pass the check but an envelope for this topic, and the check throws for none', () => {
  const audiences = [{ app: 'shop', verdict: false }];
  const envelope = {
    app: 'shop',
    topic: 'board',
    sequence: 1,
    time: 0,
    contentType: 'a/b',
    payload: Uint8Array.of(1, 2, 3),
  };
  const changed = (right: Uint8Array): fc.Arbitrary<Uint8Array> =>
    fc.tuple(fc.nat(right.length - 1), fc.nat(255)).map(([at, byte]) => right.with(at, byte));
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    changed(sealEnvelope(envelope)),
    changed(sealEnvelope({ ...envelope, more: [Uint8Array.of(4), Uint8Array.of()] })),
  );
  const property = fc.property(bytes, (data) => {
    const found = checkAt(() => 0).arrival(
      { topic: 'board', sender: '12D3KooWA', from: '12D3KooWA', data },
      audiences,
    );
    if (typeof found === 'string') return;
    const opened = openEnvelope(data);
    assert.ok(typeof opened !== 'string');
    const { topic, payload, more = [] } = opened.envelope;
    assert.deepEqual([topic, found.payloads, found.author], ['board', [payload, ...more], '12D3KooWA']);
  });
  fc.assert(property, { numRuns: count(20_000), seed });
});

test('payloads that come together count one by one, for their author and for who brings them', () => {
  const audiences = [{ app: 'shop', verdict: false }];
  const more = Array.from({ length: 63 }, () => Uint8Array.of(1));
  const check = checkAt(() => 0);
  const brought = (author: number, sequence: number): string => {
    const envelope = { app: 'shop', topic: 'board', sequence, time: 0, contentType: 'a/b' };
    const data = sealEnvelope({ ...envelope, payload: Uint8Array.of(1), more });
    const found = check.arrival(
      { topic: 'board', sender: '12D3KooWA', from: `author ${author}`, data },
      audiences,
    );
    return typeof found === 'string' ? found : `${found.payloads.length}`;
  };
  const one = Array.from({ length: 32 }, (_, n) => brought(0, n));
  assert.deepEqual([one.lastIndexOf('64'), one.indexOf('flooding')], [30, 31], 'an author has twice 1,000');
  const all = Array.from({ length: 250 }, (_, n) => brought(n + 1, 0));
  assert.deepEqual(
    all.lastIndexOf('64'),
    250 - 31 - 1,
    'who brings them has eight times as much, for all authors',
  );
  assert.ok(all.slice(250 - 31).every((found) => found === 'flooding'));
});

test('payloads own their buffers, whatever the bytes are a view of', () => {
  const audiences = [{ app: 'shop', verdict: false }];
  const envelope = { app: 'shop', topic: 'board', sequence: 1, time: 0, contentType: 'a/b' };
  const payloads = [Uint8Array.of(1, 2, 3), Uint8Array.of(), Uint8Array.of(4)];
  const [payload = Uint8Array.of(), ...more] = payloads;
  const key = signingKeyFrom(
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    'test.pem',
  );
  const sealed = [
    sealEnvelope({ ...envelope, payload, more }),
    sealEnvelope({ ...envelope, payload, more }, key),
  ];
  for (const [raw, bytes, expected] of [
    [true, Uint8Array.of(1, 2, 3), [Uint8Array.of(1, 2, 3)]],
    ...sealed.map((each) => [false, each, payloads] as const),
  ] as const) {
    const chunk = Buffer.alloc(60_000);
    chunk.set(bytes, 100);
    const data = chunk.subarray(100, 100 + bytes.length);
    const arrival = { topic: 'board', sender: '12D3KooWA', from: '12D3KooWA', data };
    const found = checkAt(() => 0, { raw }).arrival(arrival, audiences);
    assert.ok(typeof found !== 'string', `${found}`);
    assert.deepEqual(found.payloads, expected);
    for (const each of found.payloads) assert.equal(each.buffer.byteLength, each.length);
  }
});

test('fresh is what is neither too old nor from the future', () => {
  const now = 1_000_000;
  const check = checkAt(() => now);
  let sequence = 0;
  const at = (time: number): Refusal | undefined => {
    const envelope = {
      app: 'shop',
      topic: 'board',
      sequence: ++sequence,
      time,
      contentType: 'a/b',
      payload: Uint8Array.of(),
    };
    const data = sealEnvelope(envelope);
    const found = check.arrival({ topic: 'board', sender: '12D3KooWA', from: '12D3KooWA', data }, [
      { app: 'shop', verdict: false },
    ]);
    return typeof found === 'string' ? found : undefined;
  };
  assert.deepEqual([now, now - 120_000, now + 60_000].map(at), [undefined, undefined, undefined]);
  assert.deepEqual([now - 120_001, now + 60_001, 0, Number.MAX_SAFE_INTEGER].map(at), Array(4).fill('stale'));
});

test('what no honest engine makes is hard of its author, and soft of who passes it on', () => {
  const all: readonly Refusal[] = [
    'oversized',
    'malformed',
    'not-ed25519',
    'forged',
    'wrong-topic',
    'stale',
    'replayed',
    'off-list',
    'denied',
    'evicted',
    'flooding',
    'verdict',
    'busy',
    'own',
  ];
  const of = (byAuthor: boolean) =>
    all.map((each) => offenceOf(each, { bytes: 2_000_000, byAuthor }) ?? '-').join(' ');
  assert.equal(of(false), 'soft soft - soft soft - - - - - - - - -');
  assert.equal(of(true), 'hard hard - hard hard soft soft soft - - - soft - -');
  assert.equal(
    offenceOf('oversized', { bytes: 1_000, byAuthor: true }),
    undefined,
    'an operator may allow less',
  );
});
