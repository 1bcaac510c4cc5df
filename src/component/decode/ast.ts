/**
 * The definitions of a component as the binary spells them: indices unresolved, nothing checked but the format.
 *
 * @module
 */
import type { PrimitiveKind, StringEncoding } from '../types.ts';
import type { CoreExtern } from './core-types.ts';

export type CoreSort = 'func' | 'table' | 'memory' | 'global' | 'tag';
export type Sort =
  | `core ${CoreSort}`
  | 'core type'
  | 'core module'
  | 'core instance'
  | 'func'
  | 'type'
  | 'component'
  | 'instance';

export interface SortIndex {
  readonly sort: Sort;
  readonly index: number;
}

/** A name of an import or export with the attributes that validation looks at. */
export interface ExternName {
  readonly name: string;
  readonly implements: string | undefined;
  readonly suffix: string | undefined;
  readonly at: number;
}

/** A primitive, or an index into the type index space. */
export type ValRef = PrimitiveKind | number;

export interface LabelledRef {
  readonly name: string;
  readonly type: ValRef;
}

export interface CaseRef {
  readonly name: string;
  readonly type: ValRef | undefined;
}

export type RawValue =
  | { readonly kind: 'primitive'; readonly type: PrimitiveKind }
  | { readonly kind: 'record'; readonly fields: readonly LabelledRef[] }
  | { readonly kind: 'variant'; readonly cases: readonly CaseRef[] }
  | { readonly kind: 'list' | 'option'; readonly element: ValRef }
  | { readonly kind: 'tuple'; readonly elements: readonly ValRef[] }
  | { readonly kind: 'flags' | 'enum'; readonly names: readonly string[] }
  | { readonly kind: 'result'; readonly ok: ValRef | undefined; readonly err: ValRef | undefined }
  | { readonly kind: 'own' | 'borrow'; readonly resource: number };

export interface RawFunc {
  readonly kind: 'func';
  readonly params: readonly LabelledRef[];
  readonly result: ValRef | undefined;
}

export type RawType =
  | RawValue
  | RawFunc
  | { readonly kind: 'resource'; readonly destructor: number | undefined }
  | RawScope;

export interface RawScope {
  readonly kind: 'component type' | 'instance type';
  readonly items: readonly Item[];
}

export type ExternType =
  | { readonly sort: 'core module' | 'func' | 'component' | 'instance'; readonly index: number }
  | { readonly sort: 'type'; readonly bound: number | 'resource' };

export interface CoreFuncDef {
  readonly kind: 'func';
  readonly params: readonly string[];
  readonly results: readonly string[];
}

/** A core type definition: only functions are looked into, structs and arrays just take their index. */
export type CoreDef = CoreFuncDef | { readonly kind: 'other' };

export type ModuleDecl =
  | {
      readonly kind: 'import';
      readonly module: string;
      readonly name: string;
      readonly type: RawCoreExtern;
      readonly at: number;
    }
  | { readonly kind: 'type'; readonly types: readonly CoreDef[]; readonly at: number }
  | { readonly kind: 'outer'; readonly count: number; readonly index: number; readonly at: number }
  | { readonly kind: 'export'; readonly name: string; readonly type: RawCoreExtern; readonly at: number };

/** As {@link CoreExtern}, but functions and tags by type index. */
export type RawCoreExtern =
  | Extract<CoreExtern, { readonly kind: 'table' | 'memory' | 'global' }>
  | { readonly kind: 'func' | 'tag'; readonly type: number };

export interface CanonOpts {
  readonly encoding: StringEncoding;
  readonly memory: number | undefined;
  readonly realloc: number | undefined;
  readonly postReturn: number | undefined;
}

export type Definition =
  | { readonly kind: 'core module'; readonly start: number; readonly end: number }
  | { readonly kind: 'core instantiate'; readonly module: number; readonly args: readonly CoreArg[] }
  | { readonly kind: 'core bag'; readonly exports: readonly (SortIndex & { readonly name: string })[] }
  | { readonly kind: 'core types'; readonly types: readonly CoreDef[] }
  | { readonly kind: 'module type'; readonly decls: readonly ModuleDecl[] }
  | { readonly kind: 'component'; readonly items: readonly Item[] }
  | { readonly kind: 'instantiate'; readonly component: number; readonly args: readonly NamedIndex[] }
  | { readonly kind: 'bag'; readonly exports: readonly (SortIndex & { readonly name: ExternName })[] }
  | { readonly kind: 'alias export'; readonly sort: Sort; readonly instance: number; readonly name: string }
  | {
      readonly kind: 'alias core export';
      readonly sort: Sort;
      readonly instance: number;
      readonly name: string;
    }
  | { readonly kind: 'alias outer'; readonly sort: Sort; readonly count: number; readonly index: number }
  | { readonly kind: 'type'; readonly type: RawType }
  | { readonly kind: 'lift'; readonly core: number; readonly type: number; readonly options: CanonOpts }
  | { readonly kind: 'lower'; readonly func: number; readonly options: CanonOpts }
  | { readonly kind: 'resource.new' | 'resource.rep' | 'resource.drop'; readonly type: number }
  | { readonly kind: 'import'; readonly name: ExternName; readonly type: ExternType }
  | {
      readonly kind: 'export';
      readonly name: ExternName;
      readonly item: SortIndex;
      readonly type: ExternType | undefined;
    }
  /** Of component and instance types: says that there is an export, not what is exported. */
  | { readonly kind: 'export decl'; readonly name: ExternName; readonly type: ExternType };

export interface CoreArg {
  readonly name: string;
  readonly instance: number;
}

export interface NamedIndex extends SortIndex {
  readonly name: string;
}

/** A definition and the offset where it starts. */
export type Item = Definition & { readonly at: number };
