import type { ExportInfo } from '../../component/index.ts';
import { fail } from '../errors.ts';
import { createValueFaults } from '../values/faults.ts';
import { fromJson } from '../values/from-json.ts';
import { functionSignature } from '../values/signature.ts';

/**
 * Reads the words of a command line as the arguments of an export. Throws `CALL_ARGUMENTS` with every fault.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const type = { params: [{ name: 'key', type: { kind: 'string' } }], result: undefined } as const;
 * assert.deepEqual(argumentsOf({ name: 'a:b/c#d', type }, ['"x"']), ['x']);
 * assert.throws(() => argumentsOf({ name: 'a:b/c#d', type }, ['x']), { code: 'CALL_ARGUMENTS' });
 * ```
 */
export function argumentsOf({ name, type }: ExportInfo, words: readonly string[]): readonly unknown[] {
  const { params } = type;
  const signature = functionSignature(type);
  if (words.length !== params.length) {
    const fault = `${params.length} arguments are needed, ${words.length} were given`;
    throw fail('CALL_ARGUMENTS', { export: name, signature, faults: [fault] });
  }
  const unread: string[] = [];
  const faults = createValueFaults();
  const args = params.map(({ name, type }, index) => {
    const path = `argument ${index + 1} (${name})`;
    const word = words[index] ?? '';
    const value = parse(word);
    if (value !== undefined) return fromJson(type, value.json, path, faults);
    const hint =
      type.kind === 'string'
        ? `: a text needs quotes, ${JSON.stringify(JSON.stringify(word))} in most shells`
        : '';
    unread.push(`${path} is no JSON${hint}; found ${word}`);
    return undefined;
  });
  const all = [...unread, ...faults.sentences];
  if (all.length > 0) throw fail('CALL_ARGUMENTS', { export: name, signature, faults: all });
  return args;
}

function parse(word: string): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(word) };
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
