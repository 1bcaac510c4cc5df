/**
 * TypeScript types for WIT values, for two readers: host functions (values of our component runtime) and
 * TypeScript guests (values of the QuickJS backend).
 *
 * @module
 */
import type { WitFunction, WitInterface, WitType, WitTypeDef } from './model.ts';
import { binding, camel, pascal } from './names.ts';
import type { PrimitiveKind } from './primitives.ts';

/** How WIT values look in JavaScript. */
export interface ValueRules {
  /** What stands for `none`. */
  readonly none: 'undefined' | 'null';
  /** Whether lists of numbers other than `u8` are typed arrays. */
  readonly typedArrays: boolean;
  /** Marks fields, lists and tuples as not to be written to. */
  readonly readonly: boolean;
}

/** Values as our component runtime gives and takes them. */
export const HOST_VALUES: ValueRules = {
  none: 'undefined',
  typedArrays: true,
  readonly: true,
};

/** Values as the QuickJS backend gives and takes them. */
export const GUEST_VALUES: ValueRules = {
  none: 'null',
  typedArrays: false,
  readonly: false,
};

/** Whether the code that the types are for gets a value or gives it: it may leave out more than it gets left out. */
export type Direction = 'gets' | 'gives';

const ARRAYS: Partial<Record<PrimitiveKind, string>> = {
  s8: 'Int8Array',
  s16: 'Int16Array',
  u16: 'Uint16Array',
  s32: 'Int32Array',
  u32: 'Uint32Array',
  s64: 'BigInt64Array',
  u64: 'BigUint64Array',
  f32: 'Float32Array',
  f64: 'Float64Array',
};

/**
 * A WIT type as TypeScript.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const maybe = { kind: 'option', of: { kind: 'u64' } } as const;
 * assert.equal(typeText(maybe, HOST_VALUES, 'gets'), 'bigint | undefined');
 * assert.equal(typeText(maybe, GUEST_VALUES, 'gives'), 'bigint | null | undefined');
 * ```
 */
export function typeText(type: WitType | undefined, rules: ValueRules, direction: Direction): string {
  if (!type) return 'void';
  switch (type.kind) {
    case 'bool':
      return 'boolean';
    case 'char':
    case 'string':
      return 'string';
    case 's64':
    case 'u64':
      return 'bigint';
    case 'named':
    case 'own':
    case 'borrow':
      return pascal(type.name);
    case 'list':
      return listText(type.of, rules, direction);
    case 'tuple': {
      const elements = type.elements.map((element) => typeText(element, rules, direction));
      return `${rules.readonly ? 'readonly ' : ''}[${elements.join(', ')}]`;
    }
    case 'option':
      return optionText(type.of, rules, direction);
    case 'result': {
      const part = (tag: string, of: WitType | undefined): string =>
        `{ ${fields(rules, [`tag: '${tag}'`, ...(of ? [`val: ${typeText(of, rules, direction)}`] : [])])} }`;
      return `${part('ok', type.ok)} | ${part('err', type.err)}`;
    }
    default:
      return 'number';
  }
}

/** A type definition as an exported declaration, docs included. */
export function definitionText({ name, docs, definition }: WitTypeDef, rules: ValueRules): string {
  const id = pascal(name);
  const head = docsText(docs);
  const line = rules.readonly ? 'readonly ' : '';
  switch (definition.kind) {
    case 'alias':
      return `${head}export type ${id} = ${typeText(definition.type, rules, 'gets')};\n`;
    case 'enum':
      return `${head}export type ${id} =${definition.names.map(({ name }) => `\n  | '${name}'`).join('')};\n`;
    case 'flags': {
      const names = definition.names.map(
        ({ name, docs }) => `${docsText(docs, '  ')}  ${line}${camel(name)}?: boolean;\n`,
      );
      return `${head}export interface ${id} {\n${names.join('')}}\n`;
    }
    case 'record': {
      const members = definition.fields.map(({ name, docs, type }) => {
        const optional = type.kind === 'option';
        const text = typeText(type, rules, optional ? 'gives' : 'gets');
        return `${docsText(docs, '  ')}  ${line}${camel(name)}${optional ? '?' : ''}: ${text};\n`;
      });
      return `${head}export interface ${id} {\n${members.join('')}}\n`;
    }
    case 'variant': {
      const cases = definition.cases.map(({ name, type }) => {
        const parts = [`tag: '${name}'`, ...(type ? [`val: ${typeText(type, rules, 'gets')}`] : [])];
        return `\n  | { ${fields(rules, parts)} }`;
      });
      return `${head}export type ${id} =${cases.join('')};\n`;
    }
    default:
      return '';
  }
}

/** `(key: string, …): Result`; `first` goes before the parameters. */
export function signatureText(
  fn: WitFunction,
  rules: ValueRules,
  gives: 'params' | 'result',
  first = '',
): string {
  const params = fn.params.map(
    ({ name, type }) =>
      `${binding(camel(name))}: ${typeText(type, rules, gives === 'params' ? 'gives' : 'gets')}`,
  );
  return `(${[...(first ? [first] : []), ...params].join(', ')}): ${resultText(fn, rules, gives === 'params' ? 'gets' : 'gives')}`;
}

/** A function that answers a `result` answers its `ok` and throws its `err`. */
export function resultText({ result }: WitFunction, rules: ValueRules, direction: Direction): string {
  return typeText(result?.kind === 'result' ? result.ok : result, rules, direction);
}

/** Docs as a JSDoc comment; says what a `result` throws. */
export function docsText(docs: string, indent = ''): string {
  if (!docs.trim()) return '';
  const lines = docs.replaceAll('*/', '* /').split('\n');
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join('\n')}\n${indent} */\n`;
}

/** What a function says of itself: its docs, those of its parameters, and what it throws. */
export function functionDocs(fn: WitFunction): string {
  const params = fn.params
    .filter(({ docs }) => docs)
    .map(({ name, docs }) => `@param ${binding(camel(name))} ${docs}`);
  const err = fn.result?.kind === 'result' ? fn.result.err : undefined;
  const throws = err
    ? [`@throws An error whose \`payload\` is the \`${err.kind === 'named' ? pascal(err.name) : err.kind}\``]
    : [];
  const tags = [...params, ...throws];
  return [fn.docs, ...(tags.length && fn.docs ? [''] : []), ...tags].join('\n');
}

/** Names of the types that an interface takes from others, by the interface and the name there. */
export function usedTypes(
  face: WitInterface,
): readonly { readonly from: string; readonly name: string; readonly as: string }[] {
  const used: { from: string; name: string; as: string }[] = [];
  for (const { name, definition } of face.types.values()) {
    if (definition.kind === 'use') used.push({ from: definition.from, name: definition.name, as: name });
  }
  return used;
}

function fields(rules: ValueRules, parts: readonly string[]): string {
  return parts.map((part) => (rules.readonly ? `readonly ${part}` : part)).join('; ');
}

function listText(of: WitType, rules: ValueRules, direction: Direction): string {
  if (of.kind === 'u8') return 'Uint8Array';
  const array = of.kind in ARRAYS ? ARRAYS[of.kind as PrimitiveKind] : undefined;
  if (array && rules.typedArrays) return array;
  const element = typeText(of, rules, direction);
  const bare = /^[\w.]+$/.test(element) ? element : `(${element})`;
  return `${rules.readonly ? 'readonly ' : ''}${bare}[]`;
}

/** `none` inside `some` cannot be the same value as `none` itself: nested options are tagged. */
function optionText(of: WitType, rules: ValueRules, direction: Direction): string {
  const some = typeText(of, rules, direction);
  if (of.kind === 'option') {
    const tagged = [`tag: 'some'`, `val: ${some}`];
    return `{ ${fields(rules, tagged)} } | { ${fields(rules, [`tag: 'none'`])} }`;
  }
  if (rules.none === 'undefined') return `${some} | undefined`;
  return direction === 'gives' ? `${some} | null | undefined` : `${some} | null`;
}
