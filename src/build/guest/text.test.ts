import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../../test/count.ts';
import { anyCharacter } from '../../../test/random-text.ts';
import { Utf8Decoder, Utf8Encoder } from './text.ts';

const runs = { numRuns: count(100_000), seed };
/** Bytes that are often nearly UTF-8: lead bytes, continuations and their borders. */
const bytes = fc
  .array(
    fc.oneof(
      fc.integer({ min: 0, max: 255 }),
      fc.constantFrom(
        0x41,
        0x80,
        0x8f,
        0x90,
        0x9f,
        0xa0,
        0xbf,
        0xc1,
        0xc2,
        0xdf,
        0xe0,
        0xed,
        0xef,
        0xbb,
        0xf0,
        0xf4,
        0xf5,
      ),
    ),
    { maxLength: 24 },
  )
  .map((all) => Uint8Array.from(all));

describe('UTF-8 of guests', () => {
  it('is encoded as Node encodes it, unpaired surrogates too', () => {
    const text = fc.string({
      unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)),
    });
    fc.assert(
      fc.property(text, (text) =>
        assert.deepEqual(new Utf8Encoder().encode(text), new TextEncoder().encode(text)),
      ),
      runs,
    );
  });

  it('is encoded into a buffer as far as whole characters fit', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter() }), fc.nat(20), (text, size) => {
        const [ours, theirs] = [new Uint8Array(size), new Uint8Array(size)];
        assert.deepEqual(
          new Utf8Encoder().encodeInto(text, ours),
          new TextEncoder().encodeInto(text, theirs),
        );
        assert.deepEqual(ours, theirs);
      }),
      runs,
    );
  });

  it('is decoded as Node decodes it', () => {
    fc.assert(
      fc.property(bytes, fc.boolean(), (bytes, ignoreBOM) => {
        const options = { ignoreBOM };
        assert.equal(
          new Utf8Decoder('utf-8', options).decode(bytes),
          new TextDecoder('utf-8', options).decode(bytes),
        );
      }),
      runs,
    );
  });

  it('is decoded piece by piece to the same text', () => {
    fc.assert(
      fc.property(fc.array(bytes, { maxLength: 4 }), (pieces) => {
        const [ours, theirs] = [new Utf8Decoder(), new TextDecoder()];
        for (const piece of pieces) {
          assert.equal(ours.decode(piece, { stream: true }), theirs.decode(piece, { stream: true }));
        }
        assert.equal(ours.decode(), theirs.decode());
      }),
      runs,
    );
  });

  it('is refused when fatal', () => {
    const decoder = new Utf8Decoder('utf8', { fatal: true });
    assert.throws(() => decoder.decode(Uint8Array.of(0x41, 0xff)), TypeError);
    assert.equal(decoder.decode(Uint8Array.of(0x41)), 'A');
  });

  it('is the only encoding', () => {
    assert.throws(() => new Utf8Decoder('latin1'), RangeError);
  });
});
