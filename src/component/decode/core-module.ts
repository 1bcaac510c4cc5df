/**
 * The imports and exports of a core module, without looking into its code: `WebAssembly.compile` does that.
 *
 * @module
 */
import type { CoreDef, CoreFuncDef, RawCoreExtern } from './ast.ts';
import { coreExtern, coreRecType, globalType, heapType, memoryType, tableType } from './core-parse.ts';
import { type CoreExtern, type CoreImport, importKey, type ModuleType } from './core-types.ts';
import { invalid, malformed, unsupported } from './errors.ts';
import { hex, type Reader } from './reader.ts';

interface Spaces {
  readonly types: CoreDef[];
  readonly func: CoreExtern[];
  readonly table: CoreExtern[];
  readonly memory: CoreExtern[];
  readonly global: CoreExtern[];
  readonly tag: CoreExtern[];
}

const SORTS = ['func', 'table', 'memory', 'global', 'tag'] as const;

/** Reads a module to the reader's end. Throws `COMPONENT_MALFORMED` or `COMPONENT_INVALID`. */
export function readModule(reader: Reader): ModuleType {
  const start = reader.at;
  const magic = reader.take(8, 'core module');
  if ([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0].some((byte, n) => magic[n] !== byte))
    throw malformed('unknown binary version: expected a core module', start);
  const spaces: Spaces = { types: [], func: [], table: [], memory: [], global: [], tag: [] };
  const imports = new Map<string, CoreImport>();
  const exports = new Map<string, CoreExtern>();
  while (!reader.done) {
    const id = reader.u8('section of a core module');
    const size = reader.u32('size of a section');
    const section = reader.window(size, 'section of a core module');
    readSection(id, section, spaces, imports, exports);
  }
  return { imports: [...imports.values()], exports };
}

function readSection(
  id: number,
  section: Reader,
  spaces: Spaces,
  imports: Map<string, CoreImport>,
  exports: Map<string, CoreExtern>,
): void {
  switch (id) {
    case 1:
      for (let left = section.count('types'); left > 0; left -= 1)
        for (const type of coreRecType(section)) spaces.types.push(type);
      break;
    case 2:
      section.vec('imports', (reader) => readImport(reader, spaces, imports));
      break;
    case 3:
      section.vec('functions', (reader) =>
        spaces.func.push(
          resolveExtern({ kind: 'func', type: reader.u32('type index') }, spaces.types, reader.at),
        ),
      );
      break;
    case 4:
      section.vec('tables', (reader) => spaces.table.push(readTable(reader)));
      break;
    case 5:
      section.vec('memories', (reader) => spaces.memory.push(memoryType(reader)));
      break;
    case 6:
      section.vec('globals', (reader) => {
        spaces.global.push(globalType(reader));
        skipExpression(reader);
      });
      break;
    case 7:
      section.vec('exports', (reader) => readExport(reader, spaces, exports));
      break;
    case 13:
      section.vec('tags', (reader) => {
        reader.expect(0, 'attribute of a tag');
        spaces.tag.push(
          resolveExtern({ kind: 'tag', type: reader.u32('type index') }, spaces.types, reader.at),
        );
      });
      break;
    default:
      return;
  }
  section.finish('section of a core module');
}

function readImport(reader: Reader, spaces: Spaces, imports: Map<string, CoreImport>): void {
  const at = reader.at;
  const module = reader.name('module name of an import');
  const name = reader.name('name of an import');
  const type = resolveExtern(coreExtern(reader), spaces.types, at);
  const one = { module, name, type };
  if (imports.has(importKey(one))) throw invalid(`duplicate import name \`${module}:${name}\``, at);
  imports.set(importKey(one), one);
  spaces[type.kind].push(type);
}

function readExport(reader: Reader, spaces: Spaces, exports: Map<string, CoreExtern>): void {
  const at = reader.at;
  const name = reader.name('name of an export');
  const code = reader.u8('kind of an export');
  const sort = SORTS[code];
  if (!sort) throw malformed(`invalid leading byte (${hex(code)}) for the kind of an export`, at);
  const type = spaces[sort][reader.u32('index of an export')];
  if (!type) throw invalid(`core export \`${name}\`: ${sort} index out of bounds`, at);
  if (exports.has(name)) throw invalid(`core export name \`${name}\` already defined`, at);
  exports.set(name, type);
}

function readTable(reader: Reader): CoreExtern {
  if (reader.peek() !== 0x40) return tableType(reader);
  reader.u8('table with initial value');
  reader.expect(0, 'table with initial value');
  const type = tableType(reader);
  skipExpression(reader);
  return type;
}

/** Replaces the type index of a function or tag by the type. */
export function resolveExtern(raw: RawCoreExtern, types: readonly CoreDef[], at: number): CoreExtern {
  if (raw.kind === 'global' || !('type' in raw)) return raw;
  const type = types[raw.type];
  if (!type) throw invalid('core type index out of bounds', at);
  if (type.kind !== 'func') throw invalid(`core type index ${raw.type} is not a function type`, at);
  return externOf(raw.kind, type);
}

function externOf(kind: 'func' | 'tag', { params, results }: CoreFuncDef): CoreExtern {
  return { kind, params, results };
}

/** Passes over a constant expression. */
function skipExpression(reader: Reader): void {
  for (;;) {
    const at = reader.at;
    const code = reader.u8('constant expression');
    if (code === 0x0b) return;
    if (code === 0x41) reader.skipLeb('constant', 32);
    else if (code === 0x42) reader.skipLeb('constant', 64);
    else if (code === 0x43) reader.take(4, 'constant');
    else if (code === 0x44) reader.take(8, 'constant');
    else if (code === 0x23 || code === 0xd2) reader.u32('index');
    else if (code === 0xd0) heapType(reader);
    else if (code === 0xfd) skipVector(reader, at);
    else if (code === 0xfb) skipReference(reader, at);
    else if (![0x6a, 0x6b, 0x6c, 0x7c, 0x7d, 0x7e].includes(code))
      throw unsupported(`instruction ${hex(code)} in a constant expression`, at);
  }
}

function skipVector(reader: Reader, at: number): void {
  if (reader.u32('vector instruction') !== 0x0c) throw malformed('constant expression required', at);
  reader.take(16, 'constant');
}

function skipReference(reader: Reader, at: number): void {
  const code = reader.u32('reference instruction');
  const indices = { 0: 1, 1: 1, 6: 1, 7: 1, 8: 2, 26: 0, 27: 0, 28: 0 }[code];
  if (indices === undefined) throw unsupported(`instruction 0xfb ${code} in a constant expression`, at);
  for (let n = 0; n < indices; n += 1) reader.u32('index');
}
