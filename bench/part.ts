/**
 * What the parts of the benchmark have in common: `main.ts` runs those that have a row which is asked for.
 *
 * @module
 */
import type { Effort, Result } from './measure.ts';

export interface PartOptions {
  /** Which rows are wanted, by name. */
  readonly only: RegExp;
  /** Fewer and shorter blocks. */
  readonly quick: boolean;
  readonly effort: Effort;
}

/** What a part has measured. */
export interface Measured {
  readonly rows: readonly Result[];
  /** What follows from the rows, and what we expect of it. */
  readonly lines: readonly string[];
  /** More of it for the file of `--json`. */
  readonly details?: unknown;
}

export interface Part {
  /** Key of its details in the file of `--json`. */
  readonly name: string;
  /** Names of its rows, or how they begin: it runs when `--only` finds one of them. */
  readonly rows: readonly string[];
  /** What a row of this part counts, where it is something per second. */
  readonly counts?: string;
  measure(options: PartOptions): Promise<Measured>;
}

/** The median of this row in microseconds, `NaN` when it was not measured. */
export function medianOf(rows: readonly Result[], name: string): number {
  return rows.find((row) => row.name === name)?.us.median ?? Number.NaN;
}
