/**
 * Type definitions and the types of imports and exports.
 *
 * @module
 */
import type { ExternType, RawFunc, RawScope, RawType, RawValue, ValRef } from '../decode/ast.ts';
import { isFunc } from '../decode/core-types.ts';
import { invalid, limit } from '../decode/errors.ts';
import { limits } from '../decode/limits.ts';
import { isLabel, shorten } from '../decode/names.ts';
import type { FuncType, ValType } from '../types.ts';
import { type Entity, isNominal, type TypeEntry } from './entities.ts';
import type { Scope } from './scope.ts';
import { openInstance } from './subst.ts';

/** An entry for a definition that is neither a component nor an instance type. */
export function defineType(scope: Scope, raw: Exclude<RawType, RawScope>, at: number): TypeEntry {
  if (raw.kind === 'func') return { kind: 'func', type: funcType(scope, raw, at) };
  if (raw.kind === 'resource') return resource(scope, raw.destructor, at);
  return { kind: 'value', type: valueType(scope, raw, at) };
}

function resource(scope: Scope, destructor: number | undefined, at: number): TypeEntry {
  if (scope.kind !== 'component')
    throw invalid('resources can only be defined within a concrete component', at);
  if (destructor !== undefined && !isFunc(scope.at('core func', destructor, at), ['i32'], []))
    throw invalid('wrong signature for a destructor: expected (i32) -> ()', at);
  const made = scope.fresh();
  scope.local.add(made);
  scope.ops.push({ op: 'resource', resource: made, destructor });
  return { kind: 'resource', resource: made };
}

function funcType(scope: Scope, raw: RawFunc, at: number): FuncType {
  if (raw.params.length > 1000) throw limit('parameters', 1000);
  scope.world.countType();
  const params = raw.params.map(({ name, type }) => ({ name, type: resolve(scope, type, at) }));
  checkLabels(
    'function parameter',
    params.map((param) => param.name),
    at,
  );
  const result = raw.result === undefined ? undefined : resolve(scope, raw.result, at);
  if (result && scope.world.shape(result).borrow)
    throw invalid('function result cannot contain a `borrow` type', at);
  const nodes = [...params.map((param) => param.type), ...(result ? [result] : [])];
  if (nodes.reduce((sum, type) => sum + scope.world.shape(type).nodes, 0) > limits.typeNodes)
    throw limit('typeNodes', limits.typeNodes);
  return { params, result };
}

function valueType(scope: Scope, raw: RawValue, at: number): ValType {
  if (raw.kind === 'primitive') return scope.world.primitive(raw.type);
  return scope.world.value(makeValue(scope, raw, at), at);
}

function makeValue(scope: Scope, raw: Exclude<RawValue, { kind: 'primitive' }>, at: number): ValType {
  const get = (type: ValRef): ValType => resolve(scope, type, at);
  const maybe = (type: ValRef | undefined): ValType | undefined =>
    type === undefined ? undefined : get(type);
  switch (raw.kind) {
    case 'record':
      checkLabels(
        'record field',
        raw.fields.map((field) => field.name),
        at,
        true,
      );
      return { kind: 'record', fields: raw.fields.map(({ name, type }) => ({ name, type: get(type) })) };
    case 'variant':
      checkLabels(
        'variant case',
        raw.cases.map((one) => one.name),
        at,
        true,
      );
      return { kind: 'variant', cases: raw.cases.map(({ name, type }) => ({ name, type: maybe(type) })) };
    case 'flags':
      checkLabels('flag', raw.names, at, true);
      if (raw.names.length > 32) throw invalid('cannot have more than 32 flags', at);
      return { kind: 'flags', names: raw.names };
    case 'enum':
      checkLabels('enum tag', raw.names, at, true);
      return { kind: 'enum', names: raw.names };
    case 'tuple':
      if (raw.elements.length === 0) throw invalid('tuple type must have at least one type', at);
      return { kind: 'tuple', elements: raw.elements.map(get) };
    case 'list':
      return { kind: 'list', element: get(raw.element) };
    case 'option':
      return { kind: 'option', some: get(raw.element) };
    case 'result':
      return { kind: 'result', ok: maybe(raw.ok), err: maybe(raw.err) };
    default:
      return { kind: raw.kind, resource: resourceAt(scope, raw.resource, at) };
  }
}

function checkLabels(what: string, labels: readonly string[], at: number, some: boolean = false): void {
  if (some && labels.length === 0) throw invalid(`a type must have at least one ${what}`, at);
  const seen = new Map<string, string>();
  for (const label of labels) {
    if (label === '') throw invalid(`${what} name cannot be empty`, at);
    if (!isLabel(label)) throw invalid(`${what} name \`${shorten(label)}\` is not in kebab case`, at);
    const key = label.toLowerCase();
    const other = seen.get(key);
    if (other !== undefined)
      throw invalid(
        `${what} name \`${shorten(label)}\` conflicts with previous name \`${shorten(other)}\``,
        at,
      );
    seen.set(key, label);
  }
}

function resolve(scope: Scope, type: ValRef, at: number): ValType {
  if (typeof type === 'string') return scope.world.primitive(type);
  const entry = scope.at('type', type, at);
  if (entry.kind !== 'value') throw invalid(`type index ${type} is not a defined type`, at);
  return entry.type;
}

/** The resource that a type index stands for; throws `COMPONENT_INVALID` for any other type. */
export function resourceAt(scope: Scope, index: number, at: number): number {
  const entry = scope.at('type', index, at);
  if (entry.kind !== 'resource') throw invalid(`type index ${index} is not a resource type`, at);
  return entry.resource;
}

/** The function type at an index. */
export function funcAt(scope: Scope, index: number, at: number): FuncType {
  const entry = scope.at('type', index, at);
  if (entry.kind !== 'func') throw invalid(`type index ${index} is not a function type`, at);
  return entry.type;
}

/** The type of an import or export. Declared instance types are opened: their resources become fresh ones. */
export function externEntity(scope: Scope, type: ExternType, at: number): Entity {
  if (type.sort === 'type') {
    if (type.bound === 'resource')
      return { sort: 'type', type: { kind: 'resource', resource: scope.fresh() } };
    return { sort: 'type', type: renamed(scope, scope.at('type', type.bound, at)) };
  }
  if (type.sort === 'core module') {
    const entry = scope.at('core type', type.index, at);
    if (entry.kind !== 'module') throw invalid(`core type index ${type.index} is not a module type`, at);
    return { sort: 'core module', type: entry.type };
  }
  if (type.sort === 'func') return { sort: 'func', type: funcAt(scope, type.index, at) };
  const entry = scope.at('type', type.index, at);
  if (type.sort === 'instance') {
    if (entry.kind !== 'instance') throw invalid(`type index ${type.index} is not an instance type`, at);
    return { sort: 'instance', type: openInstance(scope.world, entry.type, scope.fresh) };
  }
  if (entry.kind !== 'component') throw invalid(`type index ${type.index} is not a component type`, at);
  return { sort: 'component', type: entry.type };
}

/** The same type under a name of its own. */
export function renamed(scope: Scope, entry: TypeEntry): TypeEntry {
  if (entry.kind === 'resource')
    return { kind: 'resource', resource: scope.world.aliasResource(entry.resource) };
  if (entry.kind === 'value' && isNominal(entry.type)) {
    const copy = scope.world.value({ ...entry.type }, 0);
    scope.world.copied(copy, entry.type);
    return { kind: 'value', type: copy };
  }
  return entry;
}
