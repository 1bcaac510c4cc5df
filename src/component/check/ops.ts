/**
 * A checked component definition as a program: what instantiating it does, in order. Indices point into the
 * spaces that the program itself fills; type indices are gone.
 *
 * @module
 */
import type { CanonOpts, CoreSort } from '../decode/ast.ts';
import type { ModuleType } from '../decode/core-types.ts';
import type { FuncType } from '../types.ts';
import type { Entity, InstanceType } from './entities.ts';

/** What an argument or export refers to: an entry of a space, or a type, which matters if it is a resource. */
export type Arg =
  | { readonly sort: 'func' | 'instance' | 'component' | 'core module'; readonly index: number }
  | { readonly sort: 'type'; readonly resource: number | undefined };

export interface NamedArg {
  readonly name: string;
  readonly arg: Arg;
}

export interface CoreBagExport {
  readonly name: string;
  readonly sort: CoreSort;
  readonly index: number;
}

export interface ImportOp {
  readonly op: 'import';
  readonly name: string;
  readonly type: Entity;
  /** Offset in the file. */
  readonly at: number;
}

export type Op =
  | ImportOp
  | { readonly op: 'core module'; readonly core: number; readonly type: ModuleType }
  | { readonly op: 'core instance'; readonly module: number; readonly args: ReadonlyMap<string, number> }
  | { readonly op: 'core bag'; readonly exports: readonly CoreBagExport[] }
  | { readonly op: 'component'; readonly component: Program }
  | {
      readonly op: 'instance';
      readonly component: number;
      readonly args: readonly NamedArg[];
      readonly type: InstanceType;
    }
  | { readonly op: 'bag'; readonly exports: readonly NamedArg[] }
  | {
      readonly op: 'alias';
      readonly sort: 'func' | 'instance' | 'component' | 'core module';
      readonly instance: number;
      readonly name: string;
    }
  | { readonly op: 'core alias'; readonly sort: CoreSort; readonly instance: number; readonly name: string }
  | {
      readonly op: 'outer';
      readonly sort: 'component' | 'core module';
      /** Components outwards. */
      readonly count: number;
      readonly index: number;
    }
  | { readonly op: 'resource'; readonly resource: number; readonly destructor: number | undefined }
  | { readonly op: 'lift'; readonly core: number; readonly type: FuncType; readonly options: CanonOpts }
  | { readonly op: 'lower'; readonly func: number; readonly type: FuncType; readonly options: CanonOpts }
  | { readonly op: 'resource.new' | 'resource.rep' | 'resource.drop'; readonly resource: number }
  | {
      readonly op: 'export';
      readonly name: string;
      readonly arg: Arg;
      readonly type: Entity;
    };

export interface Program {
  readonly ops: readonly Op[];
}
