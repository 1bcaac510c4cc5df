import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { addressText, parseAddress } from './address.ts';

it('reads back what it writes', () => {
  const host = fc.oneof(fc.ipV4(), fc.ipV6());
  fc.assert(
    fc.property(host, fc.nat(65_535), (host, port) => {
      assert.deepEqual(parseAddress(addressText({ host, port })), { host, port });
    }),
  );
});

it('refuses what is no address', () => {
  for (const text of [
    '',
    ':',
    ':9464',
    'localhost:9464',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0.1:-1',
    '256.0.0.1:80',
    '::1:9464',
    '[::1]',
    '[127.0.0.1]:80',
    '[::1:80',
    'http://127.0.0.1:80',
    '127.0.0.1:80 ',
    '0x50',
  ])
    assert.equal(parseAddress(text), undefined, text);
});
