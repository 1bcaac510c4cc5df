import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { add } from './add.ts';
import type { KvValue } from './value.ts';

const u64 = (val: bigint): KvValue => ({ tag: 'kv-u64', val });
const s64 = (val: bigint): KvValue => ({ tag: 'kv-s64', val });
const f64 = (val: number): KvValue => ({ tag: 'kv-f64', val });
const text = (val: string): KvValue => ({ tag: 'kv-string', val });
const bytes = (...val: number[]): KvValue => ({ tag: 'kv-bstr', val: Uint8Array.from(val) });
const cbor = (...val: number[]): KvValue => ({ tag: 'kv-cbor', val: Uint8Array.from(val) });
const json = (val: string): KvValue => ({ tag: 'kv-json', val });

const maxU64 = 2n ** 64n - 1n;
const maxS64 = 2n ** 63n - 1n;
const minS64 = -(2n ** 63n);

const cases: readonly [
  stored: KvValue | undefined,
  operand: KvValue | undefined,
  sum: KvValue | undefined,
][] = [
  // Integers: the stored type stays, the ends hold.
  [u64(10n), s64(-5n), u64(5n)],
  [u64(1n), s64(-2n), u64(0n)],
  [u64(maxU64), u64(1n), u64(maxU64)],
  [s64(maxS64), u64(maxU64), s64(maxS64)],
  [s64(minS64), s64(-1n), s64(minS64)],
  [s64(-1n), u64(maxU64), s64(maxS64)],
  // Floats into integers: rounded once, halves away from zero.
  [u64(1n), f64(0.5), u64(2n)],
  [u64(1n), f64(0.49999999999999994), u64(1n)],
  [u64(2n), f64(-0.5), u64(2n)],
  [s64(-1n), f64(-0.5), s64(-2n)],
  [s64(-1n), f64(0.5), s64(-1n)],
  [s64(0n), f64(0.5), s64(1n)],
  [s64(0n), f64(-0.5), s64(-1n)],
  [s64(-1n), f64(0.5000000000000001), s64(0n)],
  [u64(maxU64 - 1n), f64(0.5), u64(maxU64)],
  [u64(2n ** 53n + 1n), f64(1), u64(2n ** 53n + 2n)],
  [u64(0n), f64(1e300), u64(maxU64)],
  [s64(0n), f64(Number.NEGATIVE_INFINITY), s64(minS64)],
  [u64(7n), f64(Number.NaN), undefined],
  // Into floats: the nearest one to the exact sum, not the sum of the nearest ones.
  [f64(0.5), u64(2n), f64(2.5)],
  [f64(-1), u64(2n ** 53n + 1n), f64(2 ** 53)],
  [f64(1), u64(2n ** 53n + 1n), f64(2 ** 53 + 2)],
  [f64(0.5), u64(2n ** 53n + 1n), f64(2 ** 53 + 2)],
  [f64(-0.5), u64(2n ** 53n + 1n), f64(2 ** 53)],
  [f64(Number.POSITIVE_INFINITY), s64(minS64), f64(Number.POSITIVE_INFINITY)],
  [f64(Number.POSITIVE_INFINITY), f64(Number.NEGATIVE_INFINITY), undefined],
  [f64(Number.MAX_VALUE), f64(Number.MAX_VALUE), f64(Number.POSITIVE_INFINITY)],
  [f64(1), f64(Number.NaN), undefined],
  [f64(Number.NaN), u64(1n), undefined],
  [f64(2 ** 1023), u64(maxU64), f64(2 ** 1023)],
  // Strings.
  [text('a'), text('b'), text('ab')],
  [text('n='), u64(maxU64), text('n=18446744073709551615')],
  [text('n='), s64(-5n), text('n=-5')],
  [text('n='), f64(2), text('n=2')],
  [text('n='), f64(-0.1), text('n=-0.1')],
  [text('n='), f64(-0), text('n=0')],
  [text('n='), f64(1e21), text('n=1e+21')],
  [text('n='), f64(Number.NaN), undefined],
  [text('n='), f64(Number.NEGATIVE_INFINITY), undefined],
  [u64(1n), text('2'), undefined],
  [f64(1), text('2'), undefined],
  // Bytes.
  [bytes(1), bytes(2, 3), bytes(1, 2, 3)],
  [bytes(1), cbor(2), undefined],
  [bytes(1), text('2'), undefined],
  [text('a'), bytes(1), undefined],
  [text('a'), json('1'), undefined],
  // No arithmetic for CBOR and JSON.
  [cbor(1), cbor(2), undefined],
  [json('1'), u64(1n), undefined],
  [json('[]'), json('[]'), undefined],
  // Nothing stored, nothing added.
  [undefined, u64(1n), u64(1n)],
  [undefined, json('{}'), json('{}')],
  [u64(1n), undefined, undefined],
  [undefined, undefined, undefined],
];

test('add does what the WIT promises', () => {
  for (const [stored, operand, sum] of cases) {
    const found = add(stored, operand, { longest: 100 });
    const shown = ({ tag, val }: KvValue): string => `${tag} ${val}`;
    const name = `${stored && shown(stored)} + ${operand && shown(operand)}`;
    assert.deepEqual(
      found && { ...found, val: plain(found.val) },
      sum && { ...sum, val: plain(sum.val) },
      name,
    );
  }
});

test('add cuts long strings before the character that does not fit, and long bytes where they end', () => {
  const limit = { longest: 10 };
  assert.deepEqual(add(text('12345678'), text('9abc'), limit), text('123456789a'));
  assert.deepEqual(add(text('12345678'), text('9é'), limit), text('123456789'));
  assert.deepEqual(add(text('1234567'), text('😀'), limit), text('1234567'));
  assert.deepEqual(add(text('123456'), text('😀😀'), limit), text('123456😀'));
  assert.deepEqual(add(undefined, text('ééééééé'), limit), text('ééééé'));
  const sum = add(bytes(...Array(8).fill(1)), bytes(2, 2, 2, 2), limit);
  assert.deepEqual(plain(sum!.val), [1, 1, 1, 1, 1, 1, 1, 1, 2, 2]);
});

const anyU64 = fc.bigInt({ min: 0n, max: maxU64 });
const anyS64 = fc.bigInt({ min: minS64, max: maxS64 });
const nearExact = fc.bigInt({ min: 2n ** 53n - 4n, max: 2n ** 53n + 4n });
const float = fc.oneof(
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.double({ min: -8, max: 8, noNaN: true }).map((value) => Math.round(value * 4) / 4),
  fc.double({ min: 2 ** 52, max: 2 ** 66, noNaN: true }),
);

test('integer and float make the integer nearest to the exact sum', () => {
  fc.assert(
    fc.property(fc.oneof(anyU64, nearExact), float, (integer, value) => {
      const sum = add(u64(integer), f64(value), { longest: 0 });
      const exact = scaled(integer) + scaled(value);
      const away = (2n * abs(exact) + one) / (2n * one);
      const rounded = exact < 0n ? 0n : away;
      assert.equal(sum?.val, rounded > maxU64 ? maxU64 : rounded);
    }),
  );
});

test('float and integer make the float nearest to the exact sum', () => {
  fc.assert(
    fc.property(float, fc.oneof(anyS64, nearExact), (value, integer) => {
      const sum = Number(add(f64(value), s64(integer), { longest: 0 })?.val);
      const exact = scaled(integer) + scaled(value);
      const off = abs(scaled(sum) - exact);
      for (const other of [neighbour(sum, 1n), neighbour(sum, -1n)]) {
        if (!Number.isFinite(other)) continue;
        const worse = abs(scaled(other) - exact);
        assert.ok(off < worse || (off === worse && bits(sum) % 2n === 0n), `${value} + ${integer} = ${sum}`);
      }
    }),
  );
});

/** Floats and integers as whole multiples of the smallest float. */
const one: bigint = 2n ** 1074n;

function scaled(value: number | bigint): bigint {
  if (typeof value === 'bigint') return value * one;
  const all = bits(Math.abs(value));
  const exponent = all >> 52n;
  const fraction = all & (2n ** 52n - 1n);
  const size = exponent === 0n ? fraction : (fraction | (2n ** 52n)) << (exponent - 1n);
  return value < 0 ? -size : size;
}

function bits(value: number): bigint {
  return new BigUint64Array(Float64Array.of(value).buffer)[0] as bigint;
}

/** The next float away from zero, or towards it. */
function neighbour(value: number, step: bigint): number {
  if (value === 0) return step > 0n ? Number.MIN_VALUE : -Number.MIN_VALUE;
  return new Float64Array(BigUint64Array.of(bits(value) + step).buffer)[0] as number;
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

function plain(value: KvValue['val']): unknown {
  return typeof value === 'object' ? [...value] : value;
}
