import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StringEncoding } from '../types.ts';
import type { Lane } from './memory.ts';
import { stringCodec } from './strings.ts';
import { transcoder } from './transcode.ts';

/** A lane over plain bytes that notes how realloc is called. */
function recorder() {
  const u8 = new Uint8Array(1 << 16);
  const calls: number[][] = [];
  let top = 64;
  const reallocate = (old: number, oldSize: number, align: number, size: number): number => {
    calls.push([old === 0 ? 0 : 1, oldSize, align, size]);
    top = Math.ceil((top + 64 + size) / align) * align;
    return top;
  };
  const lane = {
    u8,
    view: new DataView(u8.buffer),
    pointer: 0,
    length: 0,
    reallocate,
    allocate: (align: number, size: number) => reallocate(0, 0, align, size),
    holds: (end: number) => end <= u8.length,
    range: () => undefined,
    spend: () => undefined,
  };
  return { lane: lane as unknown as Lane, calls };
}

const cases: readonly (readonly [StringEncoding, StringEncoding, string, readonly (readonly number[])[]])[] =
  [
    ['utf8', 'utf8', 'é', [[0, 0, 1, 2]]],
    ['utf16', 'utf8', 'abc', [[0, 0, 1, 3]]],
    [
      'utf16',
      'utf8',
      'aé',
      [
        [0, 0, 1, 2],
        [1, 2, 1, 6],
        [1, 6, 1, 3],
      ],
    ],
    [
      'utf16',
      'utf8',
      '☃',
      [
        [0, 0, 1, 1],
        [1, 1, 1, 3],
      ],
    ],
    [
      'latin1+utf16',
      'utf8',
      'éé',
      [
        [0, 0, 1, 2],
        [1, 2, 1, 4],
      ],
    ],
    [
      'latin1+utf16',
      'utf8',
      'a☃',
      [
        [0, 0, 1, 2],
        [1, 2, 1, 6],
        [1, 6, 1, 4],
      ],
    ],
    ['utf8', 'utf16', 'abc', [[0, 0, 2, 6]]],
    [
      'utf8',
      'utf16',
      'é',
      [
        [0, 0, 2, 4],
        [1, 4, 2, 2],
      ],
    ],
    ['latin1+utf16', 'utf16', 'é☃', [[0, 0, 2, 4]]],
    [
      'utf8',
      'latin1+utf16',
      'é',
      [
        [0, 0, 2, 2],
        [1, 2, 2, 1],
      ],
    ],
    [
      'utf8',
      'latin1+utf16',
      'a☃',
      [
        [0, 0, 2, 4],
        [1, 4, 2, 8],
        [1, 8, 2, 4],
      ],
    ],
    ['utf16', 'latin1+utf16', 'ab', [[0, 0, 2, 2]]],
    [
      'utf16',
      'latin1+utf16',
      'a☃',
      [
        [0, 0, 2, 2],
        [1, 2, 2, 4],
      ],
    ],
    ['latin1+utf16', 'latin1+utf16', 'é', [[0, 0, 2, 1]]],
  ];

for (const [from, to, text, expected] of cases) {
  test(`"${text}" from ${from} to ${to} asks realloc as the specification says`, () => {
    const exact = stringCodec(to);
    const { lane, calls } = recorder();
    transcoder(from, to, exact)(lane, text);
    assert.deepEqual(calls, expected);
    assert.equal(exact.lift(lane, lane.pointer, lane.length), text);
  });
}

test('empty strings are allocated too', () => {
  for (const to of ['utf8', 'utf16', 'latin1+utf16'] as const) {
    const { lane, calls } = recorder();
    stringCodec(to).lower(lane, '');
    assert.deepEqual(calls, [[0, 0, to === 'utf8' ? 1 : 2, 0]]);
  }
});

test('what is not valid in its encoding traps', () => {
  const { lane } = recorder();
  lane.u8.set([0xd8, 0xd8, 0, 0xc0, 0x80, 0xed, 0xa0, 0x80], 16);
  assert.throws(() => stringCodec('utf16').lift(lane, 16, 1), { code: 'TRAP_UTF8' });
  assert.throws(() => stringCodec('latin1+utf16').lift(lane, 16, 0x8000_0001), { code: 'TRAP_UTF8' });
  assert.throws(() => stringCodec('utf8').lift(lane, 19, 2), { code: 'TRAP_UTF8' });
  assert.throws(() => stringCodec('utf8').lift(lane, 21, 3), { code: 'TRAP_UTF8' });
  assert.throws(() => stringCodec('utf8').lift(lane, 65_535, 2), { code: 'TRAP_POINTER' });
  assert.throws(() => stringCodec('utf8').lift(lane, 0, 2 ** 28), { code: 'TRAP_POINTER' });
  assert.equal(stringCodec('latin1+utf16').lift(lane, 16, 2), 'ØØ');
});
