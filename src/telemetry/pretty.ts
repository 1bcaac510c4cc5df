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
 * One record of the log as lines for people: time, level, who it is about, message, fields; below it texts of
 * several lines, and the error with its causes. Every line but the first is indented, and nothing in it can move
 * the terminal.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const time = Date.UTC(2026, 7, 1, 12, 30, 5, 7);
 * const record = { time, level: 'warn', msg: 'Guest says', app: 'shop', module: 'api', text: 'a b', event: 7 };
 * assert.match(
 *   prettyLine(record, { colors: false }),
 *   /^\d\d:\d\d:05\.007 warn  shop\/api  Guest says  "a b" event=7\n$/,
 * );
 * ```
 */
export function prettyLine(
  { time, level, msg, error, extension, app, module, text, ...fields }: Readonly<Record<string, unknown>>,
  { colors }: PrettyOptions,
): string {
  const paint: Paint = (style, words) =>
    colors ? styleText(style, words, { validateStream: false }) : words;
  const [word, style] = LEVELS[String(level)] ?? [String(level), 'gray'];
  const place = [app, module].filter((part) => part !== undefined).map(shown);
  const about = [...(extension === undefined ? [] : [shown(extension)]), place.join('/')].filter(Boolean);
  const start = `${paint('gray', clockTime(Number(time)))} ${paint(style, word)}`;
  const message = printable(String(msg));
  const head =
    about.length > 0 ? [`${start} ${paint('cyan', about.join(' '))}`, message] : [`${start} ${message}`];
  const blocks = Object.entries({ text, ...fields }).filter(([, value]) => isBlock(value));
  const pairs = Object.entries(fields).filter(([, value]) => !isBlock(value));
  const said = text === undefined || isBlock(text) ? [] : [quoted(text)];
  const tail = [...said, ...pairs.map((pair) => paired(pair, paint))].join(' ');
  const lines = [[...head, ...(tail === '' ? [] : [tail])].join('  ')];
  for (const [key, value] of blocks) {
    if (key !== 'text') lines.push(`  ${paint('gray', `${printable(key)}:`)}`);
    for (const line of String(value).trimEnd().split('\n'))
      lines.push(`  ${paint('gray', '│')} ${printable(line)}`);
  }
  for (const line of errorLines(error)) lines.push(`  ${paint('gray', line)}`);
  return `${lines.join('\n')}\n`;
}

type Paint = (style: Style, words: string) => string;

/** What is better read as it was written: stacks, printed tables. */
function isBlock(value: unknown): value is string {
  return typeof value === 'string' && value.trimEnd().includes('\n');
}

function paired([key, value]: readonly [string, unknown], paint: Paint): string {
  return `${paint('gray', `${printable(key)}=`)}${shown(value)}`;
}

function quoted(value: unknown): string {
  return printable((JSON.stringify(value) ?? String(value)).replaceAll('\\\\', '\\'));
}

/** A word stands as it is; whatever could be taken for something else is quoted. */
function shown(value: unknown): string {
  if (typeof value === 'string') {
    return /^[\w./:@#+~-]+$/.test(value) ? value : quoted(value);
  }
  return printable(JSON.stringify(value) ?? String(value));
}

function clockTime(milliseconds: number): string {
  const zoned = Temporal.Instant.fromEpochMilliseconds(milliseconds).toZonedDateTimeISO(
    Temporal.Now.timeZoneId(),
  );
  return zoned.toPlainTime().toString({ smallestUnit: 'millisecond' });
}

/** Characters from which on a text is taken for a sentence. */
const SENTENCE = 40;

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
  const because = typeof cause === 'object' && cause !== null ? (cause as ShownError).text : undefined;
  // A sentence of the cause need not be said twice; a word is missed where the text speaks of it.
  const found = Object.entries(isObject(detail) ? detail : {}).filter(
    ([, value]) => value !== because || String(value).length < SENTENCE,
  );
  const pairs = found.filter(([, value]) => !isList(value)).map((pair) => paired(pair, (_, words) => words));
  yield printable(`${word}${kind ? `${kind}: ` : ''}${text}`) + pairs.map((pair) => `  ${pair}`).join('');
  for (const [key, value] of found) {
    if (!isList(value)) continue;
    yield `  ${printable(key)}:`;
    for (const item of value) yield `    - ${printable(item)}`;
  }
  if (typeof stack === 'string') {
    for (const line of stack.split('\n')) if (/^\s+at /.test(line)) yield `  ${printable(line.trim())}`;
  }
  yield* errorLines(cause, 'because ');
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Sentences, each of which deserves a line. */
function isList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((item) => typeof item === 'string');
}
