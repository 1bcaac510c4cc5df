import type { Wit, WitInterface, WitResource } from '../../lib/wit/model.ts';
import { binding, camel, pascal } from '../../lib/wit/names.ts';
import {
  definitionText,
  docsText,
  functionDocs,
  GUEST_VALUES,
  resultText,
  signatureText,
  usedTypes,
} from '../../lib/wit/typescript.ts';
import { GUEST_GLOBALS } from './globals.ts';

const HEAD = `// Written by "hermes build": types of what a module imports and exports.
//
// 64-bit integers are \`bigint\`. Smaller ones are numbers, and wrap around out of range. \`none\` comes as null; null, undefined or a field left out may be given.
// Functions that answer a \`result\` throw its error, which is in \`payload\`. Handlers answer at once: host
// functions wait by themselves, and what a promise would do later is never run.
`;

/**
 * The declarations that a TypeScript module is checked against: one ambient module for each interface of the
 * WIT, with values as QuickJS gives and takes them, and the globals of a guest. Functions of exported
 * interfaces are types there: `Reply` is what `export const reply` has to be.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { readWit } from '../../lib/wit/read.ts';
 * const text = 'package a:b; interface api { size: func(key: string) -> option<u64>; }';
 * const types = guestTypes(readWit([{ path: 'b.wit', text }]));
 * assert.ok(types.includes('export function size(key: string): bigint | null;'));
 * ```
 */
export function guestTypes(wit: Wit): string {
  const exported = new Set([...wit.worlds.values()].flatMap(({ exports }) => exports));
  const modules = [...wit.interfaces.values()].map((face) => moduleText(face, exported.has(face.id)));
  return [HEAD, GUEST_GLOBALS, ...modules].join('\n');
}

function moduleText(face: WitInterface, exported: boolean): string {
  const parts = [
    ...importLines(face),
    ...[...face.types.values()].map((type) =>
      type.definition.kind === 'resource'
        ? resourceText(pascal(type.name), type.docs, type.definition)
        : definitionText(type, GUEST_VALUES),
    ),
    ...[...face.functions.values()].map((fn) => {
      const docs = docsText(functionDocs(fn));
      if (exported) return `${docs}export type ${pascal(fn.name)} = ${handlerText(fn)};\n`;
      const name = camel(fn.name);
      const bound = binding(name);
      const text = `function ${bound}${signatureText(fn, GUEST_VALUES, 'params')};\n`;
      // A reserved word cannot be declared, but it can be exported and imported under another name.
      return name === bound ? `${docs}export ${text}` : `${docs}${text}export { ${bound} as ${name} };\n`;
    }),
  ].filter((part) => part !== '');
  const body = parts.join('\n').replace(/^(?=.)/gm, '  ');
  return `${docsText(face.docs)}declare module '${face.id}' {\n${body}}\n`;
}

/** What a handler answers may be left out where `none` may stand. */
function handlerText(fn: Parameters<typeof signatureText>[0]): string {
  const signature = signatureText(fn, GUEST_VALUES, 'result');
  const answer = resultText(fn, GUEST_VALUES, 'gives');
  const end = signature.lastIndexOf(`): ${answer}`);
  return `${signature.slice(0, end)}) => ${answer}`;
}

function importLines(face: WitInterface): readonly string[] {
  return usedTypes(face).map(({ from, name, as }) => {
    const text = name === as ? pascal(name) : `${pascal(name)} as ${pascal(as)}`;
    return `import type { ${text} } from '${from}';\nexport type { ${pascal(as)} };\n`;
  });
}

function resourceText(name: string, docs: string, { create, methods, statics }: WitResource): string {
  const member = (fn: Parameters<typeof signatureText>[0], before: string): string =>
    `${docsText(functionDocs(fn), '  ')}  ${before}${camel(fn.name)}${signatureText(fn, GUEST_VALUES, 'params')};\n`;
  const creating = create
    ? `${docsText(functionDocs(create), '  ')}  constructor${signatureText(create, GUEST_VALUES, 'params').replace(/\): .*$/s, ')')};\n`
    : '  private constructor();\n';
  const members = [
    creating,
    ...methods.map((fn) => member(fn, '')),
    ...statics.map((fn) => member(fn, 'static ')),
    '  /** Gives the resource back to the host before the event ends. */\n  [Symbol.dispose](): void;\n',
  ];
  return `${docsText(docs)}export class ${name} {\n${members.join('\n')}}\n`;
}
