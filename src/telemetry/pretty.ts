import { styleText } from 'node:util';
import { printable } from './printable.ts';

export interface PrettyOptions {
  readonly colors: boolean;
}

type Style = Parameters<typeof styleText>[0];

const LEVELS: Readonly<Record<string, readonly [word: string, style: Style]>> = {
  trace: ['trace', 'gray'],
  debug: ['debug', 'gray'],
  info: ['info ', 'green'],
  warn: ['warn ', 'yellow'],
  error: ['error', 'red'],
};

/**
 * One record of the log as lines for people: time, level, message, fields, and below it the error with its
 * causes. Nothing in it can move the terminal.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const record = { time: Date.UTC(2026, 7, 1, 12, 30, 5, 7), level: 'info', msg: 'Application runs', app: 'shop', ms: 12 };
 * assert.match(prettyLine(record, { colors: false }), /^\d\d:\d\d:05\.007 info  Application runs  app=shop ms=12\n$/);
 * ```
 */
export function prettyLine(
  { time, level, msg, error, ...fields }: Readonly<Record<string, unknown>>,
  { colors }: PrettyOptions,
): string {
  const paint = (style: Style, text: string): string =>
    colors ? styleText(style, text, { validateStream: false }) : text;
  const [word, style] = LEVELS[String(level)] ?? [String(level), 'gray'];
  const pairs = Object.entries(fields).map(
    ([key, value]) => `${paint('gray', `${printable(key)}=`)}${shown(value)}`,
  );
  const head = [paint('gray', clockTime(Number(time))), paint(style, word), printable(String(msg))].join(' ');
  const lines = [pairs.length > 0 ? `${head}  ${pairs.join(' ')}` : head];
  for (const text of errorLines(error)) lines.push(`  ${paint('gray', text)}`);
  return `${lines.join('\n')}\n`;
}

/** A word stands as it is; whatever could be taken for something else is quoted. */
function shown(value: unknown): string {
  if (typeof value === 'string') {
    return /^[\w./:@#+~-]+$/.test(value) ? value : printable(JSON.stringify(value).replaceAll('\\\\', '\\'));
  }
  return printable(JSON.stringify(value) ?? String(value));
}

function clockTime(milliseconds: number): string {
  const zoned = Temporal.Instant.fromEpochMilliseconds(milliseconds).toZonedDateTimeISO(
    Temporal.Now.timeZoneId(),
  );
  return zoned.toPlainTime().toString({ smallestUnit: 'millisecond' });
}

interface ShownError {
  readonly text?: unknown;
  readonly name?: unknown;
  readonly code?: unknown;
  readonly detail?: unknown;
  readonly stack?: unknown;
  readonly cause?: unknown;
}

function* errorLines(error: unknown, word = ''): Generator<string> {
  if (typeof error !== 'object' || error === null) return;
  const { text, name, code, detail, stack, cause } = error as ShownError;
  const kind = [name, code].filter((part) => part !== undefined).join(' ');
  const more =
    typeof detail === 'object' && detail && Object.keys(detail).length > 0
      ? ` ${JSON.stringify(detail)}`
      : '';
  yield printable(`${word}${kind ? `${kind}: ` : ''}${text}${more}`);
  if (typeof stack === 'string') {
    for (const line of stack.split('\n')) if (/^\s+at /.test(line)) yield `  ${printable(line.trim())}`;
  }
  yield* errorLines(cause, 'because ');
}
