import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { count, long, seed } from '../../test/count.ts';
import { isCoded } from '../lib/errors.ts';
import { decode } from './decode.ts';
import { assertPlan, wat } from './fixtures/wat.ts';

/** Everything that the binary format has, in little. */
const SAMPLE = `
  (type $e (enum "a" "b"))
  (import "a:b/c@1.0.0" (instance $api
    (export "r" (type $r (sub resource)))
    (export "e" (type (eq 0)))
    (export "[method]r.get" (func (param "self" (borrow $r)) (result string)))))
  (import "log" (func $log (param "s" string) (param "o" (option u64))))
  (alias export $api "r" (type $r))
  (core module $Libc
    (memory (export "mem") 1) (global (export "g") i32 (i32.const 7)) (table (export "t") 2 funcref)
    (func (export "realloc") (param i32 i32 i32 i32) (result i32) (i32.const 64))
    (func (export "dtor") (param i32))
    (func (export "f") (param i32 i32) (result i32) (i32.const 0))
    (func (export "post") (param i32)))
  (core instance $libc (instantiate $Libc))
  (core func $log' (canon lower (func $log) string-encoding=utf16
    (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))))
  (core func $drop (canon resource.drop $r))
  (core module $Main (import "m" "log" (func (param i32 i32 i32 i64))) (import "m" "drop" (func (param i32))))
  (core instance (instantiate $Main (with "m" (instance (export "log" (func $log')) (export "drop" (func $drop))))))
  (type $own (resource (rep i32) (dtor (core func $libc "dtor"))))
  (core func $new (canon resource.new $own))
  (component $Child
    (import "t" (type $t (sub resource)))
    (import "make" (func $make (param "n" u32) (result (own $t))))
    (type $v (variant (case "one" u8) (case "two" (tuple f32 (list string))) (case "three")))
    (export $v' "v" (type $v))
    (export $t' "t" (type $t))
    (export "make" (func $make) (func (param "n" u32) (result (own $t')))))
  (func $make (param "n" u32) (result (own $own)) (canon lift (core func $new)))
  (instance $child (instantiate $Child (with "t" (type $own)) (with "make" (func $make))))
  (export "child" (instance $child))
  (func (export "f") (param "s" string) (result string) (canon lift (core func $libc "f")
    (memory (core memory $libc "mem")) (realloc (core func $libc "realloc"))
    (post-return (core func $libc "post"))))
  (core type $mt (module (type (func (param i32))) (import "a" "b" (func (type 0))) (export "c" (memory 1))))
  (type (component (import "m" (instance (export "g" (func)))) (export "i" (instance (export "f" (func))))))`;

/** A plan that is one walk, or a refusal with a code: there is no third. */
function survives(bytes: Uint8Array, what: () => string): void {
  try {
    assertPlan(decode(bytes));
  } catch (error) {
    assert.ok(
      isCoded(error) && error.code.startsWith('COMPONENT_') && error.blame === 'guest',
      `${what()}: ${error}`,
    );
    assert.doesNotMatch(String(error.detail['what']), /points nowhere|does not exist/, what());
  }
}

test('decode survives every change of a byte', async () => {
  const bytes = await wat(SAMPLE);
  assertPlan(decode(bytes));
  const values = (byte: number): number[] => [
    byte ^ 1,
    byte ^ 0x40,
    byte ^ 0x80,
    byte + 1,
    byte - 1,
    0,
    0x7f,
    0xff,
  ];
  const step = long ? 1 : 5;
  for (let at = 0; at < bytes.length; at += step) {
    for (const value of values(bytes[at] as number)) {
      const changed = bytes.slice();
      changed[at] = value;
      survives(changed, () => `byte ${at} = ${value}`);
    }
  }
});

test('decode survives every end', async () => {
  const bytes = await wat(SAMPLE);
  for (let end = 0; end < bytes.length; end += 1) survives(bytes.subarray(0, end), () => `${end} bytes`);
});

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly from: number;
  readonly copy: number;
  readonly bytes: Uint8Array;
}

/** Replaces a stretch by other bytes of the same file and a few random ones. Positions are parts of 1. */
function edited(bytes: Uint8Array, { at, remove, from, copy, bytes: extra }: Edit): Uint8Array {
  const start = Math.floor(at * bytes.length);
  const source = Math.floor(from * bytes.length);
  return new Uint8Array([
    ...bytes.subarray(0, start),
    ...bytes.subarray(source, source + copy),
    ...extra,
    ...bytes.subarray(start + remove),
  ]);
}

test('decode survives random edits', async () => {
  const original = await wat(SAMPLE);
  const part = fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true });
  const edit: fc.Arbitrary<Edit> = fc.record({
    at: part,
    remove: fc.nat(12),
    from: part,
    copy: fc.nat(24),
    bytes: fc.uint8Array({ maxLength: 4 }),
  });
  fc.assert(
    fc.property(fc.array(edit, { minLength: 1, maxLength: 5 }), (edits) => {
      const bytes = edits.reduce(edited, original);
      survives(bytes, () => Buffer.from(bytes).toString('hex'));
    }),
    { numRuns: count(10_000), seed },
  );
});

test('decode survives noise after the header', () => {
  const header = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(12), fc.uint8Array({ maxLength: 60 })), { maxLength: 4 }),
      (sections) => {
        const bytes = new Uint8Array([
          ...header,
          ...sections.flatMap(([id, body]) => [id, body.length, ...body]),
        ]);
        survives(bytes, () => Buffer.from(bytes).toString('hex'));
      },
    ),
    { numRuns: count(20_000), seed },
  );
});
