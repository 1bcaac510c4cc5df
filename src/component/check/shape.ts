/**
 * Sizes and flattening of value types by the canonical ABI, computed once per type from its parts.
 * Specification: CanonicalABI.md, "Alignment", "Element Size", "Flattening".
 *
 * @module
 */
import type { FuncType, ValType } from '../types.ts';
import { children } from './entities.ts';

export type FlatType = 'i32' | 'i64' | 'f32' | 'f64';

export interface Shape {
  /** Nodes of the type, shared parts counted each time. */
  readonly nodes: number;
  readonly depth: number;
  /** Bytes and alignment with 64-bit pointers, by which the specification bounds sizes. */
  readonly size: number;
  readonly align: number;
  /** Core types it flattens to; `undefined` stands for more than {@link MAX_FLAT_PARAMS}. */
  readonly flat: readonly FlatType[] | undefined;
  /** Whether a list or string is inside. */
  readonly pointer: boolean;
  readonly borrow: boolean;
  /** Whether a handle is inside. */
  readonly resource: boolean;
}

export const MAX_FLAT_PARAMS = 16;
export const MAX_FLAT_RESULTS = 1;

type Sized = Pick<Shape, 'size' | 'align' | 'flat'>;

const PRIMITIVES: Readonly<Record<string, Sized>> = {
  bool: sized(1, ['i32']),
  s8: sized(1, ['i32']),
  u8: sized(1, ['i32']),
  s16: sized(2, ['i32']),
  u16: sized(2, ['i32']),
  s32: sized(4, ['i32']),
  u32: sized(4, ['i32']),
  s64: sized(8, ['i64']),
  u64: sized(8, ['i64']),
  f32: sized(4, ['f32']),
  f64: sized(8, ['f64']),
  char: sized(4, ['i32']),
  string: { size: 16, align: 8, flat: ['i32', 'i32'] },
  list: { size: 16, align: 8, flat: ['i32', 'i32'] },
  own: sized(4, ['i32']),
  borrow: sized(4, ['i32']),
};

function sized(size: number, flat: readonly FlatType[]): Sized {
  return { size, align: size, flat };
}

/** The shape of a type whose parts have shapes already. */
export function shapeOf(type: ValType, of: (inner: ValType) => Shape): Shape {
  const inner = children(type).map(of);
  return {
    ...layout(type, inner, of),
    nodes: inner.reduce((sum, one) => sum + one.nodes, 1),
    depth: inner.reduce((most, one) => Math.max(most, one.depth), 0) + 1,
    pointer: type.kind === 'string' || type.kind === 'list' || inner.some((one) => one.pointer),
    borrow: type.kind === 'borrow' || inner.some((one) => one.borrow),
    resource: type.kind === 'own' || type.kind === 'borrow' || inner.some((one) => one.resource),
  };
}

function layout(type: ValType, inner: readonly Shape[], of: (inner: ValType) => Shape): Sized {
  switch (type.kind) {
    case 'record':
    case 'tuple':
      return product(inner);
    case 'variant':
      return sum(type.cases.map((one) => one.type && of(one.type)));
    case 'option':
      return sum([undefined, of(type.some)]);
    case 'result':
      return sum([type.ok && of(type.ok), type.err && of(type.err)]);
    case 'enum':
      return sum(type.names.map(() => undefined));
    case 'flags': {
      const size = type.names.length <= 8 ? 1 : type.names.length <= 16 ? 2 : 4;
      return sized(size, ['i32']);
    }
    default:
      return PRIMITIVES[type.kind] ?? sized(1, ['i32']);
  }
}

function product(parts: readonly Sized[]): Sized {
  const align = parts.reduce((most, one) => Math.max(most, one.align), 1);
  const size = parts.reduce((sum, one) => roundUp(sum, one.align) + one.size, 0);
  return { align, size: roundUp(size, align), flat: concat(parts.map((one) => one.flat)) };
}

function sum(cases: readonly (Sized | undefined)[]): Sized {
  const tag = cases.length <= 2 ** 8 ? 1 : cases.length <= 2 ** 16 ? 2 : 4;
  const inner = cases.reduce((most, one) => Math.max(most, one?.align ?? 1), 1);
  const align = Math.max(tag, inner);
  const payload = cases.reduce((most, one) => Math.max(most, one?.size ?? 0), 0);
  const flats = cases.map((one) => (one ? one.flat : []));
  const flat = flats.reduce<readonly FlatType[] | undefined>(joinFlat, []);
  return { align, size: roundUp(roundUp(tag, inner) + payload, align), flat: concat([['i32'], flat]) };
}

function joinFlat(
  a: readonly FlatType[] | undefined,
  b: readonly FlatType[] | undefined,
): FlatType[] | undefined {
  if (!a || !b) return undefined;
  const longer = a.length >= b.length ? a : b;
  return longer.map((type, n) => {
    const other = (longer === a ? b : a)[n];
    return other === undefined ? type : joinOne(type, other);
  });
}

function joinOne(a: FlatType, b: FlatType): FlatType {
  if (a === b) return a;
  return (a === 'i32' && b === 'f32') || (a === 'f32' && b === 'i32') ? 'i32' : 'i64';
}

function concat(parts: readonly (readonly FlatType[] | undefined)[]): readonly FlatType[] | undefined {
  const all: FlatType[] = [];
  for (const part of parts) {
    if (!part || all.length + part.length > MAX_FLAT_PARAMS) return undefined;
    all.push(...part);
  }
  return all;
}

function roundUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}

/** The core signature of a function type, and what lifting or lowering it needs. */
export interface Signature {
  readonly params: readonly FlatType[];
  readonly results: readonly FlatType[];
  /** Whether parameters or results do not fit in core values and travel through memory. */
  readonly spilledParams: boolean;
  readonly spilledResult: boolean;
}

/** Flattens a function type for `canon lift` or `canon lower` of 32-bit memory. */
export function flattenFunc(
  type: FuncType,
  side: 'lift' | 'lower',
  of: (inner: ValType) => Shape,
): Signature {
  const params = concat(type.params.map((param) => of(param.type).flat));
  const result = type.result ? of(type.result).flat : [];
  const spilledResult = result === undefined || result.length > MAX_FLAT_RESULTS;
  const flatParams: readonly FlatType[] = params ?? ['i32'];
  return {
    params: spilledResult && side === 'lower' ? [...flatParams, 'i32'] : flatParams,
    results: spilledResult ? (side === 'lift' ? ['i32'] : []) : result,
    spilledParams: params === undefined,
    spilledResult,
  };
}
