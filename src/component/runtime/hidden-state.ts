/**
 * What an instance has that its guest can change: memories, globals, tables, fuel. Found as its core modules are
 * instantiated, recorded when all of them are, put back after each event.
 *
 * @module
 */
import type { CoreReport } from '../rewrite/report.ts';
import { GuestMemory, PAGE } from './guest-memory.ts';
import { type MemoryImage, restore, takeImage } from './image.ts';

/** The memories of a component, in the order in which its instances make them. */
export type Image = readonly MemoryImage[];

/** What a guest may have changed. */
export interface Snapshot {
  /** As far as their virtual size. */
  readonly memories: readonly Uint8Array[];
  readonly globals: readonly unknown[];
  /** Those that code changes. */
  readonly tables: readonly (readonly unknown[])[];
}

type Imports = Readonly<Record<string, Record<string, unknown>>>;

/** What a start function may use, whatever its event may: instances must not depend on who made the first one. */
const START_PAGES = 4096;
/** Reading pages that were never written makes them: that takes longer than making an instance. */
const MOST_GROWN = 64;
/** As many pages as a budget can hold. */
export const ALL_PAGES: number = 2 ** 31 - 1;

/** Pages that instantiation takes before anything runs. */
export function pagesAtStart(reports: readonly CoreReport[]): number {
  const defined = reports.flatMap(({ memories }) =>
    memories.filter(({ imported }) => imported === undefined),
  );
  return defined.reduce((sum, { minimum }) => sum + minimum, 0);
}

export class HiddenState {
  readonly memories: GuestMemory[] = [];
  readonly fuel: WebAssembly.Global[] = [];
  readonly budget: WebAssembly.Global;
  readonly #byMemory = new Map<unknown, GuestMemory>();
  readonly #globals: WebAssembly.Global[] = [];
  readonly #tables = new Set<WebAssembly.Table>();
  /** Set where code wrote to addresses that it seldom writes to. */
  readonly #touched: WebAssembly.Global[] = [];
  /** Functions and objects of this very instance, so these are not shared. */
  #values: unknown[] = [];
  /** Pages of all memories after instantiation. */
  #pages: number | undefined;
  #entries: { readonly table: WebAssembly.Table; readonly values: readonly unknown[] }[] = [];

  /** `pages` are those that instantiation takes. */
  constructor(pages: number) {
    const left = Math.max(START_PAGES - pages, 0);
    this.budget = new WebAssembly.Global({ value: 'i32', mutable: true }, left);
  }

  /** What a rewritten module imports beside its own imports. */
  importsFor({ memories, pages }: CoreReport, given: Imports): Record<string, unknown> | undefined {
    const sizes = memories.flatMap(({ size, imported }) =>
      size?.kind === 'import' && imported !== undefined ? [{ name: size.name, imported }] : [],
    );
    if (sizes.length === 0 && pages === undefined) return undefined;
    const found: Record<string, unknown> = Object.create(null);
    if (pages !== undefined) found[pages] = this.budget;
    for (const { name, imported } of sizes) {
      found[name] = this.memoryOf(given[imported.module]?.[imported.name] as WebAssembly.Memory).size;
    }
    return found;
  }

  /** Finds what a module that was just instantiated defines. */
  add(report: CoreReport, given: Imports, exports: WebAssembly.Exports): void {
    for (const { imported, export: name, size, zero } of report.memories) {
      if (imported !== undefined || name === undefined) continue;
      const memory = exports[name] as WebAssembly.Memory;
      this.#keep(
        new GuestMemory({
          memory,
          size: size?.kind === 'export' ? (exports[size.name] as WebAssembly.Global) : undefined,
          zero: zero === undefined ? undefined : (exports[zero] as GuestMemory['zero']),
        }),
      );
    }
    for (const one of report.globals) this.#globals.push(exports[one.export] as WebAssembly.Global);
    for (const { changes, imported, export: name } of report.tables) {
      if (!changes) continue;
      const table = imported === undefined ? exports[name ?? ''] : given[imported.module]?.[imported.name];
      this.#tables.add(table as WebAssembly.Table);
    }
    if (report.touched !== undefined) this.#touched.push(exports[report.touched] as WebAssembly.Global);
    if (report.fuel !== undefined) this.fuel.push(exports[report.fuel] as WebAssembly.Global);
  }

  /** The memory as lifts and lowers see it. */
  memoryOf(memory: WebAssembly.Memory): GuestMemory {
    return this.#byMemory.get(memory) ?? this.#keep(new GuestMemory({ memory }));
  }

  /** Remembers the values of globals and tables. Says why they could not be put back, if so. */
  record(): string | undefined {
    for (const one of this.#touched) one.value = 0;
    this.#values = this.#globals.map(({ value }) => value);
    this.#entries = [...this.#tables].map((table) => ({
      table,
      values: Array.from({ length: table.length }, (_, index) => table.get(index)),
    }));
    if (this.#values.some((value) => Number.isNaN(value)))
      return 'One of its globals is NaN, whose bits cannot be put back';
    return undefined;
  }

  takeImage(): Image {
    return this.memories.map(takeImage);
  }

  /**
   * Puts everything back; answers whether a memory's virtual size had changed. Below `quiet` nobody wrote unless the
   * guest says so.
   */
  reset(image: Image, quiet: number): boolean {
    let resized = false;
    const clean = this.#touched.some(({ value }) => value !== 0) ? 0 : quiet;
    for (const [index, memory] of this.memories.entries()) {
      if (restore(memory, image[index] as MemoryImage, clean)) resized = true;
    }
    for (const one of this.#touched) if (one.value !== 0) one.value = 0;
    for (let index = 0; index < this.#globals.length; index++) {
      (this.#globals[index] as WebAssembly.Global).value = this.#values[index];
    }
    for (const { table, values } of this.#entries) {
      for (let index = 0; index < values.length; index++) {
        if (table.get(index) !== values[index]) table.set(index, values[index]);
      }
    }
    return resized;
  }

  /** Bytes of all memories, as large as they are physically. */
  get bytes(): number {
    return this.memories.reduce((sum, { memory }) => sum + memory.buffer.byteLength, 0);
  }

  /** Pages that the guest has now. */
  get pages(): number {
    return this.memories.reduce((sum, { bytes }) => sum + bytes / PAGE, 0);
  }

  /** Lets memories grow by so many pages from now on. */
  allowMore(pages: number): void {
    this.budget.value = Math.min(Math.max(pages, 0), ALL_PAGES);
  }

  /** Lets memories grow until all of them together have so many pages. */
  allow(pages: number): void {
    this.#pages ??= this.pages;
    this.allowMore(pages - this.#pages);
  }

  /** Whether so little has grown that putting it back costs less than a new instance. */
  spare(image: Image): boolean {
    const first = image.reduce((sum, { pages }) => sum + pages, 0);
    return this.bytes <= (first + MOST_GROWN) * PAGE;
  }

  /** Everything as it is now, to be compared: no copies. */
  snapshot(): Snapshot {
    return {
      memories: this.memories.map(({ all, bytes }) => all.subarray(0, bytes)),
      globals: this.#globals.map(({ value }) => value),
      tables: [...this.#tables].map((table) =>
        Array.from({ length: table.length }, (_, at) => table.get(at)),
      ),
    };
  }

  #keep(memory: GuestMemory): GuestMemory {
    this.#byMemory.set(memory.memory, memory);
    this.memories.push(memory);
    return memory;
  }
}
