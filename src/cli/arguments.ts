import { parseArgs } from 'node:util';
import { suggest } from '../lib/nearest.ts';
import { COMMON, type Command, type Given } from './command.ts';
import { fail } from './errors.ts';

/**
 * Reads what stands behind a command. A negative number is a word, not an option. Throws `USAGE` for unknown
 * options, options without their value, flags with one, and options given twice.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const options = { port: { type: 'string', help: 'The port' } } as const;
 * const command = { name: 'serve', summary: '', usage: '', about: '', options, examples: [], run: async () => 0 };
 * const given = readArguments(['folder', '--port', '80', '-5'], command);
 * assert.deepEqual([given.words, given.text('port'), given.flag('verbose')], [['folder', '-5'], ['80'], false]);
 * assert.throws(() => readArguments(['--prot', '80'], command), { code: 'USAGE' });
 * ```
 */
export function readArguments(args: readonly string[], { name, options }: Command): Given {
  const known = { ...COMMON, ...options };
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      Object.entries(known).map(([key, { type, short }]) => [
        key,
        { type, multiple: true, ...(short && { short }) },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const words: string[] = [];
  const values = new Map<string, string[]>();
  const faults: string[] = [];
  let number: number | undefined;
  for (const token of tokens) {
    if (token.kind === 'positional') words.push(token.value);
    if (token.kind !== 'option' || token.index === number) continue;
    const raw = args[token.index] ?? '';
    if (/^-\.?\d/.test(raw)) {
      // What looks like a group of short options is one number; all its letters stand at one index.
      number = token.index;
      words.push(raw);
      continue;
    }
    const option = Object.hasOwn(known, token.name) ? known[token.name] : undefined;
    const fault = faultOf(token, option, values);
    if (fault !== undefined) faults.push(fault);
    if (!option)
      faults.push(
        `${token.rawName} is unknown: ${suggest(
          `--${token.name}`,
          Object.keys(known).map((key) => `--${key}`),
        )}`,
      );
    values.set(token.name, [...(values.get(token.name) ?? []), token.value ?? '']);
  }
  if (faults.length > 0) throw fail('USAGE', { command: name, faults });
  return { words, text: (option) => values.get(option) ?? [], flag: (option) => values.has(option) };
}

function faultOf(
  token: { readonly name: string; readonly rawName: string; readonly value: string | undefined },
  option: Command['options'][string] | undefined,
  values: ReadonlyMap<string, readonly string[]>,
): string | undefined {
  if (!option) return undefined;
  if (option.type === 'string' && token.value === undefined) {
    return `${token.rawName} needs a value: ${token.rawName} <${option.value ?? 'text'}>`;
  }
  if (option.type === 'boolean' && token.value !== undefined) return `${token.rawName} takes no value`;
  if (!option.multiple && values.has(token.name)) return `${token.rawName} stands twice: give it once`;
  return undefined;
}

/** Throws `USAGE` unless a command got as many words as it takes. */
export function expectWords(
  { words }: Given,
  {
    command,
    what,
    least,
    most = Number.POSITIVE_INFINITY,
  }: {
    readonly command: string;
    /** What the words are, as `the folder of an application`. */
    readonly what: string;
    readonly least: number;
    readonly most?: number;
  },
): void {
  if (words.length < least) throw fail('USAGE', { command, faults: [`${what} is missing`] });
  if (words.length > most) {
    throw fail('USAGE', {
      command,
      faults: [`${JSON.stringify(words[most])} is one word too many: give ${what}`],
    });
  }
}
