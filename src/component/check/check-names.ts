/**
 * Rules on the names of imports and exports, and on the types that they may speak of.
 * Specification: Explainer.md, "Import and Export Definitions" and "External Visibility of Types".
 *
 * @module
 */
import type { ExternName } from '../decode/ast.ts';
import { invalid } from '../decode/errors.ts';
import {
  isCanonicalVersion,
  isSemver,
  type ParsedName,
  parseName,
  shorten,
  uniqueKey,
} from '../decode/names.ts';
import type { FuncType, ValType } from '../types.ts';
import { children, type Entity, isNominal, type TypeEntry } from './entities.ts';
import type { Names, Scope } from './scope.ts';
import type { World } from './world.ts';

/**
 * Takes a name into one side of a scope. In a bag of exports (`what` is `item`) nothing is made, so resources
 * get no name for methods to refer to. Throws
 * `COMPONENT_INVALID`.
 */
export function declareName(
  world: World,
  side: Names,
  what: 'import' | 'export' | 'item',
  name: ExternName,
  entity: Entity,
): void {
  const parsed = parseName(name.name);
  if (typeof parsed === 'string') throw invalid(`${what} name ${parsed}`, name.at);
  checkAttributes(name, parsed, entity);
  const key = uniqueKey(name.name);
  const previous = side.taken.get(key);
  if (previous !== undefined)
    throw invalid(
      `${what} name \`${shorten(name.name)}\` conflicts with previous name \`${shorten(previous)}\``,
      name.at,
    );
  side.taken.set(key, name.name);
  if (parsed.kind !== 'label' && parsed.kind !== 'interface') {
    if (entity.sort !== 'func') throw invalid(`\`${shorten(name.name)}\` is not a func`, name.at);
    const reason = annotationFault(world, parsed.kind, entity.type, side.resources.get(parsed.resource));
    if (reason) throw invalid(`\`${shorten(name.name)}\`: ${reason}`, name.at);
  }
  if (what !== 'item' && entity.sort === 'type' && entity.type.kind === 'resource')
    side.resources.set(name.name, world.origin(entity.type.resource));
}

function checkAttributes(name: ExternName, parsed: ParsedName, entity: Entity): void {
  if (name.implements !== undefined) {
    if (entity.sort !== 'instance') throw invalid('only instances can have an `implements`', name.at);
    if (parsed.kind !== 'label')
      throw invalid(`name \`${shorten(name.name)}\` is not valid with \`implements\``, name.at);
    const target = parseName(name.implements);
    if (typeof target === 'string' || target.kind !== 'interface')
      throw invalid(`\`implements\` must be an interface, found \`${shorten(name.implements)}\``, name.at);
  }
  if (name.suffix !== undefined) {
    const version = parsed.kind === 'interface' ? (parsed.version ?? '') : '';
    if (!isCanonicalVersion(version) || !isSemver(version + name.suffix))
      throw invalid(`version suffix \`${shorten(name.suffix)}\` does not complete a version`, name.at);
  }
}

function annotationFault(
  world: World,
  kind: 'constructor' | 'method' | 'static',
  type: FuncType,
  resource: number | undefined,
): string | undefined {
  const names = (handle: ValType | undefined, sort: 'own' | 'borrow'): boolean =>
    handle?.kind === sort && world.origin(handle.resource) === resource;
  if (kind === 'constructor') {
    const { result } = type;
    if (!result) return 'a constructor should return one value';
    const fits = names(result, 'own') || (result.kind === 'result' && names(result.ok, 'own'));
    return fits
      ? undefined
      : 'function should return `(own $T)` or `(result (own $T))` of the resource of that name';
  }
  if (kind === 'static')
    return resource === undefined ? 'static resource name is not known in this context' : undefined;
  const self = type.params[0];
  if (!self) return 'a method should have at least one argument';
  if (self.name !== 'self') return 'a method should have a first argument called `self`';
  return names(self.type, 'borrow')
    ? undefined
    : 'a method should take a first argument of `(borrow $T)` of that name';
}

/** Throws unless every type that the import or export speaks of has a name outside; gives it a name itself. */
export function checkVisible(scope: Scope, what: 'import' | 'export', entity: Entity, at: number): void {
  const own = what === 'import' ? scope.importNames : scope.exportNames;
  nameTypes(scope.world, entity, own.visible);
  const sets = what === 'import' ? [own.visible] : [own.visible, scope.importNames.visible];
  const visible = (type: ValType | number): boolean => sets.some((set) => set.has(type));
  if (!entityVisible(scope.world, entity, visible))
    throw invalid(`${entity.sort} not valid to be used as ${what}: it uses a type that has no name`, at);
}

function nameTypes(world: World, entity: Entity, into: Set<ValType | number>): void {
  world.work();
  if (entity.sort === 'instance')
    for (const inner of entity.type.exports.values()) nameInside(world, inner, into);
  if (entity.sort !== 'type') return;
  const entry = entity.type;
  if (entry.kind === 'resource') into.add(entry.resource);
  else if (entry.kind === 'value') into.add(entry.type);
}

/**
 * What an instance exports names what it was made of, too: the instance may speak of a type by the name under
 * which it was handed in, and out here that is the one that it exports.
 */
function nameInside(world: World, entity: Entity, into: Set<ValType | number>): void {
  nameTypes(world, entity, into);
  if (entity.sort !== 'type') return;
  if (entity.type.kind === 'resource') into.add(anyAlias(world, entity.type.resource));
  if (entity.type.kind !== 'value') return;
  for (let type = world.original(entity.type.type); type && !into.has(type); type = world.original(type)) {
    world.work();
    into.add(type);
  }
}

/** Stands for a resource under any of its names; numbers of resources are not negative. */
function anyAlias(world: World, resource: number): number {
  return -1 - world.origin(resource);
}

type Visible = (type: ValType | number) => boolean;

function entityVisible(world: World, entity: Entity, visible: Visible): boolean {
  world.work();
  if (entity.sort === 'func') return funcVisible(world, entity.type, visible);
  if (entity.sort === 'type') return entryVisible(world, entity.type, visible);
  if (entity.sort !== 'instance') return true;
  for (const inner of entity.type.exports.values()) if (!entityVisible(world, inner, visible)) return false;
  return true;
}

function entryVisible(world: World, entry: TypeEntry, visible: Visible): boolean {
  if (entry.kind === 'func') return funcVisible(world, entry.type, visible);
  if (entry.kind === 'value')
    return (
      children(entry.type).every((inner) => valueVisible(world, inner, visible)) &&
      handleVisible(world, entry.type, visible)
    );
  if (entry.kind !== 'instance') return true;
  const inside = new Set<ValType | number>();
  nameTypes(world, { sort: 'instance', type: entry.type }, inside);
  return entityVisible(
    world,
    { sort: 'instance', type: entry.type },
    (type) => inside.has(type) || visible(type),
  );
}

function funcVisible(world: World, type: FuncType, visible: Visible): boolean {
  if (type.result && !valueVisible(world, type.result, visible)) return false;
  return type.params.every((param) => valueVisible(world, param.type, visible));
}

function valueVisible(world: World, type: ValType, visible: Visible): boolean {
  world.work();
  if (isNominal(type)) return visible(type);
  if (type.kind === 'tuple') world.work(type.elements.length);
  return (
    handleVisible(world, type, visible) &&
    children(type).every((inner) => valueVisible(world, inner, visible))
  );
}

function handleVisible(world: World, type: ValType, visible: Visible): boolean {
  if (type.kind !== 'own' && type.kind !== 'borrow') return true;
  return visible(type.resource) || visible(anyAlias(world, type.resource));
}
