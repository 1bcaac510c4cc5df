import { styleText } from 'node:util';
import { printable } from '../../telemetry/printable.ts';
import { failureLines, logLines, roundsText } from './lines.ts';
import type { Case, Outcome, Reporter, Subject } from './types.ts';

export interface PrettyOptions {
  readonly out: (text: string) => void;
  readonly colors: boolean;
  /** Shows the log of cases that passed, too. */
  readonly verbose: boolean;
}

type Style = 'green' | 'red' | 'gray' | 'bold';

/**
 * A report for people: each case a line below the component it belongs to, each failure with its reason and its log.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const said: string[] = [];
 * const reporter = prettyReporter({ out: (text) => void said.push(text), colors: false, verbose: false });
 * reporter.begin(0);
 * reporter.end({ passed: 3, failed: 0, ms: 1234 });
 * assert.equal(said.join(''), '\n3 passed (1.2 s)\n');
 * ```
 */
export function prettyReporter({ out, colors, verbose }: PrettyOptions): Reporter {
  const paint = (style: Style, text: string): string =>
    colors ? styleText(style, text, { validateStream: false }) : text;
  const block = (lines: readonly string[], style?: Style): void => {
    for (const line of lines) out(`      ${style ? paint(style, line) : line}\n`);
  };
  let above: string | undefined;
  const heading = (subject: Subject, module?: string): void => {
    const name = subject.application.modules.length > 1 && module !== undefined ? ` ${module}` : '';
    const text = printable(`${subject.label}${name}`);
    if (text !== above) out(`${above === undefined ? '' : '\n'}${paint('bold', text)}\n`);
    above = text;
  };
  return {
    begin() {},
    fault({ subject, failure, lines }) {
      heading(subject);
      out(`  ${paint('red', '✗')} ${failure.code === 'TEST_LOAD' ? 'does not start' : 'cannot be listed'}\n`);
      block(failureLines(failure));
      block(logLines(lines, failure), 'gray');
    },
    outcome({ subject, module, name }: Case, { failure, ms, rounds, lines }: Outcome) {
      heading(subject, module);
      const mark = failure ? paint('red', '✗') : paint('green', '✓');
      const time = rounds ? roundsText(rounds) : `(${ms.toFixed(1)} ms)`;
      out(`  ${mark} ${printable(name)} ${paint('gray', time)}\n`);
      if (failure) block(failureLines(failure));
      if (failure || verbose) block(logLines(lines, failure), 'gray');
    },
    end({ passed, failed, ms }) {
      const counts = failed > 0 ? `${passed} passed, ${failed} failed` : `${passed} passed`;
      out(`\n${paint(failed > 0 ? 'red' : 'green', counts)} (${(ms / 1000).toFixed(1)} s)\n`);
    },
  };
}
