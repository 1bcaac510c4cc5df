/**
 * Bodies of the functions that rewriting adds, and the code that takes fuel.
 *
 * @module
 */
import { Reader, Writer } from './binary.ts';
import { lengthOf } from './events.ts';
import type { Limits } from './types.ts';

/** The instructions used here. */
const op = {
  unreachable: 0x00,
  block: 0x02,
  loop: 0x03,
  if: 0x04,
  end: 0x0b,
  branchIf: 0x0d,
  select: 0x1b,
  return: 0x0f,
  localGet: 0x20,
  localSet: 0x21,
  localTee: 0x22,
  globalGet: 0x23,
  globalSet: 0x24,
  memorySize: 0x3f,
  memoryGrow: 0x40,
  i32Const: 0x41,
  i64Const: 0x42,
  i64LessSigned: 0x53,
  i32GreaterEqual: 0x4f,
  i32Less: 0x49,
  i32Greater: 0x4b,
  i64Greater: 0x56,
  i32Or: 0x72,
  i32Add: 0x6a,
  i64Sub: 0x7d,
  i64Shl: 0x86,
  i64ShrUnsigned: 0x88,
  i32Wrap: 0xa7,
  i64Extend: 0xad,
  bulk: 0xfc,
  simd: 0xfd,
} as const;

/** The same operation on 32 and on 64 bits. */
const narrow = { type: 0x7f, constant: 0x41, equal: 0x46, greater: 0x4b, add: 0x6a, sub: 0x6b } as const;
const wide = { type: 0x7e, constant: 0x42, equal: 0x51, greater: 0x56, add: 0x7c, sub: 0x7d } as const;

const EMPTY = 0x40;
const MEMORY_FILL = 11;
const LOAD = 0x00;
const OR = 0x50;
const ANY_TRUE = 0x53;

/**
 * What a unit of length costs, as measured: an element of an array is 2 units of fuel, an entry of a table, which V8
 * keeps in two places, 64. Of `most` there can be no more: what asks for more is out of bounds, and should trap as
 * such. Of bytes in memory 4 are a unit, and each is one where memory is not in the caches of the processor: that takes
 * four to ten times as long.
 */
const SCALE: readonly { readonly by: number; readonly most?: number }[] = [
  { by: 2 },
  { by: 1, most: 2 ** 27 },
  { by: 6, most: 10_000_000 },
];
/** Pages of a memory that may be in the caches, with those of others. */
const CACHED = 128;
/** Of more memories than this the sizes are not looked at: bytes cost as in large ones. */
const MOST_LOOKED_AT = 8;

/** A memory's virtual size. */
interface Size {
  readonly global: number;
  readonly wide: boolean;
}
/** What the zero scan looks at in one step. */
const STEP = 128;

/** Pages that a memory can have at most, by its address type. */
const MOST = { narrow: 65_536, wide: 2 ** 48 } as const;

interface Growth {
  readonly index: number;
  readonly memory: Limits;
  /** Globals: its virtual size, and the pages that the component may still take. */
  readonly size: number;
  readonly budget: number;
}

/**
 * `memory.grow` on the virtual size. It answers -1 beyond the declared maximum or the budget, and grows the
 * memory itself only where it never was so large.
 */
export function growBody({ index, memory, size, budget }: Growth): Uint8Array {
  const w = new Writer();
  const t = memory.wide ? wide : narrow;
  const refuse = [t.constant, 0x7f, op.return, op.end] as const;
  const most = Math.min(memory.maximum ?? Number.POSITIVE_INFINITY, memory.wide ? MOST.wide : MOST.narrow);
  const global = (code: number, which: number): void => {
    w.byte(code);
    w.unsigned(which);
  };
  w.put(1, 1, t.type);
  // Above the maximum: the size never is, so the difference does not wrap.
  w.put(op.localGet, 0, t.constant);
  w.positive(most);
  global(op.globalGet, size);
  w.put(t.sub, t.greater, op.if, EMPTY, ...refuse);
  // Above the budget.
  w.put(op.localGet, 0);
  if (!memory.wide) w.byte(op.i64Extend);
  global(op.globalGet, budget);
  w.put(op.i64Extend, op.i64Greater, op.if, EMPTY, ...refuse);
  // Local 1 is the size wanted.
  global(op.globalGet, size);
  w.put(op.localGet, 0, t.add, op.localTee, 1);
  global(op.memorySize, index);
  w.put(t.greater, op.if, EMPTY, op.localGet, 1);
  global(op.memorySize, index);
  w.byte(t.sub);
  global(op.memoryGrow, index);
  w.put(t.constant, 0x7f, t.equal, op.if, EMPTY, ...refuse, op.end);
  // Take the pages; answer the size that was.
  global(op.globalGet, budget);
  w.put(op.localGet, 0);
  if (memory.wide) w.byte(op.i32Wrap);
  w.byte(narrow.sub);
  global(op.globalSet, budget);
  global(op.globalGet, size);
  w.put(op.localGet, 1);
  global(op.globalSet, size);
  w.byte(op.end);
  return w.view.slice();
}

/** `(length) -> length`, which takes fuel for a length of this kind (see `lengthOf`). */
export function chargeBody(
  fuel: number,
  { kind, long, sizes }: { readonly kind: number; readonly long: boolean; readonly sizes: readonly Size[] },
): Uint8Array {
  const { by, most } = SCALE[kind] as (typeof SCALE)[number];
  const w = new Writer();
  w.byte(0);
  if (most !== undefined) {
    w.put(op.localGet, 0, long ? op.i64Const : op.i32Const);
    w.positive(most);
    w.put((long ? wide : narrow).greater, op.if, EMPTY, op.localGet, 0, op.return, op.end);
  }
  w.byte(op.globalGet);
  w.unsigned(fuel);
  w.put(op.localGet, 0);
  // A length that does not fit 32 bits is out of bounds anyway.
  if (long) w.byte(op.i32Wrap);
  w.byte(op.i64Extend);
  if (kind === lengthOf.bytes) shiftBySize(w, by, sizes);
  else w.put(op.i64Const, by, op.i64Shl);
  w.byte(op.i64Sub);
  settle(w, fuel);
  w.put(op.localGet, 0, op.end);
  return w.view.slice();
}

/** Divides what is on the stack by 2 to the power of `by`, unless a memory is large. */
function shiftBySize(w: Writer, by: number, sizes: readonly Size[]): void {
  if (sizes.length > MOST_LOOKED_AT) return;
  w.put(op.i64Const, 0, op.i64Const, by, op.i32Const, 0);
  for (const { global, wide: long } of sizes) {
    w.byte(op.globalGet);
    w.unsigned(global);
    w.byte(long ? op.i64Const : op.i32Const);
    w.positive(CACHED);
    w.put(long ? op.i64Greater : op.i32Greater, op.i32Or);
  }
  w.put(op.select, op.i64ShrUnsigned);
}

/**
 * `fuel -= weight`, and the end of the call when that is below zero. Leaves the stack as it was. Where a local holds what
 * the global does, it is read there.
 */
export function writeCharge(w: Writer, fuel: number, weight: number, local?: number): void {
  w.byte(local === undefined ? op.globalGet : op.localGet);
  w.unsigned(local ?? fuel);
  w.byte(op.i64Const);
  w.positive(weight);
  w.byte(op.i64Sub);
  if (local !== undefined) {
    w.byte(op.localTee);
    w.unsigned(local);
  }
  settle(w, fuel, local);
}

/** Lets a local hold what the global does. */
export function writeMirror(w: Writer, fuel: number, local: number): void {
  w.byte(op.globalGet);
  w.unsigned(fuel);
  w.byte(op.localSet);
  w.unsigned(local);
}

/** The locals of a function, as they are declared, with some more of these types. */
export function writeLocals(w: Writer, declared: Uint8Array, added: readonly number[]): void {
  const r = new Reader(declared);
  w.unsigned(r.unsigned() + added.length);
  w.raw(declared, r.at);
  for (const type of added) w.put(1, type);
}

/** Stores what is left and traps below zero: a trap is the one thing that no guest can catch. */
function settle(w: Writer, fuel: number, local?: number): void {
  w.byte(op.globalSet);
  w.unsigned(fuel);
  w.byte(local === undefined ? op.globalGet : op.localGet);
  w.unsigned(local ?? fuel);
  w.put(op.i64Const, 0, op.i64LessSigned, op.if, EMPTY, op.unreachable, op.end);
}

/** `(from, to)`: writes zeros where something else is, so that pages never written stay without storage. */
export function zeroBody(index: number, long: boolean): Uint8Array {
  const w = new Writer();
  const address = (): void => {
    w.put(op.localGet, 0);
    if (long) w.byte(op.i64Extend);
  };
  w.put(0, op.block, EMPTY, op.localGet, 0, op.localGet, 1, op.i32GreaterEqual, op.branchIf, 0);
  w.put(op.loop, EMPTY);
  for (let offset = 0; offset < STEP; offset += 16) {
    address();
    w.put(op.simd, LOAD, index === 0 ? 0 : EMPTY);
    if (index !== 0) w.unsigned(index);
    w.unsigned(offset);
    if (offset > 0) w.put(op.simd, OR);
  }
  w.put(op.simd, ANY_TRUE, op.if, EMPTY);
  address();
  w.put(op.i32Const, 0, long ? op.i64Const : op.i32Const);
  w.positive(STEP);
  w.put(op.bulk, MEMORY_FILL);
  w.unsigned(index);
  w.put(op.end, op.localGet, 0, op.i32Const);
  w.positive(STEP);
  w.put(op.i32Add, op.localTee, 0, op.localGet, 1, op.i32Less, op.branchIf, 0, op.end, op.end, op.end);
  return w.view.slice();
}
