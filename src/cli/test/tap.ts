import { failureCode, failureLines, logLines } from './lines.ts';
import type { Case, Outcome, Reporter } from './types.ts';

/**
 * A report for programs: TAP version 14, a failure with its reason and its log as YAML.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const said: string[] = [];
 * const reporter = tapReporter((text) => void said.push(text));
 * reporter.begin(0);
 * assert.equal(said.join(''), 'TAP version 14\n1..0\n');
 * ```
 */
export function tapReporter(out: (text: string) => void): Reporter {
  let number = 0;
  const point = (passed: boolean, name: string, block: Readonly<Record<string, unknown>>): void => {
    number += 1;
    out(`${passed ? 'ok' : 'not ok'} ${number} - ${escaped(name)}\n`);
    const rows = Object.entries(block).filter(([, value]) => value !== undefined);
    if (rows.length === 0) return;
    // JSON is YAML.
    const lines = rows.map(([key, value]) => `  ${key}: ${JSON.stringify(value)}\n`);
    out(`  ---\n${lines.join('')}  ...\n`);
  };
  return {
    begin(total) {
      out(`TAP version 14\n1..${total}\n`);
    },
    fault({ subject, failure, lines }) {
      const what = failure.code === 'TEST_LOAD' ? 'starts' : 'lists its tests';
      point(false, `${subject.label}: ${what}`, {
        code: failureCode(failure),
        message: failureLines(failure).join('\n'),
        log: logLines(lines, failure),
      });
    },
    outcome({ subject, module, name }: Case, { failure, ms, rounds, lines }: Outcome) {
      const of = subject.application.modules.length > 1 ? `${subject.label} ${module}` : subject.label;
      point(!failure, `${of}: ${name}`, {
        duration_ms: rounds ? undefined : Number(ms.toFixed(3)),
        ...(rounds && {
          rounds: rounds.count,
          median_ns: Math.round(rounds.median),
          fastest_ns: Math.round(rounds.fastest),
          slowest_ns: Math.round(rounds.slowest),
        }),
        ...(failure && {
          code: failureCode(failure),
          message: failureLines(failure).join('\n'),
          log: logLines(lines, failure),
        }),
      });
    },
    end({ passed, failed }) {
      out(`# passed ${passed}\n# failed ${failed}\n`);
    },
  };
}

/** A description on one line, in which nothing is a directive. */
function escaped(text: string): string {
  return text.replaceAll(/[\\#]/g, '\\$&').replaceAll(/[\p{Cc}\u2028\u2029]/gu, ' ');
}
