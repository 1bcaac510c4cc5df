/**
 * What guests ask their database process, and what it answers. A message is a series of operations; only the last
 * one is answered. The main thread passes messages on without looking into them.
 *
 * @module
 */
import type { Reader, Writer } from './bytes.ts';
import type { Errno, Value } from './generated/api.ts';

/** Operations: a byte, then the operands. */
export const OP = {
  /** connection: u8 */
  open: 1,
  /** connection: u8, statement: u32, sql: text → parameters: u32, columns: u32, kind: u8 */
  prepare: 2,
  /** connection: u8, sql: text */
  execute: 3,
  /** statement: u32, parameters: values → rows */
  step: 4,
  /** statement: u32 → rows */
  fetch: 5,
  /** statement: u32 */
  reset: 6,
  /** statement: u32 */
  finalize: 7,
  /** statement: u32, parameters: values. Not answered: when it fails, the message that follows fails. */
  run: 8,
  /** The event has ended. */
  end: 9,
} as const;

/** The first byte of an answer. */
export const ANSWER = {
  /** flags: u8, then what the operation answers. */
  ok: 0,
  /** flags: u8, then a failure. */
  failed: 1,
  /** sentence: text; a fault of ours. */
  broken: 2,
} as const;

/** What an answer says besides. */
export const FLAG = {
  /** The statement that was prepared may be run without waiting for the answer. */
  blind: 1,
  /** The connection is in a transaction that has written: it holds the lock. */
  writing: 2,
} as const;

/** What the end of rows is. */
export const END = { more: 0, done: 1, failed: 2 } as const;

/** What a statement may do to other statements. */
export const KIND = {
  /** Reads or writes rows, or begins or ends a transaction. */
  plain: 0,
  /** May change tables, or undo changes of tables. */
  schema: 1,
} as const;

/** The number of a connection. */
export function connectionNumber(readonly: boolean, memory: boolean): number {
  return (readonly ? 1 : 0) + (memory ? 2 : 0);
}

export type SimpleErrno = Exclude<Errno['tag'], 'sqlite'>;

/** Why an operation failed: an `errno`, and what SQLite says of it. */
export interface Failure {
  readonly errno: Errno;
  readonly message: string;
}

const errnos: readonly SimpleErrno[] = [
  'converting-c-string',
  'failed-opening-database',
  'failed-setting-database-size',
  'unknown-column-type',
  'forbidden-pragma-command',
  'returned-null-pointer',
  'converting-numeric',
];
/** Stands for `sqlite(code)`. */
const SQLITE = 255;

export function writeFailure(writer: Writer, { errno, message }: Failure): void {
  if (errno.tag === 'sqlite') {
    writer.u8(SQLITE);
    writer.i32(errno.val);
  } else {
    writer.u8(errnos.indexOf(errno.tag as SimpleErrno));
  }
  writer.text(message);
}

export function readFailure(reader: Reader): Failure {
  const number = reader.u8();
  const tag = errnos[number];
  const errno: Errno =
    number === SQLITE || tag === undefined ? { tag: 'sqlite', val: reader.i32() } : { tag };
  return { errno, message: reader.text() };
}

const VALUE = { null: 0, int32: 1, int64: 2, double: 3, text: 4, blob: 5 } as const;

/** As SQLite holds it: INTEGER is a bigint, REAL a number. */
export type Stored = null | bigint | number | string | Uint8Array;

export function writeStored(writer: Writer, value: Stored): void {
  if (value === null) {
    writer.u8(VALUE.null);
  } else if (typeof value === 'bigint') {
    if (BigInt.asIntN(32, value) === value) {
      writer.u8(VALUE.int32);
      writer.i32(Number(value));
    } else {
      writer.u8(VALUE.int64);
      writer.i64(value);
    }
  } else if (typeof value === 'number') {
    writer.u8(VALUE.double);
    writer.f64(value);
  } else if (typeof value === 'string') {
    writer.u8(VALUE.text);
    writer.text(value);
  } else {
    writer.u8(VALUE.blob);
    writer.bytes(value);
  }
}

export function readStored(reader: Reader): Stored {
  switch (reader.u8()) {
    case VALUE.int32:
      return BigInt(reader.i32());
    case VALUE.int64:
      return reader.i64();
    case VALUE.double:
      return reader.f64();
    case VALUE.text:
      return reader.text();
    case VALUE.blob:
      return reader.bytes();
    default:
      return null;
  }
}

/** As guests see a column. Text loses one NUL at its end, which the databases of others have. */
export function readValue(reader: Reader): Value {
  switch (reader.u8()) {
    case VALUE.int32:
      return { tag: 'int32', val: reader.i32() };
    case VALUE.int64:
      return { tag: 'int64', val: reader.i64() };
    case VALUE.double:
      return { tag: 'double', val: reader.f64() };
    case VALUE.text: {
      const text = reader.text();
      return { tag: 'text', val: text.endsWith('\0') ? text.slice(0, -1) : text };
    }
    case VALUE.blob:
      return { tag: 'blob', val: reader.bytes() };
    default:
      return { tag: 'null' };
  }
}
