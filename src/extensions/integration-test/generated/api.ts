// Written by "npm run generate" from ../wit/: change that, not this.

/** One test or benchmark. */
export interface TestResult {
  /** What it is called. */
  readonly name: string;
  /** Whether it passed; true when it was only asked for its name. */
  readonly status: boolean;
}
