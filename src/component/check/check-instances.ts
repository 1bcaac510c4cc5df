/**
 * Component instances, aliases, imports and exports.
 *
 * @module
 */
import type { Definition, ExternName, ExternType, SortIndex } from '../decode/ast.ts';
import { invalid } from '../decode/errors.ts';
import { shorten } from '../decode/names.ts';
import type { ValType } from '../types.ts';
import { checkVisible, declareName } from './check-names.ts';
import { externEntity, renamed } from './check-types.ts';
import { children, type Entity, instanceType, type TypeEntry } from './entities.ts';
import { mismatch } from './match.ts';
import type { Arg, NamedArg } from './ops.ts';
import { names, type Scope } from './scope.ts';
import { Substitution } from './subst.ts';

type Of<K> = Extract<Definition, { kind: K }>;

export function checkInstantiate(scope: Scope, { component, args }: Of<'instantiate'>, at: number): void {
  const type = scope.at('component', component, at);
  const given = new Map<string, Entity>();
  const bound: NamedArg[] = [];
  for (const arg of args) {
    if (given.has(arg.name)) throw invalid(`duplicate instantiation argument \`${shorten(arg.name)}\``, at);
    const entity = entityAt(scope, arg, at);
    given.set(arg.name, entity);
    bound.push({ name: arg.name, arg: argOf(arg, entity) });
  }
  const substitution = new Substitution(scope.world, type.bound, scope.fresh);
  for (const [name, expected] of type.imports) {
    const actual = given.get(name);
    if (!actual) throw invalid(`missing import named \`${shorten(name)}\``, at);
    const reason = mismatch(actual, expected, substitution);
    if (reason) throw invalid(`type mismatch for import \`${shorten(name)}\`: ${reason}`, at);
  }
  const made = instanceType(substitution.entities(type.exports));
  scope.spaces.instance.push(made);
  scope.ops.push({ op: 'instance', component, args: bound, type: made });
}

export function checkBag(scope: Scope, { exports }: Of<'bag'>, at: number): void {
  const side = names();
  const made = new Map<string, Entity>();
  const args: NamedArg[] = [];
  for (const one of exports) {
    const entity = entityAt(scope, one, at);
    declareName(scope.world, side, 'item', one.name, entity);
    made.set(one.name.name, entity);
    args.push({ name: one.name.name, arg: argOf(one, entity) });
  }
  scope.world.work(exports.length);
  scope.spaces.instance.push(instanceType(made));
  scope.ops.push({ op: 'bag', exports: args });
}

export function checkAliasExport(
  scope: Scope,
  { sort, instance, name }: Of<'alias export'>,
  at: number,
): void {
  if (scope.kind !== 'component' && sort !== 'type' && sort !== 'instance')
    throw invalid('aliases in types may only refer to types or instances', at);
  const entity = scope.at('instance', instance, at).exports.get(name);
  if (!entity) throw invalid(`instance ${instance} has no export named \`${shorten(name)}\``, at);
  if (entity.sort !== sort)
    throw invalid(`export \`${shorten(name)}\` of instance ${instance} is not a ${sort}`, at);
  scope.push(entity);
  if (entity.sort !== 'type' && scope.kind === 'component')
    scope.ops.push({ op: 'alias', sort: entity.sort, instance, name });
}

export function checkOuter(scope: Scope, { sort, count, index }: Of<'alias outer'>, at: number): void {
  const target = scope.outer(count, at);
  if (scope.kind !== 'component' && sort !== 'type' && sort !== 'core type')
    throw invalid('aliases in types may only refer to types or instances', at);
  let components = 0;
  for (let one: Scope | undefined = scope; one && one !== target; one = one.parent)
    if (one.kind === 'component') components += 1;
  switch (sort) {
    case 'type': {
      const entry = target.at('type', index, at);
      if (components > 0 && refersToResources(scope, entry, new Set()))
        throw invalid('outer type alias is invalid: the type transitively refers to resources', at);
      scope.spaces.type.push(entry);
      return;
    }
    case 'core type':
      scope.spaces['core type'].push(target.at('core type', index, at));
      return;
    case 'core module':
      scope.spaces['core module'].push(target.at('core module', index, at));
      break;
    case 'component':
      scope.spaces.component.push(target.at('component', index, at));
      break;
    default:
      throw invalid(`outer aliases cannot refer to ${sort}`, at);
  }
  scope.ops.push({ op: 'outer', sort, count: components, index });
}

/** Whether resources other than those that the type itself binds are inside. */
function refersToResources(scope: Scope, entry: TypeEntry, bound: ReadonlySet<number>): boolean {
  const { world } = scope;
  const any = (type: { readonly bound: ReadonlySet<number> }, all: Iterable<Entity>): boolean => {
    const inside = type.bound.size === 0 ? bound : new Set([...bound, ...type.bound]);
    world.work(inside.size + 1);
    for (const entity of all) if (entityRefers(entity, inside)) return true;
    return false;
  };
  const entityRefers = (entity: Entity, inside: ReadonlySet<number>): boolean => {
    world.work();
    if (entity.sort === 'core module') return false;
    if (entity.sort === 'type') return refersToResources(scope, entity.type, inside);
    if (entity.sort === 'func') return refersToResources(scope, { kind: 'func', type: entity.type }, inside);
    if (entity.sort === 'instance')
      return refersToResources(scope, { kind: 'instance', type: entity.type }, inside);
    return refersToResources(scope, { kind: 'component', type: entity.type }, inside);
  };
  switch (entry.kind) {
    case 'resource':
      return !bound.has(world.origin(entry.resource));
    case 'value':
      return handles(scope, [entry.type], bound);
    case 'func':
      return handles(
        scope,
        [...entry.type.params.map((one) => one.type), ...(entry.type.result ? [entry.type.result] : [])],
        bound,
      );
    case 'instance':
      return any(entry.type, entry.type.exports.values());
    case 'component':
      return any(entry.type, [...entry.type.imports.values(), ...entry.type.exports.values()]);
  }
}

/** Whether a handle of a resource that is not `bound` is inside any of these. */
function handles(scope: Scope, types: readonly ValType[], bound: ReadonlySet<number>): boolean {
  return types.some((type) => {
    scope.world.work();
    if (!scope.world.shape(type).resource) return false;
    if (type.kind === 'own' || type.kind === 'borrow') return !bound.has(scope.world.origin(type.resource));
    return handles(scope, children(type), bound);
  });
}

export function checkImport(scope: Scope, { name, type }: Of<'import'>, at: number): void {
  const entity = externEntity(scope, type, at);
  declareName(scope.world, scope.importNames, 'import', name, entity);
  checkVisible(scope, 'import', entity, at);
  scope.imports.set(name.name, entity);
  scope.push(entity);
  if (scope.kind === 'component') scope.ops.push({ op: 'import', name: name.name, type: entity, at });
}

export function checkExport(scope: Scope, { name, item, type }: Of<'export'>, at: number): void {
  const inferred = entityAt(scope, item, at);
  const entity = type ? ascribed(scope, inferred, type, at) : inferred;
  const named: Entity = entity.sort === 'type' ? { sort: 'type', type: renamed(scope, entity.type) } : entity;
  addExport(scope, name, named, at);
  scope.push(named);
  scope.ops.push({ op: 'export', name: name.name, arg: argOf(item, inferred), type: named });
}

/** An export of a component or instance type. */
export function checkExportDecl(scope: Scope, { name, type }: Of<'export decl'>, at: number): void {
  const entity = externEntity(scope, type, at);
  addExport(scope, name, entity, at);
  scope.push(entity);
}

function addExport(scope: Scope, name: ExternName, entity: Entity, at: number): void {
  declareName(scope.world, scope.exportNames, 'export', name, entity);
  // An instance type may be declared with types that have no name; using it for an import or export may not.
  if (scope.kind !== 'instance type') checkVisible(scope, 'export', entity, at);
  scope.exports.set(name.name, entity);
}

function ascribed(scope: Scope, inferred: Entity, type: ExternType, at: number): Entity {
  const before = new Set(scope.bound);
  const wanted = externEntity(scope, type, at);
  scope.world.work(scope.bound.size);
  // Resources that the ascription makes fresh stand for whatever the export has in their place.
  const made = new Set([...scope.bound].filter((one) => !before.has(one)));
  const substitution = new Substitution(scope.world, made, scope.fresh);
  const reason = mismatch(inferred, wanted, substitution);
  if (reason) throw invalid(`ascribed type of export is not compatible with item's type: ${reason}`, at);
  return wanted;
}

function entityAt(scope: Scope, { sort, index }: SortIndex, at: number): Entity {
  scope.world.work();
  switch (sort) {
    case 'func':
      return { sort, type: scope.at(sort, index, at) };
    case 'type':
      return { sort, type: scope.at(sort, index, at) };
    case 'instance':
      return { sort, type: scope.at(sort, index, at) };
    case 'component':
      return { sort, type: scope.at(sort, index, at) };
    case 'core module':
      return { sort, type: scope.at(sort, index, at) };
    default:
      throw invalid(`${sort} cannot be passed or exported by a component`, at);
  }
}

function argOf({ index }: SortIndex, entity: Entity): Arg {
  if (entity.sort !== 'type') return { sort: entity.sort, index };
  return { sort: 'type', resource: entity.type.kind === 'resource' ? entity.type.resource : undefined };
}
