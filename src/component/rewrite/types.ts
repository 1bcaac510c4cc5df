/**
 * The types that a module declares, as far as rewriting depends on them.
 *
 * @module
 */
import type { Reader } from './binary.ts';
import { unsupported } from './errors.ts';

/**
 * What a value type means to reset. References are told apart by what can hide behind them: a function never
 * changes, an object may, an exception cannot be read from JavaScript.
 */
export type ValueKind = 'i32' | 'i64' | 'f32' | 'f64' | 'v128' | 'function' | 'object' | 'exception';

/** The first byte of value types, and of abstract heap types, which are the short form of a nullable reference. */
const KINDS: Readonly<Record<number, ValueKind>> = {
  127: 'i32',
  126: 'i64',
  125: 'f32',
  124: 'f64',
  123: 'v128',
  116: 'exception',
  115: 'function',
  114: 'object',
  113: 'object',
  112: 'function',
  111: 'object',
  110: 'object',
  109: 'object',
  108: 'object',
  107: 'object',
  106: 'object',
  105: 'exception',
};

const REFERENCE = 0x64;
const NULLABLE = 0x63;
const PACKED: ReadonlySet<number> = new Set([0x77, 0x78]);

export interface Limits {
  readonly minimum: number;
  readonly maximum: number | undefined;
  readonly shared: boolean;
  /** Addresses or indices have 64 bits. */
  readonly wide: boolean;
}

export interface GlobalType {
  readonly kind: ValueKind;
  readonly mutable: boolean;
}

export interface TableType extends Limits {
  readonly kind: ValueKind;
  /** Where its limits stand. */
  readonly limits: { readonly start: number; readonly end: number };
}

/** By type index: whether references to it are to functions or to objects. */
export type TypeKinds = ('function' | 'object')[];

/** What types are, by index. */
export interface Types {
  readonly kinds: TypeKinds;
  /** How many parameters functions of it have. */
  readonly params: number[];
}

/** Moves past a value type; answers what it is to reset, or `undefined` for one that refers to a type by index. */
export function skipValueType(r: Reader): ValueKind | undefined {
  const at = r.at;
  const code = r.byte();
  if (code === NULLABLE || code === REFERENCE) return skipHeapType(r);
  const kind = KINDS[code];
  if (kind === undefined) throw unknown('value type', code, at);
  return kind;
}

/** The same for a heap type. */
export function skipHeapType(r: Reader): ValueKind | undefined {
  const at = r.at;
  const code = r.byte();
  if (code >= 0x80) {
    r.skipLeb();
    return undefined;
  }
  if (code < 0x40) return undefined;
  const kind = KINDS[code];
  if (kind === undefined || code > 0x74) throw unknown('heap type', code, at);
  return kind;
}

/** A value type with its index looked up. */
export function valueKind(r: Reader, types: TypeKinds): ValueKind {
  const at = r.at;
  const kind = skipValueType(r);
  if (kind !== undefined) return kind;
  r.at = at + 1;
  return types[r.unsigned()] ?? 'object';
}

/** Moves past what stands for the type of a block. */
export function skipBlockType(r: Reader): void {
  const code = r.bytes[r.at] ?? 0;
  if (code === 0x40) r.at += 1;
  else if (code >= 0x80 || code < 0x40) r.skipLeb();
  else skipValueType(r);
}

/** Adds the kinds of a recursion group, or of the single type that stands for one. */
export function recursionGroup(r: Reader, types: Types): void {
  if (r.bytes[r.at] !== 0x4e) {
    subType(r, types);
    return;
  }
  r.at += 1;
  for (let left = r.unsigned(); left > 0; left--) subType(r, types);
}

function subType(r: Reader, { kinds, params }: Types): void {
  const at = r.at;
  let form = r.byte();
  if (form === 0x50 || form === 0x4f) {
    for (let left = r.unsigned(); left > 0; left--) r.skipLeb();
    form = r.byte();
  }
  if (form === 0x60) {
    const count = r.unsigned();
    for (let left = count; left > 0; left--) skipValueType(r);
    for (let left = r.unsigned(); left > 0; left--) skipValueType(r);
    kinds.push('function');
    params.push(count);
    return;
  }
  if (form === 0x5f) for (let left = r.unsigned(); left > 0; left--) skipField(r);
  else if (form === 0x5e) skipField(r);
  else throw unknown('type', form, at);
  kinds.push('object');
  params.push(0);
}

function skipField(r: Reader): void {
  if (PACKED.has(r.bytes[r.at] ?? 0)) r.at += 1;
  else skipValueType(r);
  r.byte();
}

function limits(r: Reader): Limits {
  const at = r.at;
  const flags = r.byte();
  if (flags > 7) throw unsupported('It declares a memory or table with a page size or flags of its own', at);
  const minimum = r.unsigned();
  const maximum = flags & 1 ? r.unsigned() : undefined;
  return { minimum, maximum, shared: (flags & 2) !== 0, wide: (flags & 4) !== 0 };
}

export function memoryType(r: Reader): Limits {
  return limits(r);
}

export function tableType(r: Reader, types: TypeKinds): TableType {
  const kind = valueKind(r, types);
  const start = r.at;
  const bounds = limits(r);
  return { kind, ...bounds, limits: { start, end: r.at } };
}

export function globalType(r: Reader, types: TypeKinds): GlobalType {
  const kind = valueKind(r, types);
  const at = r.at;
  const flags = r.byte();
  if (flags > 1) throw unsupported('It declares a global that threads share', at);
  return { kind, mutable: flags === 1 };
}

function unknown(what: string, code: number, at: number): Error {
  return unsupported(`It uses an unknown ${what} 0x${code.toString(16)}`, at);
}
