/**
 * Sizes, alignments and flat forms of value types (CanonicalABI: Alignment, Element Size, Flattening), for
 * 32-bit memories.
 *
 * @module
 */
import type { ValType } from '../types.ts';

export type CoreType = 'i32' | 'i64' | 'f32' | 'f64';

/** Longest flat form that travels as core parameters; a longer one goes through memory. */
export const MAX_FLAT_PARAMS = 16;
export const MAX_FLAT_RESULTS = 1;
/** Bytes in one string or list (CanonicalABI: MAX_STRING_BYTE_LENGTH, MAX_LIST_BYTE_LENGTH). */
export const MAX_BYTE_LENGTH: number = 2 ** 28 - 1;

/** A variant, or what despecialises to one. */
export interface Cases {
  readonly payloads: readonly (ValType | undefined)[];
  /** Bytes of the discriminant. */
  readonly tag: 1 | 2 | 4;
  /** Offset of the payload. */
  readonly offset: number;
}

export interface Layout {
  readonly size: number;
  readonly align: number;
  /** `undefined` when it is longer than {@link MAX_FLAT_PARAMS}. */
  readonly flat: readonly CoreType[] | undefined;
  /** Offsets of the fields of a record or tuple. */
  readonly offsets: readonly number[];
  readonly cases: Cases | undefined;
  /** Whether a value may contain borrowed handles. */
  readonly borrows: boolean;
  /** Whether a value may contain strings or lists, which lie elsewhere in memory. */
  readonly ranges: boolean;
}

/** Computes each type's layout once. */
export interface Layouts {
  of(type: ValType): Layout;
  /** A tuple of these, as parameters and results travel. */
  tuple(types: readonly ValType[]): Layout;
}

/**
 * Layouts, kept per type object for as long as the result lives.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const layouts = createLayouts();
 * const { size, align, flat } = layouts.of({ kind: 'option', some: { kind: 'u64' } });
 * assert.deepEqual({ size, align, flat }, { size: 16, align: 8, flat: ['i32', 'i64'] });
 * ```
 */
export function createLayouts(): Layouts {
  const known = new Map<ValType, Layout>();
  const layouts: Layouts = {
    of(type) {
      let found = known.get(type);
      if (found === undefined) {
        found = compute(type, layouts);
        known.set(type, found);
      }
      return found;
    },
    tuple: (types) => record(types, layouts),
  };
  return layouts;
}

function compute(type: ValType, layouts: Layouts): Layout {
  switch (type.kind) {
    case 'bool':
    case 's8':
    case 'u8':
      return scalar(1, 'i32');
    case 's16':
    case 'u16':
      return scalar(2, 'i32');
    case 's32':
    case 'u32':
    case 'char':
    case 'own':
      return scalar(4, 'i32');
    case 'borrow':
      return { ...scalar(4, 'i32'), borrows: true };
    case 's64':
    case 'u64':
      return scalar(8, 'i64');
    case 'f32':
      return scalar(4, 'f32');
    case 'f64':
      return scalar(8, 'f64');
    case 'string':
      return RANGE;
    case 'list':
      return { ...RANGE, borrows: layouts.of(type.element).borrows };
    case 'record':
      return record(
        type.fields.map((field) => field.type),
        layouts,
      );
    case 'tuple':
      return record(type.elements, layouts);
    case 'flags':
      return scalar(type.names.length <= 8 ? 1 : type.names.length <= 16 ? 2 : 4, 'i32');
    case 'enum':
      return variant(
        type.names.map(() => undefined),
        layouts,
      );
    case 'option':
      return variant([undefined, type.some], layouts);
    case 'result':
      return variant([type.ok, type.err], layouts);
    case 'variant':
      return variant(
        type.cases.map((one) => one.type),
        layouts,
      );
  }
}

const RANGE: Layout = {
  size: 8,
  align: 4,
  flat: ['i32', 'i32'],
  offsets: [],
  cases: undefined,
  borrows: false,
  ranges: true,
};

/** What a value made of these may contain. */
function contents(
  types: readonly (ValType | undefined)[],
  layouts: Layouts,
): Pick<Layout, 'borrows' | 'ranges'> {
  const parts = types.flatMap((type) => (type === undefined ? [] : [layouts.of(type)]));
  return { borrows: parts.some((part) => part.borrows), ranges: parts.some((part) => part.ranges) };
}

function scalar(size: number, core: CoreType): Layout {
  return { size, align: size, flat: [core], offsets: [], cases: undefined, borrows: false, ranges: false };
}

function record(types: readonly ValType[], layouts: Layouts): Layout {
  let size = 0;
  let align = 1;
  let flat: CoreType[] | undefined = [];
  const offsets: number[] = [];
  for (const type of types) {
    const layout = layouts.of(type);
    align = Math.max(align, layout.align);
    size = alignTo(size, layout.align);
    offsets.push(size);
    size += layout.size;
    flat = flat === undefined || layout.flat === undefined ? undefined : capped([...flat, ...layout.flat]);
  }
  return { size: alignTo(size, align), align, flat, offsets, cases: undefined, ...contents(types, layouts) };
}

function variant(payloads: readonly (ValType | undefined)[], layouts: Layouts): Layout {
  const tag = payloads.length <= 0x100 ? 1 : payloads.length <= 0x1_0000 ? 2 : 4;
  let payloadAlign = 1;
  let payloadSize = 0;
  const joined: CoreType[] = [];
  let tooLong = false;
  for (const payload of payloads) {
    if (payload === undefined) continue;
    const layout = layouts.of(payload);
    payloadAlign = Math.max(payloadAlign, layout.align);
    payloadSize = Math.max(payloadSize, layout.size);
    tooLong ||= layout.flat === undefined;
    layout.flat?.forEach((core, index) => {
      const other = joined[index];
      joined[index] = other === undefined ? core : join(other, core);
    });
  }
  const align = Math.max(tag, payloadAlign);
  const offset = alignTo(tag, payloadAlign);
  return {
    size: alignTo(offset + payloadSize, align),
    align,
    flat: tooLong ? undefined : capped(['i32', ...joined]),
    offsets: [],
    cases: { payloads, tag, offset },
    ...contents(payloads, layouts),
  };
}

function capped(flat: CoreType[]): CoreType[] | undefined {
  return flat.length > MAX_FLAT_PARAMS ? undefined : flat;
}

function join(a: CoreType, b: CoreType): CoreType {
  if (a === b) return a;
  return (a === 'i32' && b === 'f32') || (a === 'f32' && b === 'i32') ? 'i32' : 'i64';
}

function alignTo(offset: number, align: number): number {
  return Math.ceil(offset / align) * align;
}
