/**
 * From the bytes of a component to its definitions, in order.
 *
 * @module
 */
import type { CoreSort, Definition, ExternName, Item, ModuleDecl, RawType, Sort, SortIndex } from './ast.ts';
import { coreCompType, coreExtern, coreRecType } from './core-parse.ts';
import { foreign, invalid, limit, malformed, unsupported } from './errors.ts';
import { type Counter, counter, limits } from './limits.ts';
import { canon } from './parse-canon.ts';
import { externName, externType, simpleType } from './parse-types.ts';
import { hex, Reader } from './reader.ts';

/** What all readers of one file share. */
interface Parse {
  readonly count: Counter;
  readonly depth: number;
}

/** The definitions of a whole file. Throws each `COMPONENT_…` code but `COMPONENT_INVALID`'s typing faults. */
export function parseComponent(bytes: Uint8Array): readonly Item[] {
  if (bytes.length > limits.bytes) throw limit('bytes', limits.bytes);
  if ([0x00, 0x61, 0x73, 0x6d].some((byte, n) => bytes[n] !== byte)) throw foreign('COMPONENT_NOT_WASM');
  if (bytes[6] === 0 && bytes[7] === 0 && bytes[4] === 1 && bytes[5] === 0)
    throw foreign('COMPONENT_CORE_MODULE');
  const reader = new Reader(bytes, 0, bytes.length, counter('elements'));
  return component(reader, { count: counter('definitions'), depth: 0 });
}

function component(reader: Reader, parse: Parse): readonly Item[] {
  const at = reader.at;
  const magic = reader.take(8, 'preamble of a component');
  if ([0x00, 0x61, 0x73, 0x6d].some((byte, n) => magic[n] !== byte))
    throw malformed('magic header not found', at);
  if ([0x0d, 0x00, 0x01, 0x00].some((byte, n) => magic[4 + n] !== byte))
    throw malformed('unknown version of the component binary format', at + 4);
  const items: Item[] = [];
  while (!reader.done) {
    const start = reader.at;
    const id = reader.u8('section');
    if (id > 12) throw malformed(`malformed section id ${hex(id)}`, start);
    const size = reader.u32('size of a section');
    const body = reader.window(size, `section ${id}`);
    section(id, body, start, parse, items);
    body.finish(`section ${id}`);
  }
  return items;
}

function section(id: number, body: Reader, start: number, parse: Parse, items: Item[]): void {
  if (id === 0) {
    body.name('name of a custom section');
    body.take(body.end - body.at, 'custom section');
    return;
  }
  if (id === 1) {
    parse.count();
    items.push({ kind: 'core module', start: body.at, end: body.end, at: start });
    body.take(body.end - body.at, 'core module');
    return;
  }
  if (id === 4) {
    parse.count();
    items.push({ kind: 'component', items: component(body, deeper(parse)), at: start });
    return;
  }
  if (id === 9) throw unsupported('start function of a component', start);
  const read = READERS[id];
  if (!read) throw unsupported('values', start);
  for (let left = body.count('definitions'); left > 0; left -= 1) {
    const at = body.at;
    parse.count();
    items.push({ ...read(body, parse), at });
  }
}

const READERS: Readonly<Record<number, (reader: Reader, parse: Parse) => Definition>> = {
  2: coreInstance,
  3: (reader, parse) => coreType(reader, parse, true),
  5: instance,
  6: alias,
  7: (reader, parse) => ({ kind: 'type', type: type(reader, parse) }),
  8: canon,
  10: (reader) => ({ kind: 'import', name: externName(reader), type: externType(reader) }),
  11: exported,
};

function deeper(parse: Parse): Parse {
  if (parse.depth >= limits.nesting) throw limit('nesting', limits.nesting);
  return { ...parse, depth: parse.depth + 1 };
}

function coreInstance(reader: Reader): Definition {
  const at = reader.at;
  const form = reader.u8('core instance');
  if (form === 0x00) {
    const module = reader.u32('module index');
    const args = reader.vec('arguments', () => {
      const name = reader.name('name of an argument');
      reader.expect(0x12, 'sort of an argument');
      return { name, instance: reader.u32('instance index') };
    });
    return { kind: 'core instantiate', module, args };
  }
  if (form !== 0x01) throw malformed(`invalid leading byte (${hex(form)}) for core instance`, at);
  const exports = reader.vec('exports', () => {
    const name = reader.name('name of an export');
    return { name, sort: coreSort(reader), index: reader.u32('index of an export') };
  });
  return { kind: 'core bag', exports };
}

function instance(reader: Reader): Definition {
  const at = reader.at;
  const form = reader.u8('instance');
  if (form === 0x00) {
    const index = reader.u32('component index');
    const args = reader.vec('arguments', () => ({
      name: reader.name('name of an argument'),
      ...sortIndex(reader),
    }));
    return { kind: 'instantiate', component: index, args };
  }
  if (form !== 0x01) throw malformed(`invalid leading byte (${hex(form)}) for instance`, at);
  const exports = reader.vec('exports', () => ({ name: externName(reader), ...sortIndex(reader) }));
  return { kind: 'bag', exports };
}

const CORE_SORTS: readonly CoreSort[] = ['func', 'table', 'memory', 'global', 'tag'];

function coreSort(reader: Reader): Sort {
  const at = reader.at;
  const code = reader.u8('core sort');
  const simple = CORE_SORTS[code];
  if (simple) return `core ${simple}`;
  if (code === 0x10) return 'core type';
  if (code === 0x11) return 'core module';
  if (code === 0x12) return 'core instance';
  throw malformed(`invalid leading byte (${hex(code)}) for core sort`, at);
}

function sort(reader: Reader): Sort {
  const at = reader.at;
  const code = reader.u8('sort');
  if (code === 0x00) return coreSort(reader);
  if (code === 0x01) return 'func';
  if (code === 0x02) throw unsupported('values', at);
  if (code === 0x03) return 'type';
  if (code === 0x04) return 'component';
  if (code === 0x05) return 'instance';
  throw malformed(`invalid leading byte (${hex(code)}) for sort`, at);
}

function sortIndex(reader: Reader): SortIndex {
  return { sort: sort(reader), index: reader.u32('index') };
}

function alias(reader: Reader): Definition {
  const of = sort(reader);
  const at = reader.at;
  const target = reader.u8('target of an alias');
  if (target > 0x02) throw malformed(`invalid leading byte (${hex(target)}) for the target of an alias`, at);
  const first = reader.u32('index of an alias');
  if (target === 0x02)
    return { kind: 'alias outer', sort: of, count: first, index: reader.u32('index of an alias') };
  const kind = target === 0x00 ? 'alias export' : 'alias core export';
  return { kind, sort: of, instance: first, name: reader.name('name of an alias') };
}

function exported(reader: Reader): Definition {
  const name: ExternName = externName(reader);
  const item = sortIndex(reader);
  const ascribed = reader.flag('type of an export') ? externType(reader) : undefined;
  return { kind: 'export', name, item, type: ascribed };
}

function type(reader: Reader, parse: Parse): RawType {
  const simple = simpleType(reader);
  if (simple) return simple;
  const kind = reader.u8('type') === 0x41 ? 'component type' : 'instance type';
  const inner = deeper(parse);
  const items = reader.vec('declarations', () => declaration(reader, inner, kind));
  return { kind, items };
}

function declaration(reader: Reader, parse: Parse, scope: 'component type' | 'instance type'): Item {
  const at = reader.at;
  parse.count();
  const code = reader.u8('declaration');
  switch (code) {
    case 0x00:
      return { ...coreType(reader, parse, true), at };
    case 0x01:
      return { kind: 'type', type: type(reader, parse), at };
    case 0x02:
      return { ...alias(reader), at };
    case 0x03:
      if (scope === 'instance type') break;
      return { kind: 'import', name: externName(reader), type: externType(reader), at };
    case 0x04:
      return { kind: 'export decl', name: externName(reader), type: externType(reader), at };
    default:
  }
  throw malformed(`invalid leading byte (${hex(code)}) for a declaration of ${scope}`, at);
}

function coreType(reader: Reader, parse: Parse, modules: boolean): Definition {
  const lead = reader.peek();
  if (lead === 0x50 && modules) {
    reader.u8('module type');
    return { kind: 'module type', decls: reader.vec('declarations', () => moduleDecl(reader, parse)) };
  }
  if (lead !== 0x00) return { kind: 'core types', types: coreRecType(reader) };
  reader.u8('sub type');
  reader.expect(0x50, 'sub type');
  reader.vec('super types', () => reader.u32('type index'));
  return { kind: 'core types', types: [coreCompType(reader)] };
}

function moduleDecl(reader: Reader, parse: Parse): ModuleDecl {
  const at = reader.at;
  parse.count();
  const code = reader.u8('declaration of a module type');
  switch (code) {
    case 0x00: {
      const module = reader.name('module name of an import');
      return { kind: 'import', module, name: reader.name('name of an import'), type: coreExtern(reader), at };
    }
    case 0x01:
      if (reader.peek() === 0x50) throw invalid('a module type cannot hold a module type', at);
      return { kind: 'type', types: coreRecType(reader), at };
    case 0x02:
      reader.expect(0x10, 'sort of an alias in a module type');
      reader.expect(0x01, 'target of an alias in a module type');
      return { kind: 'outer', count: reader.u32('scope count'), index: reader.u32('type index'), at };
    case 0x03:
      return { kind: 'export', name: reader.name('name of an export'), type: coreExtern(reader), at };
    default:
      throw malformed(`invalid leading byte (${hex(code)}) for a declaration of a module type`, at);
  }
}
