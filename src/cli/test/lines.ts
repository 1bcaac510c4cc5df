import { type CodedError, isCoded } from '../../lib/errors.ts';
import type { CollectedLine } from '../../telemetry/collector.ts';
import { printable } from '../../telemetry/printable.ts';
import { report } from '../report.ts';
import type { Rounds } from './types.ts';

/** What the sentence around a cause says, the mark before the test says already. */
function shownOf(failure: CodedError): unknown {
  return failure.code === 'TEST_RUN' || failure.code === 'TEST_LOAD' ? failure.cause : failure;
}

/** Why a case failed, as lines. */
export function failureLines(failure: CodedError): readonly string[] {
  return report(shownOf(failure), { colors: false, verbose: false }).trimEnd().split('\n');
}

/** The code that says most: that of the trap, of the deadline, of what refused the application. */
export function failureCode(failure: CodedError): string {
  const shown = shownOf(failure);
  return isCoded(shown) ? shown.code : failure.code;
}

/**
 * What guests said, and what the engine has to complain about: level, text, place; further lines of a text are indented.
 * What the failure says already is left out.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const fields = { text: 'two\nlines', file: 'src/index.ts', line: 7, data: { id: 1 } };
 * const lines = logLines([{ level: 'info', message: 'Guest says', fields, error: undefined }]);
 * assert.deepEqual(lines, ['info two', '  lines {"id":1} (src/index.ts:7)']);
 * ```
 */
export function logLines(lines: readonly CollectedLine[], failure?: CodedError): readonly string[] {
  const known = failure ? messages(failure) : [];
  return lines
    .filter((line) => isWorthIt(line, known))
    .flatMap(({ level, message, fields, error }) => {
      const { text = message, data, dataText, file, line } = fields;
      const more = data === undefined ? dataText : JSON.stringify(data);
      const place = file === undefined ? undefined : `(${file}${line === undefined ? '' : `:${line}`})`;
      const cause = Error.isError(error) ? error.message : undefined;
      const parts = [level, text, more, cause, place].filter((part) => part !== undefined);
      const [first = '', ...rest] = parts.join(' ').split('\n').map(printable);
      return [first, ...rest.map((next) => `  ${next}`)];
    });
}

function isWorthIt({ level, fields, error }: CollectedLine, known: readonly string[]): boolean {
  if (typeof fields['text'] === 'string') return true;
  if (level !== 'warn' && level !== 'error') return false;
  return !(Error.isError(error) && known.includes(error.message));
}

function messages(error: Error): readonly string[] {
  return [error.message, ...(Error.isError(error.cause) ? messages(error.cause) : [])];
}

/**
 * A time in the unit that suits it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual([480, 12_345, 7e6, 2.5e9].map(duration), ['480 ns', '12.3 µs', '7.00 ms', '2.50 s']);
 * ```
 */
export function duration(ns: number): string {
  const units = [
    [1e9, 's'],
    [1e6, 'ms'],
    [1e3, 'µs'],
  ] as const;
  for (const [size, unit] of units) if (ns >= size) return `${(ns / size).toPrecision(3)} ${unit}`;
  return `${Math.round(ns)} ns`;
}

/** What a benchmark took. */
export function roundsText({ count, fastest, median, slowest }: Rounds): string {
  return `${duration(median)} (${duration(fastest)} to ${duration(slowest)}, ${count} rounds)`;
}
