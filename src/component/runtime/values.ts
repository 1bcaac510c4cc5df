/**
 * Scalars: which JavaScript values fit them, and how their bits are read. Generated code calls these by name.
 *
 * @module
 */
import type { PrimitiveKind } from '../types.ts';
import { Violation } from './errors.ts';

/** Whether a JavaScript value is exactly one of the WIT type's. */
export const fits: Readonly<Record<PrimitiveKind, (value: unknown) => boolean>> = {
  bool: (value) => typeof value === 'boolean',
  s8: (value) => typeof value === 'number' && (value << 24) >> 24 === value,
  u8: (value) => typeof value === 'number' && (value & 0xff) === value,
  s16: (value) => typeof value === 'number' && (value << 16) >> 16 === value,
  u16: (value) => typeof value === 'number' && (value & 0xffff) === value,
  s32: (value) => typeof value === 'number' && (value | 0) === value,
  u32: (value) => typeof value === 'number' && value >>> 0 === value,
  s64: (value) => typeof value === 'bigint' && BigInt.asIntN(64, value) === value,
  u64: (value) => typeof value === 'bigint' && BigInt.asUintN(64, value) === value,
  f32: (value) => typeof value === 'number',
  f64: (value) => typeof value === 'number',
  char: isChar,
  string: (value) => typeof value === 'string',
};

/** What a lift of a discriminant, char or float needs, and the bit casts of joined variant payloads. */
export interface Bits {
  char(code: number): string;
  nan(value: number): number;
  discriminant(found: number, cases: number): Violation;
  f32FromI32(bits: number): number;
  f32FromI64(bits: bigint): number;
  f64FromI64(bits: bigint): number;
  i32FromI64(bits: bigint): number;
  i32FromF32(value: number): number;
  i64FromF32(value: number): bigint;
  i64FromF64(value: number): bigint;
  i64FromI32(value: number): bigint;
  /** Replaces every NaN in a copied list by the canonical one. */
  canonicalNans<T extends Float32Array | Float64Array>(list: T): T;
}

/**
 * Bit casts share eight bytes of scratch.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const bits = createBits();
 * assert.equal(bits.f32FromI32(0x3f80_0000), 1);
 * assert.equal(bits.i64FromF64(1), 0x3ff0_0000_0000_0000n);
 * assert.throws(() => bits.char(0xd800));
 * ```
 */
export function createBits(): Bits {
  const scratch = new DataView(new ArrayBuffer(8));
  const bits: Bits = {
    char: charOf,
    nan: (value) => (Number.isNaN(value) ? Number.NaN : value),
    discriminant: (found, cases) => new Violation('TRAP_DISCRIMINANT', { found, cases }),
    f32FromI32(value) {
      scratch.setInt32(0, value);
      return bits.nan(scratch.getFloat32(0));
    },
    f32FromI64: (value) => bits.f32FromI32(bits.i32FromI64(value)),
    f64FromI64(value) {
      scratch.setBigInt64(0, value);
      return bits.nan(scratch.getFloat64(0));
    },
    i32FromI64: (value) => Number(BigInt.asIntN(32, value)),
    i32FromF32(value) {
      scratch.setFloat32(0, value);
      return scratch.getInt32(0);
    },
    i64FromF32: (value) => BigInt(bits.i32FromF32(value) >>> 0),
    i64FromF64(value) {
      scratch.setFloat64(0, value);
      return scratch.getBigInt64(0);
    },
    i64FromI32: (value) => BigInt(value >>> 0),
    canonicalNans(list) {
      for (let at = 0; at < list.length; at++) if (Number.isNaN(list[at])) list[at] = Number.NaN;
      return list;
    },
  };
  return bits;
}

function isChar(value: unknown): boolean {
  if (typeof value !== 'string') return false;
  const code = value.codePointAt(0);
  if (code === undefined || (code >= 0xd800 && code <= 0xdfff)) return false;
  return value.length === (code > 0xffff ? 2 : 1);
}

function charOf(code: number): string {
  if (code >= 0x11_0000 || (code >= 0xd800 && code <= 0xdfff)) throw new Violation('TRAP_CHAR', { code });
  return String.fromCodePoint(code);
}
