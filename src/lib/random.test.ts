import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createRandom } from './random.ts';

test('seeded bytes are the same whatever the pieces they are drawn in', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 100 }), { maxLength: 8 }), (sizes) => {
      const random = createRandom('seed');
      const pieces = sizes.map((size) => random.fill(new Uint8Array(size)));
      const total = sizes.reduce((sum, size) => sum + size, 0);
      const whole = createRandom('seed').fill(new Uint8Array(total));
      assert.deepEqual(Buffer.concat(pieces), Buffer.from(whole));
    }),
    { seed: 1 },
  );
});

test('bytes are filled in the array that is given', () => {
  for (const random of [createRandom(), createRandom('seed')]) {
    const bytes = new Uint8Array(64);
    assert.equal(random.fill(bytes), bytes);
    assert.ok(bytes.some((byte) => byte !== 0));
  }
});
