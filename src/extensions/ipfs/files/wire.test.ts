import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../../../test/count.ts';
import { framed } from '../fixtures/kad-wire.ts';
import { countFields } from './wire.ts';

/** The library's own reader, which it does not export. */
const { BitswapMessage } = (await import(
  new URL('pb/message.js', import.meta.resolve('@helia/bitswap')).href
)) as { BitswapMessage: { encode(message: object): Uint8Array; decode(bytes: Uint8Array): Read } };

interface Read {
  readonly wantlist?: { readonly full?: boolean; readonly entries: readonly object[] };
  readonly blocks: readonly object[];
  readonly blockPresences: readonly object[];
}

/** `undefined` for what the library does not read to its end. */
function decoded(body: Uint8Array): Read | undefined {
  try {
    return BitswapMessage.decode(body);
  } catch (error) {
    assert.ok(error instanceof Error);
    return undefined;
  }
}

const bytes = fc.uint8Array({ minLength: 1, maxLength: 300 });
const flag = fc.boolean();
const priority = fc.oneof(fc.integer({ min: 1 }), fc.integer({ max: -1 }));
const message = fc.record({
  wantlist: fc.record({
    full: flag,
    entries: fc.array(
      fc.record({
        cid: bytes,
        priority,
        cancel: flag,
        wantType: fc.constantFrom('WantBlock', 'WantHave'),
        sendDontHave: flag,
      }),
    ),
  }),
  blocks: fc.array(fc.record({ prefix: bytes, data: bytes })),
  blockPresences: fc.array(fc.record({ cid: bytes, type: fc.constantFrom('HaveBlock', 'DoNotHaveBlock') })),
  pendingBytes: priority,
});

test('fields are counted as the library writes them, however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 3 }), fc.integer({ min: 1, max: 400 }), (messages, size) => {
      const all = Buffer.concat(messages.map((each) => framed(BitswapMessage.encode(each))));
      const fields = countFields(0);
      let counted = 0;
      for (let at = 0; at < all.length; at += size) counted += fields([all.subarray(at, at + size)]);
      const expected = messages.reduce(
        (sum, { wantlist, blocks, blockPresences }) =>
          sum +
          3 +
          6 * wantlist.entries.length +
          3 * blocks.length +
          // A type of 0 is not written.
          blockPresences.reduce((some, { type }) => some + (type === 'HaveBlock' ? 2 : 3), 0),
        0,
      );
      assert.equal(counted, expected);
    }),
    { numRuns: count(10_000), seed },
  );
});

test('of changed bytes the library never reads more than was counted', () => {
  const change = fc.record({ at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }) });
  let read = 0;
  fc.assert(
    fc.property(message, fc.array(change, { minLength: 1, maxLength: 3 }), (each, changes) => {
      const body = Uint8Array.from(BitswapMessage.encode(each));
      for (const { at, byte } of changes) body[at % body.length] = byte;
      const counted = countFields(0)([framed(body)]);
      if (counted === Number.POSITIVE_INFINITY) return;
      const found = decoded(body);
      if (!found) return;
      read++;
      const entries = found.wantlist?.entries.length ?? 0;
      assert.ok(counted >= entries + found.blocks.length + found.blockPresences.length);
    }),
    { numRuns: count(50_000), seed },
  );
  assert.ok(read > 0);
});

const strange = {
  'a field 0': [1, 0x00],
  'a group': [2, 0x33, 0x34],
  'a wantlist that is a number': [2, 0x08, 1],
  'a number that is bytes': [3, 0x2a, 1, 0],
  'a field longer than its message': [2, 0x0a, 1],
  'an entry longer than its wantlist': [5, 0x0a, 2, 0x0a, 1, 0],
  'a number that ends with its message': [2, 0x28, 0x80],
  'a key without its value': [1, 0x28],
  'a length longer than it must be': [4, 0x12, 0x81, 0x00, 0],
  'a length of a message longer than it must be': [0x82, 0x00, 0x28, 1],
  'a number of six bytes': [7, 0x28, 0x81, 0x81, 0x81, 0x81, 0x81, 1],
  'a number of eleven bytes': [12, 0x28, ...new Array<number>(10).fill(0x81), 1],
  'a message of more than 4 MiB': [0x81, 0x80, 0x80, 0x02],
  'a length without end': [0x80, 0x80, 0x80, 0x80],
};
for (const [name, bytes] of Object.entries(strange)) {
  test(`nobody writes ${name}`, () => {
    const fields = countFields(1);
    assert.equal(fields([Uint8Array.from(bytes)]), Number.POSITIVE_INFINITY);
    assert.equal(fields([Uint8Array.of(0)]), Number.POSITIVE_INFINITY);
  });
}

test('fields that are not known are passed over', () => {
  const unknown = [0x4a, 2, 7, 7, 0x4d, 1, 2, 3, 4, 0x49, 1, 2, 3, 4, 5, 6, 7, 8, 0x48, 0x81, 1];
  assert.equal(countFields(10)([Uint8Array.from([unknown.length, ...unknown, 0])]), 10 + 4 + 10);
});
