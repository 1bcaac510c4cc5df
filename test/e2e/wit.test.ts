import assert from 'node:assert/strict';
import { it } from 'node:test';
import { componentEmbed, componentNew } from '@bytecodealliance/jco-transpile/wasm-tools';
import { handlersOf, WORLD, worldText } from '../../src/build/world.ts';
import { typeSignature } from '../../src/cli/values/signature.ts';
import { installedWit } from '../../src/cli/wit.ts';
import { compile } from '../../src/component/index.ts';
import type { Wit, WitInterface, WitType } from '../../src/lib/wit/model.ts';
import { findType, membersOf, readWit } from '../../src/lib/wit/read.ts';

/** A WIT type as `typeSignature` writes the type of a component: names looked up and written out. */
function signature(wit: Wit, { id }: Pick<WitInterface, 'id'>, type: WitType): string {
  const inner = (type: WitType): string => signature(wit, { id }, type);
  switch (type.kind) {
    case 'list':
    case 'option':
      return `${type.kind}<${inner(type.of)}>`;
    case 'tuple':
      return `tuple<${type.elements.map(inner).join(', ')}>`;
    case 'result': {
      if (!type.ok && !type.err) return 'result';
      return `result<${type.ok ? inner(type.ok) : '_'}${type.err ? `, ${inner(type.err)}` : ''}>`;
    }
    case 'own':
    case 'borrow':
      return `${type.kind}<resource>`;
    case 'named':
      return definition(wit, findType(wit, id, type.name));
    default:
      return type.kind;
  }
}

function definition(wit: Wit, { face, type }: ReturnType<typeof findType>): string {
  const inner = (type: WitType): string => signature(wit, face, type);
  const found = type.definition;
  switch (found.kind) {
    case 'alias':
      return inner(found.type);
    case 'record':
      return `record { ${found.fields.map(({ name, type }) => `${name}: ${inner(type)}`).join(', ')} }`;
    case 'variant':
      return `variant { ${found.cases.map(({ name, type }) => (type ? `${name}(${inner(type)})` : name)).join(', ')} }`;
    case 'enum':
    case 'flags':
      return `${found.kind} { ${found.names.map(({ name }) => name).join(', ')} }`;
    case 'resource':
      return 'own<resource>';
    case 'use':
      throw new Error('Found a use behind a use');
  }
}

it('the WIT reader and wasm-tools read the same from the installed WIT', async () => {
  const wit = readWit(await installedWit());
  const handlers = [...handlersOf(wit).values()];
  const exports = new Map(handlers.map(({ face }) => [face.id, new Set(face.functions.keys())]));
  const imports = [...wit.interfaces.keys()].filter((id) => !exports.has(id));
  const witSource = worldText(wit, { imports, exports });
  const core = await componentEmbed({ dummy: true, witSource, world: WORLD });
  const component = await compile(new Uint8Array(await componentNew(core, [])));

  const read = (id: string, name: string): string => {
    const face = wit.interfaces.get(id);
    const fn = face && membersOf(face).find((member) => member.name === name)?.fn;
    assert.ok(face && fn, `${id}#${name} was not read`);
    const self = name.startsWith('[method]') ? ['self: borrow<resource>'] : [];
    const params = [...self, ...fn.params.map(({ name, type }) => `${name}: ${signature(wit, face, type)}`)];
    if (name.startsWith('[constructor]')) return `(${params.join(', ')}) -> own<resource>`;
    return `(${params.join(', ')}) -> ${fn.result ? signature(wit, face, fn.result) : 'nothing'}`;
  };
  let compared = 0;
  const compare = (
    id: string,
    name: string,
    { params, result }: (typeof component.exports)[number]['type'],
  ): void => {
    const list = params.map(({ name, type }) => `${name}: ${typeSignature(type)}`);
    assert.equal(
      read(id, name),
      `(${list.join(', ')}) -> ${result ? typeSignature(result) : 'nothing'}`,
      `${id}#${name}`,
    );
    compared += 1;
  };
  for (const { name, functions } of component.imports)
    for (const fn of functions) compare(name, fn.name, fn.type);
  for (const { name, type } of component.exports) {
    const [id = '', fn = ''] = name.split('#');
    compare(id, fn, type);
  }
  const known = [...wit.interfaces.values()].reduce((sum, face) => sum + membersOf(face).length, 0);
  assert.equal(compared, known);
});
