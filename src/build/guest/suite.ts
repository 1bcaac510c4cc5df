/**
 * Tests in a module: what `import { check, suite } from 'hermes:guest'` gives.
 *
 * @module
 */

/** What a test or benchmark does. It fails when it throws or answers `false`. */
// biome-ignore lint/suspicious/noConfusingVoidType: a test need not answer anything
export type TestCode = () => boolean | void;

/** `test-result` of `hermes:integration-test/api`. */
export interface TestAnswer {
  readonly name: string;
  readonly status: boolean;
}

/**
 * Named tests as the handler `test`, or named benchmarks as the handler `bench`. What a test throws is logged, with
 * its place in the source.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const test = suite({ 'adds numbers': () => check(1 + 1 === 2) });
 * assert.deepEqual(test(0, true), { name: 'adds numbers', status: true });
 * assert.equal(test(1, true), null);
 * ```
 */
export function suite(
  tests: Readonly<Record<string, TestCode>>,
): (number: number, run: boolean) => TestAnswer | null {
  const all = Object.entries(tests);
  return (number, run) => {
    const [name, code] = all[number] ?? [];
    if (name === undefined || code === undefined) return null;
    return { name, status: !run || passes(name, code) };
  };
}

function passes(name: string, code: TestCode): boolean {
  try {
    const answer: unknown = code();
    if (typeof (answer as { then?: unknown } | null | undefined)?.then === 'function') {
      throw new TypeError(
        `Cannot wait for a promise: the test "${name}" must not be async; host functions wait by themselves`,
      );
    }
    return answer !== false;
  } catch (error) {
    console.error(error);
    return false;
  }
}

/**
 * Throws unless the condition holds.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * check(2 > 1);
 * assert.throws(() => check(1 > 2, 'one is not above two'), /one is not above two/);
 * ```
 */
export function check(condition: unknown, message: string = 'This does not hold'): asserts condition {
  if (!condition) throw new Error(message);
}
