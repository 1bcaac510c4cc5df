import assert from 'node:assert/strict';
import { test } from 'node:test';
import { complies, fakeCall } from '../../testkit/index.ts';
import type { HashApi } from './generated/api.ts';
import { guest } from './guest.ts';
import { hash } from './index.ts';

complies(hash);

const api = guest.imports()['hermes:hash/api'] as unknown as HashApi<unknown>;
const call = fakeCall();
const none = undefined;
const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

test('known digests of "test test"', () => {
  const buf = text('test test');
  const full =
    '8e27b2481dd1fe73d598104c03b1f67da60725abb73cf66e400177d73aee01e7' +
    '4b93f55adda27b0ad92e22e284b5e0cc95ad81b04b496bd58c4ae6bca5f56196';
  assert.equal(api.blake2b(call, buf, 64).toHex(), full);
  assert.equal(api.blake2b(call, buf, none).toHex(), full, '64 bytes unless told');
  assert.equal(
    api.blake2b(call, buf, 32).toHex(),
    '7f3dc1170e7017a1643d84d102429c4c7aec4ca99c016c32af18af997fed51f1',
  );
  const mac =
    'c28029cbab4e11d759e971d7e2a13dbe9ef60d2fa539cc03138b0432c3fdb275' +
    '7b6c87383bd1074f5533c0c2ad2a5d2ac71bbd96f0f8fbb4c3ba0d4abb309115';
  assert.equal(api.blake2bmac(call, buf, 64, text('key'), none, none).toHex(), mac);
});

test('without a length the digest is as long as can be', () => {
  const lengths = [
    api.blake2s(call, bytes(9), none),
    api.blake2smac(call, bytes(9), none, bytes(3), none, none),
    api.blake2b(call, bytes(9), none),
    api.blake2bmac(call, bytes(9), none, bytes(3), none, none),
    api.blake3(call, bytes(9), none, none),
  ].map(({ length }) => length);
  assert.deepEqual(lengths, [32, 32, 64, 64, 32]);
});

test('what is empty is absent, what is short is filled with zeros', () => {
  const buf = bytes(100);
  const empty = new Uint8Array();
  const hex = (digest: Uint8Array): string => digest.toHex();
  assert.equal(
    hex(api.blake2bmac(call, buf, 32, empty, none, none)),
    hex(api.blake2b(call, buf, 32)),
    'an empty key is no key',
  );
  assert.equal(
    hex(api.blake2smac(call, buf, none, empty, empty, empty)),
    hex(api.blake2s(call, buf, none)),
    'an empty salt is one of zeros, as in the standard',
  );
  assert.equal(hex(api.blake3(call, buf, none, empty)), hex(api.blake3(call, buf, none, none)));
  // Made with Python's hashlib, which fills salt and person itself.
  const [key, salt, personal] = [text('key'), text('salt'), text('person')];
  assert.equal(
    hex(api.blake2smac(call, text('abc'), 20, key, salt, personal)),
    '5e0b294166df8870565f432c98a7c47c5ae672d9',
  );
  assert.equal(
    hex(api.blake2bmac(call, text('abc'), 20, key, salt, personal)),
    'd1ccb014ed5c917c8764f98efb9b829fd954e9cd',
  );
  const padded = new Uint8Array(32);
  padded.set(key);
  assert.equal(hex(api.blake3(call, buf, none, key)), hex(api.blake3(call, buf, none, padded)));
});

test('every size at its limit, and one more', () => {
  const buf = bytes(1);
  const refused = (payload: string, run: () => unknown): void => assert.throws(run, { payload });
  for (const [mac, most, tweak] of [
    [api.blake2smac, 32, 8],
    [api.blake2bmac, 64, 16],
  ] as const) {
    assert.equal(mac(call, buf, most, bytes(most), bytes(tweak), bytes(tweak)).length, most);
    assert.equal(
      mac(call, buf, 1, bytes(most), none, none).length,
      1,
      'the key may be longer than the digest',
    );
    refused('key-too-big', () => mac(call, buf, none, bytes(most + 1), none, none));
    refused('hash-too-big', () => mac(call, buf, most + 1, bytes(1), none, none));
    refused('salt-too-big', () => mac(call, buf, none, bytes(1), bytes(tweak + 1), none));
    refused('personal-too-big', () => mac(call, buf, none, bytes(1), none, bytes(tweak + 1)));
    refused('invalid-digest-byte-length', () => mac(call, buf, 0, bytes(1), none, none));
  }
  for (const [plain, most] of [
    [api.blake2s, 32],
    [api.blake2b, 64],
  ] as const) {
    refused('hash-too-big', () => plain(call, buf, most + 1));
    refused('hash-too-big', () => plain(call, buf, 255));
    refused('invalid-digest-byte-length', () => plain(call, buf, 0));
    assert.equal(plain(call, new Uint8Array(), 1).length, 1);
  }
  assert.equal(api.blake3(call, buf, 32, bytes(32)).length, 32);
  refused('key-too-big', () => api.blake3(call, buf, none, bytes(33)));
  refused('hash-too-big', () => api.blake3(call, buf, 33, none));
  refused('invalid-digest-byte-length', () => api.blake3(call, buf, 0, none));
});

test('of several sizes that do not fit the first of key, digest, salt, personal is named', () => {
  const all = { key: bytes(65), outlen: 65, salt: bytes(17), personal: bytes(17) };
  const order: string[] = [];
  let given = all;
  for (const fixed of [{ key: bytes(64) }, { outlen: 64 }, { salt: bytes(16) }, { personal: bytes(16) }]) {
    try {
      api.blake2bmac(call, bytes(1), given.outlen, given.key, given.salt, given.personal);
    } catch (error) {
      order.push((error as { payload: string }).payload);
    }
    given = { ...given, ...fixed };
  }
  assert.deepEqual(order, ['key-too-big', 'hash-too-big', 'salt-too-big', 'personal-too-big']);
  assert.throws(() => api.blake3(call, bytes(1), 0, bytes(33)), { payload: 'key-too-big' });
});
