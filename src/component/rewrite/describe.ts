/**
 * The report on a rewritten module, and the exports that it names.
 *
 * @module
 */
import type { Additions } from './additions.ts';
import type { Code } from './code.ts';
import { external, type Module } from './module.ts';
import {
  type CoreReport,
  type GlobalReport,
  type MemoryReport,
  PRIVATE,
  type TableReport,
} from './report.ts';
import type { AddedExport } from './sections.ts';
import type { ValueKind } from './types.ts';

export interface Described {
  readonly report: CoreReport;
  readonly exports: readonly AddedExport[];
}

interface Parts {
  readonly module: Module;
  readonly code: Code;
  readonly additions: Additions;
  readonly tableMaxima: readonly (number | undefined)[];
  readonly noFuel: string | undefined;
  /** Whether all stores that may write below the address are looked at. */
  readonly watched: boolean;
}

export function describe(parts: Parts): Described {
  const { module, code, additions, noFuel, watched } = parts;
  const exports: AddedExport[] = [];
  const add = (name: string, kind: number, index: number): string => {
    exports.push({ name, kind, index });
    return PRIVATE + name;
  };
  const memories = module.memories.map((_, index) => memoryReport(parts, index, add));
  const globals = globalReports(parts, add);
  const tables = module.tables.map((_, index) => tableReport(parts, index, add));
  const { fuel, touched } = additions;
  const report: CoreReport = {
    unsupported: undefined,
    memories,
    globals,
    tables,
    fuel: fuel === undefined ? undefined : add('fuel', external.global, fuel),
    noFuel,
    pages: additions.imports.some(({ name }) => name === 'pages') ? 'pages' : undefined,
    watched,
    touched: touched < 0 ? undefined : add('touched', external.global, touched),
    growsTables: code.growsTables,
    start: module.start === undefined ? undefined : add('start', external.function, module.start),
    writesObjects: code.writesObjects,
    holdsObjects: holdsObjects(module),
    obstacles: obstacles(module, code),
  };
  return { report, exports };
}

type Add = (name: string, kind: number, index: number) => string;

function memoryReport({ module, additions }: Parts, index: number, add: Add): MemoryReport {
  const { imported, wide, shared, minimum, maximum } = module.memories[index] as Module['memories'][number];
  const described = { imported, wide, shared, minimum, maximum };
  const size = additions.size[index];
  if (imported !== undefined) {
    const name = `v${index}`;
    return {
      ...described,
      export: undefined,
      size: size === undefined ? undefined : { kind: 'import', name },
      zero: undefined,
    };
  }
  const zero = additions.zero[index];
  return {
    ...described,
    export: add(`m${index}`, external.memory, index),
    size: { kind: 'export', name: add(`v${index}`, external.global, size as number) },
    zero: zero === undefined ? undefined : add(`z${index}`, external.function, zero),
  };
}

function globalReports({ module, code, additions }: Parts, add: Add): GlobalReport[] {
  return module.globals.flatMap(({ kind }, index) => {
    const type = restorable(kind);
    if (index < module.importedGlobals || !changes(module, code, index) || type === undefined) return [];
    return [{ export: add(`g${index}`, external.global, additions.global(index)), type }];
  });
}

/** Whether a global may change after instantiation. */
function changes(module: Module, code: Code, index: number): boolean {
  const mutable = module.globals[index]?.mutable === true;
  return mutable && (code.setGlobals.has(index) || module.exportedGlobals.has(index));
}

/** How JavaScript sees a value, where it can put it back. */
function restorable(kind: ValueKind): GlobalReport['type'] | undefined {
  if (kind === 'v128' || kind === 'exception') return undefined;
  return kind === 'function' || kind === 'object' ? 'ref' : kind;
}

function tableReport({ module, code, tableMaxima }: Parts, index: number, add: Add): TableReport {
  const { imported, minimum, wide } = module.tables[index] as Module['tables'][number];
  const changed = code.setTables.has(index);
  return {
    imported,
    minimum,
    maximum: tableMaxima[index],
    wide,
    changes: changed,
    export: changed && imported === undefined ? add(`t${index}`, external.table, index) : undefined,
  };
}

/** Whether an object may be reached from what lives longer than a call. */
function holdsObjects({ globals, tables, importedGlobals, objectSegments }: Module): boolean {
  const defined = globals.slice(importedGlobals);
  const held = [...defined, ...tables.filter(({ imported }) => imported === undefined)];
  return objectSegments || held.some(({ kind }) => kind === 'object' || kind === 'exception');
}

function obstacles(module: Module, code: Code): string[] {
  const found = new Set<string>();
  if (module.memories.some(({ shared }) => shared)) found.add('It has a shared memory');
  module.globals.forEach(({ kind }, index) => {
    if (restorable(kind) === undefined && changes(module, code, index))
      found.add(
        `It changes a global of type ${kind === 'v128' ? 'v128' : 'exnref'}, which cannot be put back`,
      );
  });
  module.tables.forEach(({ kind }, index) => {
    if (kind === 'exception' && code.setTables.has(index))
      found.add('It changes a table of exnref, which cannot be put back');
  });
  if (code.growsTables) found.add('It grows a table, and tables do not shrink');
  if ([...code.dropping].some((index) => !onlyAtStart(module, code, index)))
    found.add('It drops data or element segments, which cannot be put back');
  return [...found];
}

/** Whether a function runs at instantiation and never again. */
function onlyAtStart(module: Module, code: Code, index: number): boolean {
  return (
    index === module.start && !code.callsStart && !module.escaping.has(index) && !code.escaping.has(index)
  );
}
