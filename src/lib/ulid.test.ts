import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ulid } from './ulid.ts';

const time = fc.integer({ min: 0, max: 2 ** 48 - 1 });

test('ulid() sorts by time and keeps every bit', () => {
  const bytes = fc.uint8Array({ minLength: 10, maxLength: 10 });
  fc.assert(
    fc.property(time, time, bytes, (a, b, random) => {
      const [first, second] = [ulid(a, () => random), ulid(b, () => random)];
      assert.match(first, /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
      assert.equal(first < second, a < b);
    }),
  );
  assert.equal(
    ulid(2 ** 48 - 1, () => new Uint8Array(10).fill(255)),
    '7ZZZZZZZZZZZZZZZZZZZZZZZZZ',
  );
});

test('ulid() differs in the same millisecond', () => {
  assert.equal(new Set(Array.from({ length: 1_000 }, () => ulid(1))).size, 1_000);
});
