/**
 * Whether one definition can stand where another is declared. A string says why not.
 * Specification: Explainer.md, "Type Checking".
 *
 * @module
 */
import { moduleMismatch } from '../decode/core-types.ts';
import { shorten } from '../decode/names.ts';
import type { FuncType, ValType } from '../types.ts';
import { type ComponentType, children, type Entity, type InstanceType, type TypeEntry } from './entities.ts';
import { openInstance, Substitution } from './subst.ts';
import { width } from './world.ts';

/** Compares in the order of declaration, giving actual resources for expected ones as it meets them. */
export function mismatch(actual: Entity, expected: Entity, s: Substitution): string | undefined {
  s.world.work();
  if (actual.sort === 'func' && expected.sort === 'func') return funcMismatch(actual.type, expected.type, s);
  if (actual.sort === 'type' && expected.sort === 'type') return entryMismatch(actual.type, expected.type, s);
  if (actual.sort === 'instance' && expected.sort === 'instance')
    return exportsMismatch(actual.type.exports, expected.type.exports, s);
  if (actual.sort === 'component' && expected.sort === 'component')
    return componentMismatch(actual.type, expected.type, s);
  if (actual.sort === 'core module' && expected.sort === 'core module') {
    s.world.work(expected.type.imports.length + expected.type.exports.size + actual.type.imports.length);
    return moduleMismatch(actual.type, expected.type);
  }
  return `expected ${expected.sort}, found ${actual.sort}`;
}

function exportsMismatch(
  actual: ReadonlyMap<string, Entity>,
  expected: ReadonlyMap<string, Entity>,
  s: Substitution,
): string | undefined {
  for (const [name, entity] of expected) {
    const found = actual.get(name);
    if (!found) return `missing expected export \`${shorten(name)}\``;
    const reason = mismatch(found, entity, s);
    if (reason) return `type mismatch in instance export \`${shorten(name)}\`: ${reason}`;
  }
  return undefined;
}

function entryMismatch(actual: TypeEntry, expected: TypeEntry, s: Substitution): string | undefined {
  if (expected.kind === 'resource') {
    if (actual.kind !== 'resource') return `expected resource, found ${described(actual)}`;
    if (s.open(expected.resource)) {
      s.give(expected.resource, actual.resource);
      return undefined;
    }
    if (s.origin(expected.resource) !== s.world.origin(actual.resource))
      return 'resource types are not the same';
    s.sameResource(expected.resource, actual.resource);
    return undefined;
  }
  if (actual.kind === 'value' && expected.kind === 'value') {
    const reason = valueMismatch(actual.type, expected.type, s);
    if (!reason) s.same(expected.type, actual.type);
    return reason;
  }
  if (actual.kind === 'func' && expected.kind === 'func') return funcMismatch(actual.type, expected.type, s);
  if (actual.kind === 'instance' && expected.kind === 'instance') {
    return (
      instanceTypeMismatch(actual.type, expected.type, s) ??
      instanceTypeMismatch(expected.type, actual.type, s, true)
    );
  }
  if (actual.kind === 'component' && expected.kind === 'component')
    return componentMismatch(actual.type, expected.type, s);
  return `expected ${described(expected)}, found ${described(actual)}`;
}

/** Declared instance types: `expected`'s own resources take whatever `actual` declares in their place. */
function instanceTypeMismatch(
  actual: InstanceType,
  expected: InstanceType,
  s: Substitution,
  swapped: boolean = false,
): string | undefined {
  const fresh = (): number => s.world.freshResource();
  const from = swapped ? s.instance(actual) : actual;
  const to = swapped ? expected : s.instance(expected);
  const opened = openInstance(s.world, from, fresh);
  return exportsMismatch(opened.exports, to.exports, new Substitution(s.world, to.bound, fresh));
}

function described(entry: TypeEntry): string {
  return entry.kind === 'value' ? `defined type (${entry.type.kind})` : entry.kind;
}

export function funcMismatch(actual: FuncType, expected: FuncType, s: Substitution): string | undefined {
  s.world.work();
  if (actual.params.length !== expected.params.length)
    return `expected ${expected.params.length} parameters, found ${actual.params.length}`;
  for (const [n, param] of expected.params.entries()) {
    const found = actual.params[n] ?? param;
    if (found.name !== param.name)
      return `expected parameter named \`${shorten(param.name)}\`, found \`${shorten(found.name)}\``;
    const reason = valueMismatch(found.type, param.type, s);
    if (reason) return `type mismatch in function parameter \`${shorten(param.name)}\`: ${reason}`;
  }
  if (expected.result && actual.result) {
    const reason = valueMismatch(actual.result, expected.result, s);
    return reason && `type mismatch with result type: ${reason}`;
  }
  if (expected.result) return 'expected a result, found none';
  return actual.result ? 'expected no result, found one' : undefined;
}

function valueMismatch(actual: ValType, expected: ValType, s: Substitution): string | undefined {
  s.world.work(width(expected));
  if (actual === expected && !s.world.shape(actual).resource) return undefined;
  if (actual.kind !== expected.kind) return `expected ${expected.kind}, found ${actual.kind}`;
  if (
    (actual.kind === 'own' || actual.kind === 'borrow') &&
    (expected.kind === 'own' || expected.kind === 'borrow')
  ) {
    const same = s.origin(expected.resource) === s.world.origin(actual.resource);
    return same ? undefined : 'resource types are not the same';
  }
  const names = namesOf(expected);
  const found = namesOf(actual);
  if (names.length !== found.length)
    return `expected ${names.length} parts of ${expected.kind}, found ${found.length}`;
  const other = names.findIndex((name, n) => name !== found[n]);
  if (other >= 0)
    return `mismatch in ${expected.kind}: expected \`${shorten(names[other] ?? '')}\`, found \`${shorten(found[other] ?? '')}\``;
  const parts = children(expected);
  const given = children(actual);
  if (parts.length !== given.length) return `expected ${parts.length} types, found ${given.length}`;
  for (const [n, part] of parts.entries()) {
    const reason = valueMismatch(given[n] ?? part, part, s);
    if (reason) return `type mismatch in ${expected.kind} part ${n}: ${reason}`;
  }
  return undefined;
}

/** What must agree beside the inner types: labels, and which parts are there at all. */
function namesOf(type: ValType): readonly string[] {
  switch (type.kind) {
    case 'record':
      return type.fields.map((field) => field.name);
    case 'variant':
      return type.cases.map((one) => (one.type ? `${one.name} with a type` : one.name));
    case 'enum':
    case 'flags':
      return type.names;
    case 'result':
      return [type.ok ? 'ok with a type' : 'ok', type.err ? 'err with a type' : 'err'];
    default:
      return [];
  }
}

/** `actual` serves if it can be instantiated with what `expected` is given and exports what `expected` does. */
function componentMismatch(
  actual: ComponentType,
  wanted: ComponentType,
  s: Substitution,
): string | undefined {
  const fresh = (): number => s.world.freshResource();
  const expected = s.component(wanted);
  const opened = new Substitution(s.world, expected.bound, fresh);
  const offered = opened.entities(expected.imports);
  const inner = new Substitution(s.world, actual.bound, fresh);
  for (const [name, entity] of actual.imports) {
    const found = offered.get(name);
    if (!found) return `missing expected import \`${shorten(name)}\``;
    const reason = mismatch(found, entity, inner);
    if (reason) return `type mismatch in component import \`${shorten(name)}\`: ${reason}`;
  }
  // Exports may name resources of the imports: those are settled, the rest is open again.
  const imported = importedResources(s, expected);
  const exportsOpen = new Set([...expected.bound].filter((one) => !imported.has(one)));
  const outer = new Substitution(s.world, exportsOpen, fresh);
  const exports = new Map<string, Entity>();
  const settle = new Substitution(s.world, imported, fresh);
  for (const one of imported) settle.give(one, opened.resource(one));
  for (const [name, entity] of expected.exports) exports.set(name, settle.entity(entity));
  return exportsMismatch(inner.entities(actual.exports), exports, outer);
}

function importedResources(s: Substitution, type: ComponentType): ReadonlySet<number> {
  const found = new Set<number>();
  const visit = (entity: Entity): void => {
    s.world.work();
    if (entity.sort === 'instance') for (const inner of entity.type.exports.values()) visit(inner);
    if (entity.sort === 'type' && entity.type.kind === 'resource') {
      const origin = s.world.origin(entity.type.resource);
      if (type.bound.has(origin)) found.add(origin);
    }
  };
  for (const entity of type.imports.values()) visit(entity);
  return found;
}
