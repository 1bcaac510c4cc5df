// Written by "npm run generate" from ../wit/: change that, not this.

import type { TestResult } from './api.ts';
export type { TestResult } from './api.ts';

/** Functions of `hermes:integration-test/event`. */
export interface IntegrationTestEvent {
  /** The test of this number: only its name, or with `run` what came of it. `none` when there are no more. */
  test(test: number, run: boolean): TestResult | undefined;

  /** The benchmark of this number: only its name, or with `run` one round of it. `none` when there are no more. */
  bench(test: number, run: boolean): TestResult | undefined;
}
