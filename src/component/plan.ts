/**
 * What `compile` makes of a component binary, and all that linking and instantiating read: nested components
 * are inlined, aliases and indices resolved, so that instantiation is one walk over {@link Plan.steps}. Plain
 * data; it can be posted to a thread.
 *
 * Every reference points backwards: what a step or trampoline names has been made by an earlier step.
 *
 * @module
 */
import type { FuncType, StringEncoding } from './types.ts';

export interface Plan {
  /** Bytes of each distinct core module, in the order of the binary. */
  readonly cores: readonly Uint8Array<ArrayBuffer>[];
  /** What the host must supply. */
  readonly imports: readonly PlanImport[];
  /** Every imported function, over all imports; `PlanFunction.index` points here. */
  readonly hostFunctions: readonly PlanHostFunction[];
  /** Resource types: one entry per definition and component instance. `ValType.resource` points here. */
  readonly resources: readonly PlanResource[];
  /** How many component instances there are: each has its own handle table and flags. 0 is the root. */
  readonly instances: number;
  /** Parent of each component instance; -1 for the root. The rules of re-entrance read it (CanonicalABI, `may_enter_from`). */
  readonly parents: readonly number[];
  readonly trampolines: readonly Trampoline[];
  /** Core modules to instantiate, in order; the n-th makes core instance n. */
  readonly steps: readonly InstantiateStep[];
  readonly exports: readonly PlanExport[];
}

export interface PlanImport {
  /**
   * As written, version included. `$root` holds the resources that the component imports outside of any
   * interface, with their constructors, methods and statics.
   */
  readonly name: string;
  /** A lone function import has exactly one function and no resource. */
  readonly kind: 'instance' | 'func';
  /** Names as in the WIT: `kv-get`, `[constructor]cell`, `[method]cell.get`, `[static]cell.merge`. */
  readonly functions: readonly { readonly name: string; readonly type: FuncType; readonly index: number }[];
  readonly resources: readonly { readonly name: string; readonly resource: number }[];
}

export interface PlanHostFunction {
  /** Index into `imports`, and the name in there. */
  readonly import: number;
  readonly name: string;
  readonly type: FuncType;
}

export type PlanResource =
  | { readonly kind: 'host'; readonly import: number; readonly name: string }
  | {
      readonly kind: 'guest';
      /** The component instance that defines it. */
      readonly instance: number;
      readonly destructor: CoreRef | undefined;
    };

/** A core function, memory, table, global or tag. */
export type CoreRef =
  | { readonly kind: 'export'; readonly instance: number; readonly name: string }
  | { readonly kind: 'trampoline'; readonly index: number };

export interface InstantiateStep {
  /** Index into `cores`. */
  readonly core: number;
  /** The component instance that this core instance belongs to. */
  readonly instance: number;
  readonly imports: readonly { readonly module: string; readonly name: string; readonly value: CoreRef }[];
}

/** The canonical options of one `canon lift` or `canon lower`. */
export interface CanonOptions {
  /** The component instance on whose behalf it was defined. */
  readonly instance: number;
  readonly encoding: StringEncoding;
  readonly memory: CoreRef | undefined;
  readonly realloc: CoreRef | undefined;
  readonly postReturn: CoreRef | undefined;
}

/** A core function lifted to the type of a component function. */
export interface Lifted {
  readonly core: CoreRef;
  readonly type: FuncType;
  readonly options: CanonOptions;
}

/** A core function that the runtime makes. */
export type Trampoline =
  /** `canon lower` of a function that the host supplies. */
  | {
      readonly kind: 'lower-host';
      readonly host: number;
      readonly type: FuncType;
      readonly options: CanonOptions;
    }
  /** `canon lower` of another component's lifted function. */
  | {
      readonly kind: 'lower-lifted';
      readonly callee: Lifted;
      readonly type: FuncType;
      readonly options: CanonOptions;
    }
  | { readonly kind: 'resource.new'; readonly resource: number; readonly instance: number }
  | { readonly kind: 'resource.rep'; readonly resource: number; readonly instance: number }
  | { readonly kind: 'resource.drop'; readonly resource: number; readonly instance: number };

export interface PlanExport {
  /** `interface#function`, or the function's own name at the root. */
  readonly name: string;
  readonly type: FuncType;
  readonly value:
    | { readonly kind: 'lifted'; readonly lifted: Lifted }
    /** A host function passed through. */
    | { readonly kind: 'host'; readonly host: number };
}
