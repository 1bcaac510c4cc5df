/**
 * What a core module declares: its sections and index spaces.
 *
 * @module
 */
import { Reader } from './binary.ts';
import { reserved, unsupported } from './errors.ts';
import { walkExpression } from './immediates.ts';
import { type ImportedAs, PRIVATE } from './report.ts';
import {
  type GlobalType,
  globalType,
  type Limits,
  memoryType,
  recursionGroup,
  type TableType,
  type TypeKinds,
  tableType,
  valueKind,
} from './types.ts';

export const section = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  code: 10,
  data: 11,
  dataCount: 12,
  tag: 13,
} as const;

/** Uses of globals outside of code, each of which is remembered. */
const MOST_USES = 2_000_000;

/** Kinds of imports and exports. */
export const external = { function: 0, table: 1, memory: 2, global: 3, tag: 4 } as const;

export interface Span {
  readonly start: number;
  readonly end: number;
}

export interface Module {
  readonly bytes: Uint8Array;
  readonly sections: ReadonlyMap<number, Span>;
  /** Of the custom section `name`, with its id and size. */
  readonly names: Span | undefined;
  readonly types: TypeKinds;
  readonly functions: number;
  readonly importedFunctions: number;
  /** How many parameters each function that is not imported has. */
  readonly params: readonly number[];
  readonly globals: readonly GlobalType[];
  readonly importedGlobals: number;
  readonly memories: readonly (Limits & { readonly imported: ImportedAs | undefined })[];
  readonly tables: readonly (TableType & { readonly imported: ImportedAs | undefined })[];
  readonly start: number | undefined;
  readonly exportedGlobals: ReadonlySet<number>;
  /** Functions that are exported or stand in an element segment or a constant: called from who knows where. */
  readonly escaping: ReadonlySet<number>;
  /** Where global indices stand outside of code, in the order of the file. */
  readonly globalUses: readonly IndexUse[];
  /** Whether an element segment may hold objects. */
  readonly objectSegments: boolean;
}

/** An index and the bytes that encode it. */
export interface IndexUse {
  readonly from: number;
  readonly to: number;
  readonly index: number;
}

type Draft = { -readonly [Key in keyof Module]: Module[Key] } & {
  readonly globals: GlobalType[];
  readonly params: number[];
  readonly memories: Module['memories'][number][];
  readonly tables: Module['tables'][number][];
  readonly exportedGlobals: Set<number>;
  readonly escaping: Set<number>;
  readonly globalUses: IndexUse[];
};

/** Reads a module that V8 finds valid. Throws `CORE_RESERVED` or `CORE_UNSUPPORTED`. */
export function readModule(bytes: Uint8Array): Module {
  const { sections, names } = findSections(bytes);
  const module: Draft = {
    bytes,
    sections,
    names,
    types: [],
    functions: 0,
    importedFunctions: 0,
    params: [],
    globals: [],
    importedGlobals: 0,
    memories: [],
    tables: [],
    start: undefined,
    exportedGlobals: new Set(),
    escaping: new Set(),
    globalUses: [],
    objectSegments: false,
  };
  const types = { kinds: module.types, params: [] as number[] };
  entries(module, section.type, (r) => recursionGroup(r, types));
  entries(module, section.import, (r) => readImport(r, module));
  entries(module, section.function, (r) => {
    module.params.push(types.params[r.unsigned()] as number);
    module.functions++;
  });
  entries(module, section.table, (r) => readTable(r, module));
  entries(module, section.memory, (r) => {
    module.memories.push({ ...memoryType(r), imported: undefined });
  });
  entries(module, section.global, (r) => {
    module.globals.push(globalType(r, module.types));
    readConstant(r, module);
  });
  entries(module, section.export, (r) => readExport(r, module));
  entries(module, section.element, (r) => readElement(r, module));
  entries(module, section.data, (r) => readData(r, module));
  const start = sections.get(section.start);
  if (start !== undefined) module.start = new Reader(bytes, start.start, start.end).unsigned();
  return module;
}

/** Visits the entries of a section, if it is there. */
export function entries(
  { bytes, sections }: Pick<Module, 'bytes' | 'sections'>,
  id: number,
  visit: (r: Reader) => void,
): void {
  const span = sections.get(id);
  if (span === undefined) return;
  const r = new Reader(bytes, span.start, span.end);
  for (let left = r.unsigned(); left > 0; left--) visit(r);
  if (r.at !== r.end) throw unsupported(`Its section ${id} has a form that is not known`, r.at);
}

function findSections(bytes: Uint8Array): Pick<Module, 'sections' | 'names'> {
  const sections = new Map<number, Span>();
  let names: Span | undefined;
  const r = new Reader(bytes, 8);
  while (r.at < r.end) {
    const whole = r.at;
    const id = r.byte();
    const size = r.unsigned();
    const start = r.at;
    r.skip(size);
    if (id > section.tag) throw unsupported(`It has a section of the unknown kind ${id}`, whole);
    if (id !== section.custom) sections.set(id, { start, end: r.at });
    else if (new Reader(bytes, start, r.at).name() === 'name') names = { start: whole, end: r.at };
  }
  return { sections, names };
}

function readImport(r: Reader, module: Draft): void {
  const at = r.at;
  const imported = { module: r.name(), name: r.name() };
  if (imported.module.startsWith(PRIVATE)) throw reserved(imported.module);
  switch (r.byte()) {
    case external.function:
      r.skipLeb();
      module.functions++;
      module.importedFunctions++;
      break;
    case external.table:
      module.tables.push({ ...tableType(r, module.types), imported });
      break;
    case external.memory:
      module.memories.push({ ...memoryType(r), imported });
      break;
    case external.global:
      module.globals.push(globalType(r, module.types));
      module.importedGlobals++;
      break;
    case external.tag:
      r.skip(1);
      r.skipLeb();
      break;
    default:
      throw unsupported('It has an import of an unknown kind', at);
  }
}

function readExport(r: Reader, module: Draft): void {
  const name = r.name();
  if (name.startsWith(PRIVATE)) throw reserved(name);
  const kind = r.byte();
  const from = r.at;
  const index = r.unsigned();
  if (kind === external.function) module.escaping.add(index);
  if (kind !== external.global) return;
  module.exportedGlobals.add(index);
  noteGlobal(module, { from, to: r.at, index });
}

function noteGlobal({ globalUses }: Draft, use: IndexUse): void {
  globalUses.push(use);
  if (globalUses.length > MOST_USES)
    throw unsupported('It uses globals in more constants than are followed here', use.from);
}

function readTable(r: Reader, module: Draft): void {
  const initialised = r.bytes[r.at] === 0x40;
  if (initialised) r.skip(2);
  module.tables.push({ ...tableType(r, module.types), imported: undefined });
  if (initialised) readConstant(r, module);
}

function readElement(r: Reader, module: Draft): void {
  const flags = r.unsigned();
  const active = (flags & 1) === 0;
  const typed = (flags & 4) !== 0;
  if (active && flags & 2) r.skipLeb();
  if (active) readConstant(r, module);
  if ((flags & 3) !== 0) {
    if (!typed) r.skip(1);
    else if (valueKind(r, module.types) !== 'function') module.objectSegments = true;
  }
  for (let left = r.unsigned(); left > 0; left--) {
    if (typed) readConstant(r, module);
    else module.escaping.add(r.unsigned());
  }
}

function readData(r: Reader, module: Draft): void {
  const flags = r.unsigned();
  if (flags === 2) r.skipLeb();
  if (flags !== 1) readConstant(r, module);
  r.skip(r.unsigned());
}

function readConstant(r: Reader, module: Draft): void {
  walkExpression(r, (kind, use) => {
    if (kind === 'global') noteGlobal(module, use);
    else module.escaping.add(use.index);
  });
}
