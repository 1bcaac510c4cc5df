/**
 * Types of what core modules import and export, as far as components depend on them.
 *
 * @module
 */

export interface CoreFunc {
  readonly kind: 'func';
  /** `i32`, `externref`, …; a reference to a module's own type carries a `#`. */
  readonly params: readonly string[];
  readonly results: readonly string[];
}

export interface CoreLimits {
  readonly min: number;
  readonly max: number | undefined;
  readonly shared: boolean;
  /** Whether addresses are 64 bits wide. */
  readonly wide: boolean;
}

export type CoreExtern =
  | CoreFunc
  | (CoreLimits & { readonly kind: 'table'; readonly element: string })
  | (CoreLimits & { readonly kind: 'memory'; readonly pageSize: number })
  | { readonly kind: 'global'; readonly type: string; readonly mutable: boolean }
  | { readonly kind: 'tag'; readonly params: readonly string[]; readonly results: readonly string[] };

export interface CoreImport {
  readonly module: string;
  readonly name: string;
  readonly type: CoreExtern;
}

export interface ModuleType {
  readonly imports: readonly CoreImport[];
  readonly exports: ReadonlyMap<string, CoreExtern>;
}

/**
 * Why `actual` cannot stand where `expected` is wanted, or `undefined` if it can. References to a module's own
 * types are left to `WebAssembly.instantiate`, which compares them exactly.
 */
export function coreMismatch(actual: CoreExtern, expected: CoreExtern): string | undefined {
  if (expected.kind === 'func' || expected.kind === 'tag') {
    if (actual.kind !== expected.kind) return sortMismatch(actual, expected);
    const same = sameList(actual.params, expected.params) && sameList(actual.results, expected.results);
    return same ? undefined : `expected ${showFunc(expected)}, found ${showFunc(actual)}`;
  }
  if (expected.kind === 'global') {
    if (actual.kind !== 'global') return sortMismatch(actual, expected);
    if (actual.mutable !== expected.mutable) return 'mismatch in mutability of globals';
    return same(actual.type, expected.type)
      ? undefined
      : `expected global type ${expected.type}, found ${actual.type}`;
  }
  if (expected.kind === 'table') {
    if (actual.kind !== 'table') return sortMismatch(actual, expected);
    if (!same(actual.element, expected.element))
      return `expected table element type ${expected.element}, found ${actual.element}`;
    return limitsMismatch(actual, expected, 'table');
  }
  if (actual.kind !== 'memory') return sortMismatch(actual, expected);
  if (actual.pageSize !== expected.pageSize) return 'mismatch in page sizes of memories';
  return limitsMismatch(actual, expected, 'memory');
}

/** Why a module of type `actual` cannot be given for one of type `expected`, or `undefined`. */
export function moduleMismatch(actual: ModuleType, expected: ModuleType): string | undefined {
  const offered = new Map(expected.imports.map((one) => [importKey(one), one.type]));
  for (const one of actual.imports) {
    const type = offered.get(importKey(one));
    if (!type) return `missing expected import \`${one.module}::${one.name}\``;
    const reason = coreMismatch(type, one.type);
    if (reason) return `type mismatch in import \`${one.module}::${one.name}\`: ${reason}`;
  }
  for (const [name, type] of expected.exports) {
    const found = actual.exports.get(name);
    if (!found) return `missing expected export \`${name}\``;
    const reason = coreMismatch(found, type);
    if (reason) return `type mismatch in export \`${name}\`: ${reason}`;
  }
  return undefined;
}

/** A two-level import name as one string; the length keeps different pairs apart. */
export function importKey({ module, name }: { readonly module: string; readonly name: string }): string {
  return `${module.length}:${module}${name}`;
}

/** For messages. */
export function showFunc({ params, results }: Pick<CoreFunc, 'params' | 'results'>): string {
  return `(${params.join(' ')}) -> (${results.join(' ')})`;
}

/** Whether a core function has exactly this signature. */
export function isFunc(type: CoreExtern, params: readonly string[], results: readonly string[]): boolean {
  return type.kind === 'func' && equalList(type.params, params) && equalList(type.results, results);
}

function limitsMismatch(actual: CoreLimits, expected: CoreLimits, what: string): string | undefined {
  if (actual.wide !== expected.wide) return `mismatch in index type of ${what}`;
  if (actual.shared !== expected.shared) return 'mismatch in the shared flag for memories';
  const fits =
    actual.min >= expected.min &&
    (expected.max === undefined || (actual.max !== undefined && actual.max <= expected.max));
  return fits ? undefined : `mismatch in ${what} limits`;
}

function sortMismatch(actual: CoreExtern, expected: CoreExtern): string {
  return `expected ${expected.kind}, found ${actual.kind}`;
}

function same(a: string, b: string): boolean {
  return a === b || a.includes('#') || b.includes('#');
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((type, n) => same(type, b[n] ?? ''));
}

function equalList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((type, n) => type === b[n]);
}
