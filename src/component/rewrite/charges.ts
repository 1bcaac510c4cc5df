/**
 * What is decided about the fuel of a function, and what it depends on.
 *
 * @module
 */
import type { Quiet } from './loops.ts';

/** Places in a function's code, ascending, and the fuel to be taken at each. */
export interface Charges {
  readonly at: number[];
  readonly weight: number[];
  /** Of these places, those of a `br_if` that pays only when it branches: its label, and where it ends. */
  readonly taken: Map<number, { readonly label: number; readonly end: number }>;
  /** Loops in which nobody else takes fuel. */
  readonly quiet: readonly Quiet[];
}

/**
 * Who pays for what a function does outside of loops: it does, at its entry; or late, before it calls another that pays
 * for itself; or its callers do.
 */
export type Entry = 'pays' | 'late' | 'free';

export interface MeterOptions {
  /** What a call of each function costs, by function index: see `freeCosts`. */
  readonly costs: readonly number[];
  /** The same for those that pay late. */
  readonly late: readonly (number | undefined)[];
  /** Units that may be passed unpaid. */
  readonly most: number;
}
