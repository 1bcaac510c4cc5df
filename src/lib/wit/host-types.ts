import type { Wit, WitDefinition, WitInterface, WitType } from './model.ts';
import { camel, pascal } from './names.ts';
import { findType } from './read.ts';
import { definitionText, docsText, functionDocs, HOST_VALUES, signatureText } from './typescript.ts';

/**
 * The TypeScript module for host code of one interface: its types, and an interface with its functions. The
 * first parameter of every host function is a type parameter: `Call` in guest halves, `Caller` in services. Types of
 * other packages are written out, because extensions do not look into each other.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { readWit } from './read.ts';
 * const wit = readWit([{ path: 'a.wit', text: 'package a:store; interface api { size: func(key: string) -> option<u64>; }' }]);
 * const face = wit.interfaces.get('a:store/api');
 * assert.ok(face && hostTypes(wit, face).includes('size(call: C, key: string): bigint | undefined;'));
 * ```
 */
export function hostTypes(wit: Wit, face: WitInterface): string {
  const pkg = face.id.slice(0, face.id.indexOf('/'));
  const imports = new Map<string, Set<string>>();
  const types: string[] = [];
  const seen = new Set<string>();

  const define = (id: string, name: string, as: string): void => {
    if (seen.has(as)) return;
    seen.add(as);
    const found = findType(wit, id, name);
    if (found.face !== face && found.face.id.startsWith(`${pkg}/`)) {
      const names = imports.get(found.face.name) ?? new Set();
      names.add(as === found.type.name ? pascal(as) : `${pascal(found.type.name)} as ${pascal(as)}`);
      imports.set(found.face.name, names);
      return;
    }
    for (const needed of namesIn(found.type.definition)) define(found.face.id, needed, needed);
    types.push(
      found.type.definition.kind === 'resource'
        ? resourceText(as, found.type.docs)
        : definitionText({ ...found.type, name: as }, HOST_VALUES),
    );
  };
  for (const name of face.types.keys()) define(face.id, name, name);

  // What a world exports is called by the host, on a guest: nobody hands a call to it.
  const exported = [...wit.worlds.values()].some(({ exports }) => exports.includes(face.id));
  const functions = [...face.functions.values()].map((fn) => {
    const signature = exported
      ? signatureText(fn, HOST_VALUES, 'params')
      : signatureText(fn, HOST_VALUES, 'result', 'call: C');
    return `${docsText(functionDocs(fn), '  ')}  ${camel(fn.name)}${signature};\n`;
  });
  const lines = [...imports].map(
    ([from, names]) => `import type { ${[...names].toSorted().join(', ')} } from './${from}.ts';\n`,
  );
  const reexported = [...imports].map(
    ([from, names]) => `export type { ${[...names].toSorted().join(', ')} } from './${from}.ts';\n`,
  );
  const name = `${pascal(pkg.slice(pkg.indexOf(':') + 1).replace(/@.*/, ''))}${pascal(face.name)}`;
  return [
    `// Written by "npm run generate" from ../wit/: change that, not this.\n`,
    `${[...lines, ...reexported].join('')}`,
    ...types,
    functions.length > 0
      ? `${docsText(`Functions of \`${face.id}\`.`)}export interface ${name}${exported ? '' : '<C>'} {\n${functions.join('\n')}}\n`
      : '',
  ]
    .filter((part) => part !== '')
    .join('\n');
}

/** Host resources are classes of the extension: what they hold is its own business. */
function resourceText(name: string, docs: string): string {
  return `${docsText(docs)}export type ${pascal(name)} = object;\n`;
}

function namesIn(definition: WitDefinition): readonly string[] {
  switch (definition.kind) {
    case 'alias':
      return namesOf(definition.type);
    case 'record':
      return definition.fields.flatMap(({ type }) => namesOf(type));
    case 'variant':
      return definition.cases.flatMap(({ type }) => namesOf(type));
    default:
      return [];
  }
}

function namesOf(type: WitType | undefined): readonly string[] {
  if (!type) return [];
  if (type.kind === 'named' || type.kind === 'own' || type.kind === 'borrow') return [type.name];
  if (type.kind === 'list' || type.kind === 'option') return namesOf(type.of);
  if (type.kind === 'tuple') return type.elements.flatMap(namesOf);
  if (type.kind === 'result') return [...namesOf(type.ok), ...namesOf(type.err)];
  return [];
}
