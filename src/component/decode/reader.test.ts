import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Reader } from './reader.ts';

const over = (...bytes: number[]): Reader => new Reader(new Uint8Array(bytes), 0, bytes.length, () => {});

/** LEB128 as the specification writes it, `width` bytes at least. */
function leb(value: bigint, signed: boolean, width = 1): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (;;) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const done = signed ? (low & 0x40 ? rest === -1n : rest === 0n) : rest === 0n;
    if (done && bytes.length + 1 >= width) return [...bytes, low];
    bytes.push(low | 0x80);
  }
}

test('reader reads unsigned numbers of every width', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), fc.integer({ min: 1, max: 5 }), (value, width) => {
      assert.equal(over(...leb(BigInt(value), false, width)).u32('it'), value);
    }),
  );
});

test('reader reads signed numbers of every width', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: -(2n ** 32n), max: 2n ** 32n - 1n }),
      fc.integer({ min: 1, max: 5 }),
      (value, width) => {
        assert.equal(over(...leb(value, true, width)).s33('it'), Number(value));
      },
    ),
  );
});

test('reader refuses numbers that do not fit', () => {
  const tooLong = { code: 'COMPONENT_MALFORMED' };
  assert.throws(() => over(0xff, 0xff, 0xff, 0xff, 0x1f).u32('it'), tooLong);
  assert.throws(() => over(0x80, 0x80, 0x80, 0x80, 0x80, 0x00).u32('it'), tooLong);
  assert.throws(() => over(0xff, 0xff, 0xff, 0xff, 0x2f).s33('it'), tooLong);
  assert.throws(() => over(0x80, 0x80, 0x80, 0x80, 0x80, 0x00).s33('it'), tooLong);
});

test('reader never reads past its window', () => {
  const reader = new Reader(new Uint8Array([1, 2, 3, 4]), 0, 4, () => {}).window(2, 'part');
  reader.u8('first');
  reader.u8('second');
  assert.throws(() => reader.u8('third'), {
    code: 'COMPONENT_MALFORMED',
    detail: { what: 'unexpected end of input while reading third', offset: 2 },
  });
  assert.throws(() => reader.window(1, 'part'), { code: 'COMPONENT_MALFORMED' });
});

test('reader refuses names that are not UTF-8 or longer than what is left', () => {
  assert.equal(over(3, 0xef, 0xbb, 0xbf).name('name'), '\ufeff');
  assert.throws(() => over(2, 0xff, 0xfe).name('name'), { code: 'COMPONENT_MALFORMED' });
  assert.throws(() => over(3, 0xed, 0xa0, 0x80).name('name'), { code: 'COMPONENT_MALFORMED' });
  assert.throws(() => over(5, 0x61).name('name'), { code: 'COMPONENT_MALFORMED' });
});

test('reader counts the entries of lists before it reads them', () => {
  let counted = 0;
  const reader = new Reader(new Uint8Array([3, 1, 2, 3]), 0, 4, (amount = 1) => (counted += amount));
  assert.deepEqual(
    reader.vec('bytes', (one) => one.u8('byte')),
    [1, 2, 3],
  );
  assert.equal(counted, 3);
  assert.throws(() => over(9, 1).count('bytes'), { code: 'COMPONENT_MALFORMED' });
});
