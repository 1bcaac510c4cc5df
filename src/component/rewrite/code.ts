/**
 * What scanning the code of a module finds.
 *
 * @module
 */
import type { Body, Tape } from './events.ts';

export interface Code {
  readonly tape: Tape;
  /** By defined function. */
  readonly bodies: readonly Body[];
  readonly setGlobals: ReadonlySet<number>;
  /** Tables of which code sets entries. */
  readonly setTables: ReadonlySet<number>;
  /** Memories whose size code asks for, or changes, or that it fills and copies: larger ones cost more. */
  readonly sized: ReadonlySet<number>;
  readonly grown: ReadonlySet<number>;
  readonly growsTables: boolean;
  readonly writesObjects: boolean;
  /** Functions that code takes references to. */
  readonly escaping: ReadonlySet<number>;
  /** Functions that drop segments. */
  readonly dropping: ReadonlySet<number>;
  readonly callsStart: boolean;
  /** Whether single instructions have a price: by their length, or of their own. */
  readonly priced: boolean;
  /** What is charged by length: the values of `event.length`. */
  readonly lengths: ReadonlySet<number>;
}
