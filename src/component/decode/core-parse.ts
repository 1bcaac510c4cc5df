/**
 * The core WebAssembly type grammar, as far as components and the imports and exports of modules need it.
 *
 * @module
 */
import type { CoreDef, CoreFuncDef, RawCoreExtern } from './ast.ts';
import type { CoreLimits } from './core-types.ts';
import { limit, malformed, unsupported } from './errors.ts';
import { limits } from './limits.ts';
import { hex, type Reader } from './reader.ts';

const NUMBERS: Readonly<Record<number, string>> = {
  127: 'i32',
  126: 'i64',
  125: 'f32',
  124: 'f64',
  123: 'v128',
};

/** Abstract heap types by their byte. */
const HEAPS: Readonly<Record<number, string>> = {
  117: 'nocont',
  116: 'noexn',
  115: 'nofunc',
  114: 'noextern',
  113: 'none',
  112: 'func',
  111: 'extern',
  110: 'any',
  109: 'eq',
  108: 'i31',
  107: 'struct',
  106: 'array',
  105: 'exn',
  104: 'cont',
};

/** A value type as text: `i32`, `funcref`, `(ref extern)`, `(ref #3)`. */
export function coreValType(reader: Reader): string {
  const at = reader.at;
  const code = reader.u8('core value type');
  const number = NUMBERS[code];
  if (number) return number;
  const heap = HEAPS[code];
  if (heap) return `${heap}ref`;
  if (code === 0x63) return nullable(heapType(reader));
  if (code === 0x64) return `(ref ${heapType(reader)})`;
  throw malformed(`invalid leading byte (${hex(code)}) for core value type`, at);
}

/** A reference type alone, as in tables. */
export function coreRefType(reader: Reader): string {
  const at = reader.at;
  const type = coreValType(reader);
  if (!type.includes('ref')) throw malformed(`expected a reference type, found ${type}`, at);
  return type;
}

function nullable(heap: string): string {
  return heap.startsWith('#') ? `(ref null ${heap})` : `${heap}ref`;
}

export function heapType(reader: Reader): string {
  const at = reader.at;
  if (reader.peek() === 0x65) throw unsupported('shared-everything threads', at);
  const code = reader.s33('heap type');
  if (code >= 0) return `#${code}`;
  const heap = HEAPS[code + 128];
  if (!heap) throw malformed('unknown heap type', at);
  return heap;
}

/** A recursion group, or a single type standing for one: the definitions that it adds. */
export function coreRecType(reader: Reader): readonly CoreDef[] {
  if (reader.peek() !== 0x4e) return [coreSubType(reader)];
  reader.u8('recursion group');
  return reader.vec('types of a recursion group', coreSubType);
}

function coreSubType(reader: Reader): CoreDef {
  const lead = reader.peek();
  if (lead === 0x50 || lead === 0x4f) {
    reader.u8('sub type');
    reader.vec('super types', () => reader.u32('type index'));
  }
  return coreCompType(reader);
}

/** A function, struct, array or continuation type. */
export function coreCompType(reader: Reader): CoreDef {
  const at = reader.at;
  const code = reader.u8('core type');
  switch (code) {
    case 0x60:
      return coreFuncRest(reader);
    case 0x5f:
      reader.vec('fields', field);
      return { kind: 'other' };
    case 0x5e:
      field(reader);
      return { kind: 'other' };
    case 0x5d:
      heapType(reader);
      return { kind: 'other' };
    case 0x65:
      throw unsupported('shared-everything threads', at);
    default:
      throw malformed(`invalid leading byte (${hex(code)}) for core type`, at);
  }
}

function coreFuncRest(reader: Reader): CoreFuncDef {
  const params = reader.vec('parameters', coreValType);
  const results = reader.vec('results', coreValType);
  if (params.length > 1000 || results.length > 1000) throw limit('parameters of a core function', 1000);
  return { kind: 'func', params, results };
}

function field(reader: Reader): undefined {
  const lead = reader.peek();
  if (lead === 0x78 || lead === 0x77) reader.u8('packed type');
  else coreValType(reader);
  reader.flag('mutability');
  return undefined;
}

/** The type after the names of an import, or of an export in a module type. */
export function coreExtern(reader: Reader): RawCoreExtern {
  const at = reader.at;
  const code = reader.u8('kind of a core import or export');
  switch (code) {
    case 0x00:
      return { kind: 'func', type: reader.u32('type index') };
    case 0x01:
      return tableType(reader);
    case 0x02:
      return memoryType(reader);
    case 0x03:
      return globalType(reader);
    case 0x04:
      reader.expect(0x00, 'attribute of a tag');
      return { kind: 'tag', type: reader.u32('type index') };
    case 0x20:
      throw unsupported('core imports of exact function type', at);
    default:
      throw malformed(`invalid leading byte (${hex(code)}) for the kind of a core import or export`, at);
  }
}

export function tableType(reader: Reader): Extract<RawCoreExtern, { kind: 'table' }> {
  const element = coreRefType(reader);
  const { pageSize: _, ...bounds } = coreLimits(reader, 0x07);
  return { kind: 'table', element, ...bounds };
}

export function memoryType(reader: Reader): Extract<RawCoreExtern, { kind: 'memory' }> {
  const at = reader.at;
  const memory = coreLimits(reader, 0x0f);
  const most = (memory.wide ? 2 ** 64 : 2 ** 32) / memory.pageSize;
  if (memory.min > most || (memory.max ?? 0) > most)
    throw malformed(`memory size must be at most ${most} pages`, at);
  return { kind: 'memory', ...memory };
}

export function globalType(reader: Reader): Extract<RawCoreExtern, { kind: 'global' }> {
  const type = coreValType(reader);
  return { kind: 'global', type, mutable: reader.flag('mutability') };
}

function coreLimits(reader: Reader, allowed: number): CoreLimits & { readonly pageSize: number } {
  const at = reader.at;
  const flags = reader.u8('limits');
  if ((flags & ~allowed) !== 0) throw malformed(`invalid flags ${hex(flags)} of limits`, at);
  const shared = (flags & 2) !== 0;
  const wide = (flags & 4) !== 0;
  const read = (what: string): number => (wide ? reader.u64(what) : reader.u32(what));
  const min = read('minimum');
  const max = (flags & 1) !== 0 ? read('maximum') : undefined;
  if (max !== undefined && max < min) throw malformed('size minimum must not be greater than maximum', at);
  const pageSize = (flags & 8) === 0 ? 65_536 : 2 ** Math.min(reader.u32('page size'), 16);
  return { min, max, shared, wide, pageSize };
}

/** Bounds what a module type or module may declare. */
export function boundDefinitions(count: number): void {
  if (count > limits.definitions) throw limit('definitions', limits.definitions);
}
