/**
 * Validation: from definitions to a {@link Program}, or `COMPONENT_INVALID` with what is wrong and where.
 * Every component definition is checked once, on its own, however often it is instantiated.
 *
 * @module
 */
import type { Item } from '../decode/ast.ts';
import { checkBuiltin, checkLift, checkLower } from './check-canon.ts';
import {
  checkCoreAlias,
  checkCoreBag,
  checkCoreInstantiate,
  checkModule,
  checkModuleType,
} from './check-core.ts';
import {
  checkAliasExport,
  checkBag,
  checkExport,
  checkExportDecl,
  checkImport,
  checkInstantiate,
  checkOuter,
} from './check-instances.ts';
import { defineType } from './check-types.ts';
import { type ComponentType, componentType, instanceType, type TypeEntry } from './entities.ts';
import type { Program } from './ops.ts';
import { Scope, type ScopeKind } from './scope.ts';
import type { World } from './world.ts';

export interface Checked {
  readonly program: Program;
  readonly type: ComponentType;
}

/** Checks a component definition. Throws `COMPONENT_INVALID`, `COMPONENT_UNSUPPORTED` or `COMPONENT_LIMIT`. */
export function checkComponent(world: World, items: readonly Item[], parent?: Scope): Checked {
  const scope = checkScope(world, 'component', items, parent);
  const { imports, exports, bound } = scope;
  return { program: { ops: scope.ops }, type: componentType({ imports, exports, bound }) };
}

function checkScope(world: World, kind: ScopeKind, items: readonly Item[], parent: Scope | undefined): Scope {
  const scope = new Scope(world, kind, parent);
  for (const item of items) {
    world.work();
    checkItem(scope, item);
  }
  return scope;
}

function checkItem(scope: Scope, item: Item): void {
  switch (item.kind) {
    case 'component': {
      const { program, type } = checkComponent(scope.world, item.items, scope);
      scope.spaces.component.push(type);
      scope.ops.push({ op: 'component', component: program });
      break;
    }
    case 'instantiate':
      checkInstantiate(scope, item, item.at);
      break;
    case 'bag':
      checkBag(scope, item, item.at);
      break;
    case 'alias export':
      checkAliasExport(scope, item, item.at);
      break;
    case 'alias outer':
      checkOuter(scope, item, item.at);
      break;
    case 'type':
      scope.spaces.type.push(typeEntry(scope, item));
      break;
    case 'import':
      checkImport(scope, item, item.at);
      break;
    case 'export':
      checkExport(scope, item, item.at);
      break;
    case 'export decl':
      checkExportDecl(scope, item, item.at);
      break;
    default:
      checkCoreItem(scope, item);
  }
}

type CoreItem = Extract<Item, { kind: `core ${string}` | `alias core ${string}` | `resource.${string}` }>;

function checkCoreItem(
  scope: Scope,
  item: CoreItem | Extract<Item, { kind: 'module type' | 'lift' | 'lower' }>,
): void {
  switch (item.kind) {
    case 'core module':
      checkModule(scope, item);
      break;
    case 'core instantiate':
      checkCoreInstantiate(scope, item, item.at);
      break;
    case 'core bag':
      checkCoreBag(scope, item, item.at);
      break;
    case 'core types':
      for (const type of item.types) scope.spaces['core type'].push(type);
      break;
    case 'module type':
      checkModuleType(scope, item);
      break;
    case 'alias core export':
      checkCoreAlias(scope, item, item.at);
      break;
    case 'lift':
      checkLift(scope, item, item.at);
      break;
    case 'lower':
      checkLower(scope, item, item.at);
      break;
    default:
      checkBuiltin(scope, item, item.at);
  }
}

function typeEntry(scope: Scope, { type, at }: Extract<Item, { kind: 'type' }>): TypeEntry {
  scope.world.countType();
  if (!('items' in type)) return defineType(scope, type, at);
  const { imports, exports, bound } = checkScope(scope.world, type.kind, type.items, scope);
  if (type.kind === 'instance type') return { kind: 'instance', type: instanceType(exports, bound) };
  return { kind: 'component', type: componentType({ imports, exports, bound }) };
}
