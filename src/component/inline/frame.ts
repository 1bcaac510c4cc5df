/**
 * What a component instance knows of itself while the component is flattened.
 *
 * @module
 */
import type { EntitySort } from '../check/entities.ts';
import { mapChildren, mapFunc } from '../check/entities.ts';
import type { Program } from '../check/ops.ts';
import type { World } from '../check/world.ts';
import type { CoreSort } from '../decode/ast.ts';
import type { ModuleType } from '../decode/core-types.ts';
import { invalid } from '../decode/errors.ts';
import type { CoreRef, Lifted } from '../plan.ts';
import type { FuncType, ValType } from '../types.ts';

/** A function and its type with resources of the plan. */
export interface FuncValue {
  readonly sort: 'func';
  readonly type: FuncType;
  readonly value:
    | { readonly kind: 'lifted'; readonly lifted: Lifted }
    | { readonly kind: 'host'; readonly host: number };
}

export interface InstanceValue {
  readonly sort: 'instance';
  readonly exports: ReadonlyMap<string, Value>;
}

export interface ComponentValue {
  readonly sort: 'component';
  readonly program: Program;
  /** Where it was defined: its outer aliases look there. */
  readonly outer: Frame;
}

export interface ModuleValue {
  readonly sort: 'core module';
  readonly core: number;
  readonly type: ModuleType;
}

/** A type; only resources exist at run time. */
export interface TypeValue {
  readonly sort: 'type';
  readonly resource: number | undefined;
}

export type Value = FuncValue | InstanceValue | ComponentValue | ModuleValue | TypeValue;

/** A core instance: one that a step makes, or a bag of items of others. */
export type CoreInstanceValue =
  | { readonly kind: 'made'; readonly instance: number }
  | { readonly kind: 'bag'; readonly exports: ReadonlyMap<string, CoreRef> };

interface Spaces {
  readonly func: FuncValue[];
  readonly instance: InstanceValue[];
  readonly component: ComponentValue[];
  readonly 'core module': ModuleValue[];
}

export class Frame {
  readonly world: World;
  /** Number of this component instance. */
  readonly instance: number;
  readonly parent: Frame | undefined;
  readonly spaces: Spaces = { func: [], instance: [], component: [], 'core module': [] };
  readonly core: Readonly<Record<CoreSort, CoreRef[]>> = {
    func: [],
    table: [],
    memory: [],
    global: [],
    tag: [],
  };
  readonly coreInstances: CoreInstanceValue[] = [];
  readonly exports: Map<string, Value> = new Map();
  /** From the resources that validation speaks of to those of the plan. */
  readonly #resources = new Map<number, number>();
  readonly #types = new Map<ValType, ValType>();

  constructor(world: World, instance: number, parent: Frame | undefined) {
    this.world = world;
    this.instance = instance;
    this.parent = parent;
  }

  bindResource(resource: number, index: number): void {
    this.#resources.set(this.world.origin(resource), index);
  }

  /** The plan's resource, or `undefined` when it is not bound yet. */
  knownResource(resource: number): number | undefined {
    return this.#resources.get(this.world.origin(resource));
  }

  resource(resource: number): number {
    const index = this.knownResource(resource);
    if (index === undefined) throw invalid('a resource is used where it does not exist', 0);
    return index;
  }

  /** A value type that speaks of the plan's resources. */
  readonly type = (type: ValType): ValType => {
    if (!this.world.shape(type).resource) return type;
    const known = this.#types.get(type);
    if (known) return known;
    this.world.work();
    const made: ValType =
      type.kind === 'own' || type.kind === 'borrow'
        ? { kind: type.kind, resource: this.resource(type.resource) }
        : mapChildren(type, this.type);
    this.#types.set(type, made);
    return made;
  };

  func(type: FuncType): FuncType {
    this.world.work();
    return mapFunc(type, this.type);
  }

  at<S extends keyof Spaces>(sort: S, index: number): Spaces[S][number] {
    return present(this.spaces[sort][index] as Spaces[S][number] | undefined);
  }

  coreAt(sort: CoreSort, index: number): CoreRef {
    return present(this.core[sort][index]);
  }

  push(value: Value): void {
    this.world.work();
    if (value.sort === 'func') this.spaces.func.push(value);
    else if (value.sort === 'instance') this.spaces.instance.push(value);
    else if (value.sort === 'component') this.spaces.component.push(value);
    else if (value.sort === 'core module') this.spaces['core module'].push(value);
  }
}

/** Validation has seen to it that this exists; if it does not, the component is refused all the same. */
export function present<T>(value: T | undefined): T {
  if (value === undefined) throw invalid('an index points nowhere', 0);
  return value;
}

/** The export of an instance, which validation found to be of this sort. */
export function exportOf(instance: InstanceValue, name: string, sort: EntitySort): Value {
  const value = present(instance.exports.get(name));
  if (value.sort !== sort) throw invalid(`export is not a ${sort}`, 0);
  return value;
}
