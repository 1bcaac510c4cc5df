/**
 * Every instruction: how its immediates are encoded, and what it means to metering and reset. All of core 3.0, and
 * threads, legacy exceptions, relaxed SIMD and wide arithmetic.
 *
 * @module
 */

/** How immediates are encoded. */
export const shape = {
  none: 0,
  /** One index or constant. */
  leb: 1,
  leb2: 2,
  /** Flags of alignment, a memory index when bit 6 is set, an offset. */
  memory: 3,
  memoryLane: 4,
  block: 5,
  brTable: 6,
  /** A vector of value types. */
  types: 7,
  byte: 8,
  bytes4: 9,
  bytes8: 10,
  bytes16: 11,
  /** A block type, then catch clauses. */
  tryTable: 12,
  /** Flags, a label, two heap types. */
  brOnCast: 13,
  heap: 14,
  /** An index, then a heap type or other index. */
  unknown: 15,
} as const;

/** What an instruction means to us; `plain` is nothing but work. */
export const role = {
  plain: 0,
  block: 1,
  loop: 2,
  if: 3,
  else: 4,
  end: 5,
  tryTable: 6,
  try: 7,
  catch: 8,
  delegate: 9,
  branch: 10,
  branchIf: 11,
  branchTable: 12,
  /** Control does not go on after it. */
  stop: 13,
  throw: 14,
  call: 15,
  returnCall: 16,
  callIndirect: 17,
  returnCallIndirect: 18,
  refFunc: 19,
  globalGet: 20,
  globalSet: 21,
  tableSet: 22,
  memorySize: 23,
  memoryGrow: 24,
  memoryInit: 25,
  memoryCopy: 26,
  memoryFill: 27,
  dataDrop: 28,
  tableInit: 29,
  tableCopy: 30,
  tableFill: 31,
  tableGrow: 32,
  elemDrop: 33,
  objectWrite: 34,
  /** Writes as many elements as its last operand says. */
  objectBulk: 35,
  /** Makes an array of as many elements as its last operand says. */
  arrayNew: 36,
  /** Blocks the thread, which fuel cannot end. */
  wait: 37,
} as const;

export interface OpcodeTable {
  readonly shapes: Uint8Array;
  readonly roles: Uint8Array;
}

type Row = readonly [shape: number, from: number, to?: number, role?: number];

export const PLAIN: OpcodeTable = table(256, [
  [shape.none, 0x00, 0x00, role.stop],
  [shape.none, 0x01],
  [shape.block, 0x02, 0x02, role.block],
  [shape.block, 0x03, 0x03, role.loop],
  [shape.block, 0x04, 0x04, role.if],
  [shape.none, 0x05, 0x05, role.else],
  [shape.block, 0x06, 0x06, role.try],
  [shape.leb, 0x07, 0x07, role.catch],
  [shape.leb, 0x08, 0x08, role.throw],
  [shape.leb, 0x09, 0x09, role.throw], // rethrow
  [shape.none, 0x0a, 0x0a, role.throw], // throw_ref
  [shape.none, 0x0b, 0x0b, role.end],
  [shape.leb, 0x0c, 0x0c, role.branch],
  [shape.leb, 0x0d, 0x0d, role.branchIf],
  [shape.brTable, 0x0e, 0x0e, role.branchTable],
  [shape.none, 0x0f, 0x0f, role.stop],
  [shape.leb, 0x10, 0x10, role.call],
  [shape.leb2, 0x11, 0x11, role.callIndirect],
  [shape.leb, 0x12, 0x12, role.returnCall],
  [shape.leb2, 0x13, 0x13, role.returnCallIndirect],
  [shape.leb, 0x14, 0x14, role.callIndirect], // call_ref
  [shape.leb, 0x15, 0x15, role.returnCallIndirect], // return_call_ref
  [shape.leb, 0x18, 0x18, role.delegate],
  [shape.none, 0x19, 0x19, role.catch], // catch_all
  [shape.none, 0x1a, 0x1b],
  [shape.types, 0x1c],
  [shape.tryTable, 0x1f, 0x1f, role.tryTable],
  [shape.leb, 0x20, 0x22],
  [shape.leb, 0x23, 0x23, role.globalGet],
  [shape.leb, 0x24, 0x24, role.globalSet],
  [shape.leb, 0x25],
  [shape.leb, 0x26, 0x26, role.tableSet],
  [shape.memory, 0x28, 0x3e],
  [shape.leb, 0x3f, 0x3f, role.memorySize],
  [shape.leb, 0x40, 0x40, role.memoryGrow],
  [shape.leb, 0x41, 0x42],
  [shape.bytes4, 0x43],
  [shape.bytes8, 0x44],
  [shape.none, 0x45, 0xc4],
  [shape.heap, 0xd0],
  [shape.none, 0xd1],
  [shape.leb, 0xd2, 0xd2, role.refFunc],
  [shape.none, 0xd3, 0xd4],
  [shape.leb, 0xd5, 0xd6, role.branchIf], // br_on_null, br_on_non_null
]);

/** By prefix byte, the rows of the number that follows it. */
export const PREFIXED: Readonly<Record<number, OpcodeTable>> = {
  // Garbage collection.
  251: table(31, [
    [shape.leb, 0, 1],
    [shape.leb2, 2, 4],
    [shape.leb2, 5, 5, role.objectWrite],
    [shape.leb, 6, 7, role.arrayNew],
    [shape.leb2, 8],
    [shape.leb2, 9, 10, role.arrayNew],
    [shape.leb, 11, 13],
    [shape.leb, 14, 14, role.objectWrite],
    [shape.none, 15],
    [shape.leb, 16, 16, role.objectBulk],
    [shape.leb2, 17, 19, role.objectBulk],
    [shape.heap, 20, 23],
    [shape.brOnCast, 24, 25, role.branchIf],
    [shape.none, 26, 30],
  ]),
  // Saturating conversions, bulk operations, wide arithmetic.
  252: table(23, [
    [shape.none, 0, 7],
    [shape.leb2, 8, 8, role.memoryInit],
    [shape.leb, 9, 9, role.dataDrop],
    [shape.leb2, 10, 10, role.memoryCopy],
    [shape.leb, 11, 11, role.memoryFill],
    [shape.leb2, 12, 12, role.tableInit],
    [shape.leb, 13, 13, role.elemDrop],
    [shape.leb2, 14, 14, role.tableCopy],
    [shape.leb, 15, 15, role.tableGrow],
    [shape.leb, 16],
    [shape.leb, 17, 17, role.tableFill],
    [shape.none, 19, 22],
  ]),
  // SIMD and relaxed SIMD.
  253: table(276, [
    [shape.memory, 0, 11],
    [shape.bytes16, 12, 13],
    [shape.none, 14, 20],
    [shape.byte, 21, 34],
    [shape.none, 35, 83],
    [shape.memoryLane, 84, 91],
    [shape.memory, 92, 93],
    [shape.none, 94, 275],
  ]),
  // Atomics.
  254: table(0x4f, [
    [shape.memory, 0],
    [shape.memory, 1, 2, role.wait],
    [shape.byte, 3],
    [shape.memory, 0x10, 0x4e],
  ]),
};

function table(size: number, rows: readonly Row[]): OpcodeTable {
  const shapes = new Uint8Array(size).fill(shape.unknown);
  const roles = new Uint8Array(size);
  for (const [form, from, to = from, means = role.plain] of rows) {
    shapes.fill(form, from, to + 1);
    roles.fill(means, from, to + 1);
  }
  return { shapes, roles };
}
