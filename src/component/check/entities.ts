/**
 * What validation knows of a definition: its type. Indices are resolved; resources are numbers handed out by
 * {@link World}. Value types are told apart by identity where names matter: exporting a record makes a new,
 * named type that equals the old one.
 *
 * @module
 */
import type { ModuleType } from '../decode/core-types.ts';
import { limit } from '../decode/errors.ts';
import { limits } from '../decode/limits.ts';
import type { FuncType, ValType } from '../types.ts';

export interface InstanceType {
  readonly exports: ReadonlyMap<string, Entity>;
  /** Resources that are fresh for each instance of a declared instance type; empty for an actual instance. */
  readonly bound: ReadonlySet<number>;
  /** How deep instances and components nest inside: walks over types recurse this far. */
  readonly depth: number;
}

export interface ComponentType {
  readonly imports: ReadonlyMap<string, Entity>;
  readonly exports: ReadonlyMap<string, Entity>;
  /** Resources that come with its imports or are made by instantiating it. */
  readonly bound: ReadonlySet<number>;
  readonly depth: number;
}

/** An entry of the type index space. */
export type TypeEntry =
  | { readonly kind: 'value'; readonly type: ValType }
  | { readonly kind: 'resource'; readonly resource: number }
  | { readonly kind: 'func'; readonly type: FuncType }
  | { readonly kind: 'instance'; readonly type: InstanceType }
  | { readonly kind: 'component'; readonly type: ComponentType };

/** What can be imported and exported. */
export type Entity =
  | { readonly sort: 'func'; readonly type: FuncType }
  | { readonly sort: 'type'; readonly type: TypeEntry }
  | { readonly sort: 'instance'; readonly type: InstanceType }
  | { readonly sort: 'component'; readonly type: ComponentType }
  | { readonly sort: 'core module'; readonly type: ModuleType };

export type EntitySort = Entity['sort'];

const NONE: ReadonlySet<number> = new Set();

/** An instance, or with `bound` a declared instance type. Throws `COMPONENT_LIMIT` when it nests too deep. */
export function instanceType(
  exports: ReadonlyMap<string, Entity>,
  bound: ReadonlySet<number> = NONE,
): InstanceType {
  return { exports, bound, depth: depthOf([exports]) };
}

/** Throws `COMPONENT_LIMIT` when it nests too deep. */
export function componentType(type: Omit<ComponentType, 'depth'>): ComponentType {
  return { ...type, depth: depthOf([type.imports, type.exports]) };
}

function depthOf(scopes: readonly ReadonlyMap<string, Entity>[]): number {
  let depth = 0;
  for (const scope of scopes)
    for (const entity of scope.values()) depth = Math.max(depth, entityDepth(entity));
  if (depth >= limits.nesting) throw limit('nesting', limits.nesting);
  return depth + 1;
}

function entityDepth(entity: Entity): number {
  if (entity.sort === 'instance' || entity.sort === 'component') return entity.type.depth;
  if (entity.sort !== 'type') return 0;
  return entity.type.kind === 'instance' || entity.type.kind === 'component' ? entity.type.type.depth : 0;
}

/** Value types that bindings must be able to name. */
export function isNominal(type: ValType): boolean {
  return type.kind === 'record' || type.kind === 'variant' || type.kind === 'enum' || type.kind === 'flags';
}

/** The value types directly inside one, in order. */
export function children(type: ValType): readonly ValType[] {
  switch (type.kind) {
    case 'list':
      return [type.element];
    case 'option':
      return [type.some];
    case 'tuple':
      return type.elements;
    case 'record':
      return type.fields.map((field) => field.type);
    case 'variant':
      return type.cases.flatMap((one) => (one.type ? [one.type] : []));
    case 'result':
      return [type.ok, type.err].filter((one) => one !== undefined);
    default:
      return [];
  }
}

/** The same type over other inner types. */
export function mapChildren(type: ValType, map: (inner: ValType) => ValType): ValType {
  switch (type.kind) {
    case 'list':
      return { kind: 'list', element: map(type.element) };
    case 'option':
      return { kind: 'option', some: map(type.some) };
    case 'tuple':
      return { kind: 'tuple', elements: type.elements.map(map) };
    case 'record':
      return {
        kind: 'record',
        fields: type.fields.map((field) => ({ name: field.name, type: map(field.type) })),
      };
    case 'variant':
      return {
        kind: 'variant',
        cases: type.cases.map((one) => ({ name: one.name, type: one.type && map(one.type) })),
      };
    case 'result':
      return { kind: 'result', ok: type.ok && map(type.ok), err: type.err && map(type.err) };
    default:
      return type;
  }
}

/** The same function type over other value types. */
export function mapFunc(type: FuncType, map: (inner: ValType) => ValType): FuncType {
  return {
    params: type.params.map((param) => ({ name: param.name, type: map(param.type) })),
    result: type.result && map(type.result),
  };
}
