/**
 * What the host must supply: the imports of the root component.
 *
 * @module
 */
import type { Entity } from '../check/entities.ts';
import type { ImportOp } from '../check/ops.ts';
import { unsupported } from '../decode/errors.ts';
import { shorten } from '../decode/names.ts';
import type { PlanHostFunction, PlanImport, PlanResource } from '../plan.ts';
import type { FuncType } from '../types.ts';
import type { Frame, FuncValue, InstanceValue, Value } from './frame.ts';

/** No name that a component can write. */
export const ROOT_IMPORT = '$root';

interface RootGroup {
  /** Index into the imports of the plan. */
  readonly import: number;
  readonly functions: PlanImport['functions'][number][];
  readonly resources: PlanImport['resources'][number][];
}

/** The parts of a plan that imports add to. */
export interface HostTables {
  readonly imports: PlanImport[];
  readonly hostFunctions: PlanHostFunction[];
  readonly resources: PlanResource[];
  rootGroup: RootGroup | undefined;
}

/** Makes the value of a root import and notes what it asks of the host. Throws `COMPONENT_UNSUPPORTED`. */
export function hostImport(root: Frame, tables: HostTables, { name, type: entity, at }: ImportOp): Value {
  switch (entity.sort) {
    case 'func':
      return hostFunc(root, tables, name, entity.type);
    case 'instance':
      return hostInstance(root, tables, { name, at }, entity.type.exports);
    case 'type': {
      if (entity.type.kind !== 'resource') return { sort: 'type', resource: undefined };
      const known = root.knownResource(entity.type.resource);
      return { sort: 'type', resource: known ?? loneResource(root, tables, name, entity.type.resource) };
    }
    default:
      throw unsupported(`import of ${entity.sort} \`${shorten(name)}\``, at);
  }
}

function hostFunc(root: Frame, tables: HostTables, name: string, checked: FuncType): FuncValue {
  const type = root.func(checked);
  const index = tables.hostFunctions.length;
  if (name.startsWith('[')) {
    const group = rootGroup(tables);
    group.functions.push({ name, type, index });
    tables.hostFunctions.push({ import: group.import, name, type });
  } else {
    tables.hostFunctions.push({ import: tables.imports.length, name, type });
    tables.imports.push({ name, kind: 'func', functions: [{ name, type, index }], resources: [] });
  }
  return { sort: 'func', type, value: { kind: 'host', host: index } };
}

/** A resource that the world itself imports. */
function loneResource(root: Frame, tables: HostTables, name: string, checked: number): number {
  const group = rootGroup(tables);
  const resource = tables.resources.push({ kind: 'host', import: group.import, name }) - 1;
  root.bindResource(checked, resource);
  group.resources.push({ name, resource });
  return resource;
}

/** The import that holds what belongs to resources outside of interfaces: a class is made of all of it. */
function rootGroup(tables: HostTables): RootGroup {
  if (tables.rootGroup) return tables.rootGroup;
  const group: RootGroup = { import: tables.imports.length, functions: [], resources: [] };
  tables.imports.push({
    name: ROOT_IMPORT,
    kind: 'instance',
    functions: group.functions,
    resources: group.resources,
  });
  tables.rootGroup = group;
  return group;
}

function hostInstance(
  root: Frame,
  tables: HostTables,
  { name, at }: Pick<ImportOp, 'name' | 'at'>,
  exports: ReadonlyMap<string, Entity>,
): InstanceValue {
  const functions: PlanImport['functions'][number][] = [];
  const resources: PlanImport['resources'][number][] = [];
  const values = new Map<string, Value>();
  const number = tables.imports.length;
  for (const [member, entity] of exports) {
    root.world.work();
    if (entity.sort === 'func') {
      const type = root.func(entity.type);
      const index = tables.hostFunctions.push({ import: number, name: member, type }) - 1;
      functions.push({ name: member, type, index });
      values.set(member, { sort: 'func', type, value: { kind: 'host', host: index } });
    } else if (entity.sort === 'type') {
      values.set(member, { sort: 'type', resource: hostResource(root, tables, member, entity, resources) });
    } else {
      throw unsupported(`import of ${entity.sort} \`${shorten(member)}\` inside \`${shorten(name)}\``, at);
    }
  }
  tables.imports.push({ name, kind: 'instance', functions, resources });
  return { sort: 'instance', exports: values };
}

/** A resource that an interface declares; one that it uses from another interface is known already. */
function hostResource(
  root: Frame,
  tables: HostTables,
  name: string,
  { type }: Extract<Entity, { sort: 'type' }>,
  resources: PlanImport['resources'][number][],
): number | undefined {
  if (type.kind !== 'resource') return undefined;
  const known = root.knownResource(type.resource);
  if (known !== undefined) return known;
  const resource = tables.resources.push({ kind: 'host', import: tables.imports.length, name }) - 1;
  root.bindResource(type.resource, resource);
  resources.push({ name, resource });
  return resource;
}
