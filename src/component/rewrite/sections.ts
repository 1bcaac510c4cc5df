/**
 * Writes the sections of a rewritten module.
 *
 * @module
 */
import type { Additions } from './additions.ts';
import { Reader, Writer } from './binary.ts';
import { external, type Module, type Span, section } from './module.ts';
import { PRIVATE } from './report.ts';

const I32 = 0x7f;
const I64 = 0x7e;
const I32_CONST = 0x41;
const I64_CONST = 0x42;
const END = 0x0b;
const MUTABLE = 1;

/** In this order sections follow each other; tags and the data count were added later. */
export const ORDER: readonly number[] = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

/** 5,000,000,000 as a signed LEB128. */
const AT_START: readonly number[] = [128, 228, 151, 208, 18];

export interface AddedExport {
  readonly name: string;
  /** As in `external`. */
  readonly kind: number;
  readonly index: number;
}

export interface Parts {
  readonly module: Module;
  readonly additions: Additions;
  readonly exports: readonly AddedExport[];
  readonly code: Uint8Array | undefined;
  /** By table: the maximum to declare. */
  readonly tableMaxima: readonly (number | undefined)[];
}

/** The content of a section, or `undefined` for one that is not there. */
export function sectionContent(id: number, parts: Parts): Uint8Array | undefined {
  const { additions, exports, code } = parts;
  switch (id) {
    case section.type:
      return extended(parts, id, additions.types.length, (w) => {
        for (const type of additions.types) for (const char of type) w.byte(char.charCodeAt(0));
      });
    case section.import:
      return extended(parts, id, additions.imports.length, (w) => {
        for (const { name, wide } of additions.imports) {
          w.name(PRIVATE);
          w.name(name);
          w.put(external.global, wide ? I64 : I32, MUTABLE);
        }
      });
    case section.function:
      return extended(parts, id, additions.functions.length, (w) => {
        for (const { type } of additions.functions) w.unsigned(type);
      });
    case section.table:
      return tables(parts);
    case section.global:
      return extended(parts, id, additions.globals.length, (w) => {
        for (const { wide, initial } of additions.globals) writeGlobal(w, wide, initial);
      });
    case section.export:
      return extended(parts, id, exports.length, (w) => {
        for (const { name, kind, index } of exports) {
          w.name(PRIVATE + name);
          w.byte(kind);
          w.unsigned(index);
        }
      });
    case section.code:
      return code;
    // The host calls it, when fuel is set: it is exported.
    case section.start:
      return undefined;
    default:
      return extended(parts, id, 0, () => {});
  }
}

function writeGlobal(w: Writer, wide: boolean, initial: number | undefined): void {
  w.put(wide ? I64 : I32, MUTABLE, wide ? I64_CONST : I32_CONST);
  if (initial === undefined) w.put(...AT_START);
  else w.positive(initial);
  w.byte(END);
}

/** A section's entries, their global indices moved, and some more. */
function extended(
  { module, additions }: Parts,
  id: number,
  count: number,
  more: (w: Writer) => void,
): Uint8Array | undefined {
  const span = module.sections.get(id);
  if (span === undefined && count === 0) return undefined;
  const moved = span !== undefined && additions.imports.length > 0 && hasUses(module, span);
  if (span !== undefined && count === 0 && !moved) return module.bytes.subarray(span.start, span.end);
  const w = new Writer((span === undefined ? 0 : span.end - span.start) + 256);
  if (span === undefined) w.unsigned(count);
  else if (id === section.dataCount) w.raw(module.bytes, span.start, span.end);
  else {
    const r = new Reader(module.bytes, span.start, span.end);
    w.unsigned(r.unsigned() + count);
    copyMoved(w, module, additions, { start: r.at, end: span.end });
  }
  more(w);
  return w.view;
}

function hasUses({ globalUses }: Module, { start, end }: Span): boolean {
  return globalUses.some(({ from }) => from >= start && from < end);
}

/** Copies a stretch outside of code; global indices in it are moved. */
function copyMoved(
  w: Writer,
  { bytes, globalUses }: Module,
  additions: Additions,
  { start, end }: Span,
): void {
  let copied = start;
  for (const { from, to, index } of globalUses) {
    if (from < start || from >= end) continue;
    w.raw(bytes, copied, from);
    w.unsigned(additions.global(index));
    copied = to;
  }
  w.raw(bytes, copied, end);
}

/** Tables with the maxima that are given. Global indices in this section are of imports and never move. */
function tables({ module, tableMaxima }: Parts): Uint8Array | undefined {
  const span = module.sections.get(section.table);
  if (span === undefined) return undefined;
  const w = new Writer(span.end - span.start + 64);
  let copied = span.start;
  module.tables.forEach(({ imported, minimum, maximum, shared, wide, limits }, index) => {
    const most = tableMaxima[index];
    if (imported !== undefined || most === undefined || most === maximum) return;
    w.raw(module.bytes, copied, limits.start);
    w.byte(1 | (shared ? 2 : 0) | (wide ? 4 : 0));
    w.unsigned(minimum);
    w.unsigned(most);
    copied = limits.end;
  });
  w.raw(module.bytes, copied, span.end);
  return w.view;
}
