/**
 * The index spaces of one component, component type or instance type while it is checked.
 *
 * @module
 */
import type { CoreDef, Sort } from '../decode/ast.ts';
import type { CoreExtern, ModuleType } from '../decode/core-types.ts';
import { invalid } from '../decode/errors.ts';
import type { FuncType, ValType } from '../types.ts';
import type { ComponentType, Entity, InstanceType, TypeEntry } from './entities.ts';
import type { Op } from './ops.ts';
import type { World } from './world.ts';

export type CoreTypeEntry = CoreDef | { readonly kind: 'module'; readonly type: ModuleType };

export type CoreInstance = ReadonlyMap<string, CoreExtern>;

/** One side of the names of a scope: its imports, or its exports. */
export interface Names {
  /** By the key that must be unique; the value is the name as written. */
  readonly taken: Map<string, string>;
  /** Resources that have a name here, by label. */
  readonly resources: Map<string, number>;
  /** Nominal value types and resource aliases that have a name here. */
  readonly visible: Set<ValType | number>;
}

export interface Spaces {
  readonly 'core func': CoreExtern[];
  readonly 'core table': CoreExtern[];
  readonly 'core memory': CoreExtern[];
  readonly 'core global': CoreExtern[];
  readonly 'core tag': CoreExtern[];
  readonly 'core type': CoreTypeEntry[];
  readonly 'core module': ModuleType[];
  readonly 'core instance': CoreInstance[];
  readonly func: FuncType[];
  readonly type: TypeEntry[];
  readonly component: ComponentType[];
  readonly instance: InstanceType[];
}

export type ScopeKind = 'component' | 'component type' | 'instance type';

export class Scope {
  readonly world: World;
  readonly kind: ScopeKind;
  readonly parent: Scope | undefined;
  readonly spaces: Spaces = {
    'core func': [],
    'core table': [],
    'core memory': [],
    'core global': [],
    'core tag': [],
    'core type': [],
    'core module': [],
    'core instance': [],
    func: [],
    type: [],
    component: [],
    instance: [],
  };
  /** Resources made here or imported. */
  readonly bound: Set<number> = new Set();
  /** Resources defined here: only they can be made and taken apart. */
  readonly local: Set<number> = new Set();
  readonly imports: Map<string, Entity> = new Map();
  readonly exports: Map<string, Entity> = new Map();
  readonly importNames: Names = names();
  readonly exportNames: Names = names();
  readonly ops: Op[] = [];

  constructor(world: World, kind: ScopeKind, parent: Scope | undefined) {
    this.world = world;
    this.kind = kind;
    this.parent = parent;
  }

  readonly fresh = (): number => {
    const resource = this.world.freshResource();
    this.bound.add(resource);
    return resource;
  };

  /** The entry of an index space; throws `COMPONENT_INVALID` beyond its end. */
  at<S extends Sort>(sort: S, index: number, offset: number): Spaces[S][number] {
    const entry = this.spaces[sort][index] as Spaces[S][number] | undefined;
    if (entry === undefined) throw invalid(`${sort} index out of bounds: ${index}`, offset);
    return entry;
  }

  /** Adds what an import, alias or export brings to its index space. */
  push(entity: Entity): void {
    this.world.work();
    if (entity.sort === 'func') this.spaces.func.push(entity.type);
    else if (entity.sort === 'type') this.spaces.type.push(entity.type);
    else if (entity.sort === 'instance') this.spaces.instance.push(entity.type);
    else if (entity.sort === 'component') this.spaces.component.push(entity.type);
    else this.spaces['core module'].push(entity.type);
  }

  /** The scope `count` levels out; throws `COMPONENT_INVALID` past the root. */
  outer(count: number, offset: number): Scope {
    let scope: Scope = this;
    for (let left = count; left > 0; left -= 1) {
      if (!scope.parent) throw invalid(`invalid outer alias count of ${count}`, offset);
      scope = scope.parent;
    }
    return scope;
  }
}

export function names(): Names {
  return { taken: new Map(), resources: new Map(), visible: new Set() };
}
