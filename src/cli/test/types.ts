import type { CodedError } from '../../lib/errors.ts';
import type { Application } from '../../package/application.ts';
import type { CollectedLine } from '../../telemetry/collector.ts';

/** What is asked of a component. */
export type Kind = 'test' | 'bench';

/** What one word of the command line names. */
export interface Subject {
  /** As the user wrote it. */
  readonly label: string;
  readonly application: Application;
}

/** One test or benchmark. */
export interface Case {
  readonly kind: Kind;
  readonly subject: Subject;
  readonly module: string;
  readonly number: number;
  readonly name: string;
}

/** How long the rounds of a benchmark took, in nanoseconds. */
export interface Rounds {
  readonly count: number;
  readonly fastest: number;
  readonly median: number;
  readonly slowest: number;
}

/** What came of a case. */
export interface Outcome {
  /** Why it failed: what was thrown on the way, or what the component said; `undefined` when it passed. */
  readonly failure: CodedError | undefined;
  readonly ms: number;
  readonly rounds: Rounds | undefined;
  /** What its application logged. */
  readonly lines: readonly CollectedLine[];
}

/** A component whose list of tests broke off. */
export interface ListFault {
  readonly subject: Subject;
  readonly failure: CodedError;
  readonly lines: readonly CollectedLine[];
}

/** What a subject has to offer. */
export interface Listing {
  readonly cases: readonly Case[];
  readonly faults: readonly ListFault[];
}

/** Writes what happens, as it happens. */
export interface Reporter {
  /** Once, before all others. */
  begin(total: number): void;
  fault(fault: ListFault): void;
  outcome(one: Case, outcome: Outcome): void;
  end(counts: { readonly passed: number; readonly failed: number; readonly ms: number }): void;
}
