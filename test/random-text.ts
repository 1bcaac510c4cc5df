/**
 * Random text for tests.
 *
 * @module
 */
import fc, { type Arbitrary } from 'fast-check';

const SURROGATES = { from: 0xd800, count: 0x800 } as const;

/**
 * One character, any that UTF-8 has: the `unit` of a text. That of the library, `binary`, is the same and takes a
 * second to be made in each process.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * fc.assert(fc.property(fc.string({ unit: anyCharacter() }), (text) => assert.ok(text.isWellFormed())));
 * ```
 */
export function anyCharacter(): Arbitrary<string> {
  return fc
    .integer({ min: 0, max: 0x10ffff - SURROGATES.count })
    .map((point) => String.fromCodePoint(point < SURROGATES.from ? point : point + SURROGATES.count));
}
