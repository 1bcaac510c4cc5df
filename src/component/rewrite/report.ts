/**
 * What rewriting a core module found and added: plain data that a structured clone carries to another thread.
 * Whoever makes instances finds here what to give them, what to put back after a call, and what cannot be.
 *
 * @module
 */

/** Prefix of the exports and module name of the imports that rewriting adds. A guest that uses it is refused. */
export const PRIVATE = '$hermes/';

/** Under which names a module imports something that another one defines. */
export interface ImportedAs {
  readonly module: string;
  readonly name: string;
}

export interface MemoryReport {
  /** Absent for a memory that the module defines. */
  readonly imported: ImportedAs | undefined;
  /** Addresses and sizes have 64 bits: its size global is an `i64`, a `bigint` to JavaScript. */
  readonly wide: boolean;
  readonly shared: boolean;
  /** Pages of 64 KiB at instantiation; the host takes those of defined memories from the page budget. */
  readonly minimum: number;
  readonly maximum: number | undefined;
  /** The export that is this memory; absent for an imported one, which the host resolves anyway. */
  readonly export: string | undefined;
  /**
   * The mutable global that holds the virtual size in pages, `i32` or `i64`. A defined memory comes with its own,
   * exported; of an imported one the host finds it by the identity of the memory and passes it on, as
   * `imports[PRIVATE][size.name]`. Absent where no code of this module can see the memory.
   */
  readonly size: { readonly kind: 'export' | 'import'; readonly name: string } | undefined;
  /**
   * Export `(from: number, to: number) => void`, both multiples of 128 and below 2^32: clears what is not zero and
   * leaves untouched pages without storage. Only of memories that are defined here and not shared.
   */
  readonly zero: string | undefined;
}

/** A global that is defined here and that code, here or in another module, may set. */
export interface GlobalReport {
  readonly export: string;
  /** `i32`, `i64`, `f32`, `f64` or `ref`. A float that is NaN when recorded cannot be put back: bits may change. */
  readonly type: 'i32' | 'i64' | 'f32' | 'f64' | 'ref';
}

export interface TableReport {
  readonly imported: ImportedAs | undefined;
  /** Entries at instantiation: the host bounds their sum. */
  readonly minimum: number;
  /** What was declared, lowered to the limit where it is defined here. */
  readonly maximum: number | undefined;
  readonly wide: boolean;
  /**
   * Whether code of this module may set entries (`table.set`, `fill`, `copy`, `init`): record all of them after
   * instantiation, put back those that differ. Tables of several modules may be one; its identity tells.
   */
  readonly changes: boolean;
  /** The export that is this table, where it changes and is defined here. */
  readonly export: string | undefined;
}

export interface CoreReport {
  /**
   * The instruction or feature that the rewriter does not know, as a sentence; then the bytes are as they were,
   * and all the rest is empty. No fuel, no bound on memory, no reset: refuse, or run it knowingly.
   */
  readonly unsupported: string | undefined;
  readonly memories: readonly MemoryReport[];
  readonly globals: readonly GlobalReport[];
  readonly tables: readonly TableReport[];
  /**
   * The mutable `i64` global that fuel is taken from, 5,000,000,000 unless it is set; set it before each entry. Below
   * zero after a trap means exhausted. Subtract from it what host calls cost.
   */
  readonly fuel: string | undefined;
  /** Why there is no fuel global. */
  readonly noFuel: string | undefined;
  /**
   * Name of the page budget under `PRIVATE` among the imports, where the module grows a memory: a mutable `i32`
   * global, one per component instance, from which every `memory.grow` takes its pages; it answers -1 when too few
   * are left.
   */
  readonly pages: string | undefined;
  /**
   * Whether it tells of each store below {@link RewriteOptions.below}: by the mutable `i32` global `touched`, which is
   * 0 until there is one. Without that global its code has none.
   */
  readonly watched: boolean;
  readonly touched: string | undefined;
  /** Whether its code can make a table larger. */
  readonly growsTables: boolean;
  /** The export to be called when the module is instantiated: its start function, which does not run by itself. */
  readonly start: string | undefined;
  /** Writes to objects of the garbage-collected heap. */
  readonly writesObjects: boolean;
  /** Has globals or tables that can hold such objects beyond a call. */
  readonly holdsObjects: boolean;
  /** Why an instance cannot be put back, as sentences; {@link obstaclesOf} knows those of several modules together. */
  readonly obstacles: readonly string[];
}

/** A report of a module in which there is nothing to rewrite, or which could not be. */
export const EMPTY: CoreReport = {
  unsupported: undefined,
  memories: [],
  globals: [],
  tables: [],
  fuel: undefined,
  noFuel: 'The module has no code',
  pages: undefined,
  watched: false,
  touched: undefined,
  growsTables: false,
  start: undefined,
  writesObjects: false,
  holdsObjects: false,
  obstacles: [],
};

/**
 * Why instances of a component made of these modules cannot be put back into their first state; empty when they
 * can. What only shows at run time (host functions called during instantiation, a global that holds NaN) is for
 * the caller to see.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(obstaclesOf([EMPTY]), []);
 * const writer = { ...EMPTY, writesObjects: true };
 * assert.deepEqual(obstaclesOf([writer]), []);
 * assert.equal(obstaclesOf([writer, { ...EMPTY, holdsObjects: true }]).length, 1);
 * ```
 */
export function obstaclesOf(reports: readonly CoreReport[]): string[] {
  const found = new Set(reports.flatMap(({ obstacles }) => obstacles));
  for (const { unsupported } of reports) if (unsupported !== undefined) found.add(unsupported);
  const writes = reports.some(({ writesObjects }) => writesObjects);
  if (writes && reports.some(({ holdsObjects }) => holdsObjects))
    found.add('It writes to garbage-collected objects that its globals or tables may keep');
  return [...found];
}
