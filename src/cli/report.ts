import { styleText } from 'node:util';
import { type CodedError, type ErrorDetail, isCoded } from '../lib/errors.ts';
import { printable } from '../telemetry/printable.ts';

export interface ReportOptions {
  readonly colors: boolean;
  /** Stacks too. */
  readonly verbose: boolean;
}

/**
 * An error as one block of lines: code and sentence, what was found, causes. Whatever comes from outside cannot
 * move the terminal.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CodedError } from '../lib/errors.ts';
 * const row = { blame: 'operator', text: 'Cannot load the application: correct the listed faults' } as const;
 * const error = new CodedError('APP_INVALID', row, { folder: 'shop', faults: ['a is missing', 'b is wrong'] });
 * assert.equal(
 *   report(error, { colors: false, verbose: false }),
 *   'Error APP_INVALID: Cannot load the application: correct the listed faults\n' +
 *     '  folder: shop\n  - a is missing\n  - b is wrong\n',
 * );
 * ```
 */
export function report(error: unknown, { colors, verbose }: ReportOptions): string {
  const paint = (style: 'red' | 'gray', text: string): string =>
    colors ? styleText(style, text, { validateStream: false }) : text;
  const coded = isCoded(error);
  const head = coded ? `Error ${error.code}: ` : 'Error INTERNAL: ';
  const lines = [`${paint('red', head)}${escaped(messageOf(error))}`];
  const details = coded ? detailLines(withoutCause(error), '  ') : [];
  lines.push(...details);
  for (let cause = causeOf(error); cause !== undefined; cause = causeOf(cause)) {
    lines.push(`  caused by: ${isCoded(cause) ? `${cause.code}: ` : ''}${escaped(messageOf(cause))}`);
    // What the error took over from its cause is said once.
    const more = isCoded(cause) ? detailLines(withoutCause(cause), '    ') : [];
    lines.push(...more.filter((line) => !details.includes(line.slice(2))));
  }
  if (!coded) lines.push('  This is a fault of Hermes itself: please report it, with what --verbose adds');
  if (verbose && Error.isError(error)) lines.push(...stackLines(error).map((line) => paint('gray', line)));
  return `${lines.join('\n')}\n`;
}

/** The details without one that only says what the cause says. */
function withoutCause({ detail, cause }: CodedError): ErrorDetail {
  if (!Error.isError(cause)) return detail;
  return Object.fromEntries(Object.entries(detail).filter(([, value]) => value !== cause.message));
}

/** Lists become bullets, whatever else stands behind its name. */
function detailLines(detail: Readonly<Record<string, unknown>>, indent: string): readonly string[] {
  return Object.entries(detail).flatMap(([key, value]) => {
    if (value === undefined) return [];
    if (!Array.isArray(value)) return bullet(`${key}: `, value, indent);
    const items = value.flatMap((item) => bullet('- ', item, key === 'faults' ? indent : `${indent}  `));
    return key === 'faults' ? items : [`${indent}${key}:`, ...items];
  });
}

function bullet(mark: string, value: unknown, indent: string): readonly string[] {
  const [first = '', ...rest] = textOf(value).split('\n').map(escaped);
  return [`${indent}${mark}${first}`, ...rest.map((line) => `${indent}${' '.repeat(2)}${line}`)];
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (isFault(value)) {
    const { module, code, text, detail } = value;
    const more = detail === undefined ? '' : Object.keys(detail).length > 0 ? ` ${json(detail)}` : '';
    return `${module}: ${code === undefined ? '' : `${code}: `}${text}${more}`;
  }
  return json(value);
}

interface ModuleFault {
  readonly module: string;
  readonly text: string;
  readonly code?: string;
  readonly detail?: object;
}

/** What is wrong with one module of an application. */
function isFault(value: unknown): value is ModuleFault {
  return typeof value === 'object' && value !== null && 'module' in value && 'text' in value;
}

function json(value: unknown): string {
  const text = JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'bigint' ? String(inner) : inner,
  );
  return text ?? String(value);
}

/** Tabs stay: lines of sources have them, and carets stand below. */
function escaped(text: string): string {
  return text.split('\t').map(printable).join('\t');
}

function messageOf(error: unknown): string {
  return Error.isError(error) ? error.message : String(error);
}

function causeOf(error: unknown): unknown {
  return Error.isError(error) ? error.cause : undefined;
}

function stackLines(error: Error): readonly string[] {
  const lines = (error.stack ?? '').split('\n').filter((line) => line.trimStart().startsWith('at '));
  const { cause } = error;
  return [...lines.map(escaped), ...(Error.isError(cause) ? ['  caused by', ...stackLines(cause)] : [])];
}
