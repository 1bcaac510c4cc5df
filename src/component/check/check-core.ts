/**
 * Core modules, their types, and core instances.
 *
 * @module
 */
import type { CoreDef, Definition, Item, ModuleDecl } from '../decode/ast.ts';
import { readModule, resolveExtern } from '../decode/core-module.ts';
import {
  type CoreExtern,
  type CoreImport,
  coreMismatch,
  importKey,
  type ModuleType,
} from '../decode/core-types.ts';
import { invalid } from '../decode/errors.ts';
import { shorten } from '../decode/names.ts';
import type { CoreBagExport } from './ops.ts';
import type { Scope } from './scope.ts';

type Of<K> = Extract<Definition, { kind: K }>;

export function checkModule(scope: Scope, item: Extract<Item, { kind: 'core module' }>): void {
  const type = readModule(scope.world.reader(item.start, item.end));
  scope.world.work(type.imports.length + type.exports.size);
  scope.spaces['core module'].push(type);
  scope.ops.push({ op: 'core module', core: scope.world.cores.push(item) - 1, type });
}

export function checkCoreInstantiate(
  scope: Scope,
  { module, args }: Of<'core instantiate'>,
  at: number,
): void {
  const type = scope.at('core module', module, at);
  const given = new Map<string, number>();
  for (const arg of args) {
    scope.at('core instance', arg.instance, at);
    if (given.has(arg.name))
      throw invalid(`duplicate module instantiation argument \`${shorten(arg.name)}\``, at);
    given.set(arg.name, arg.instance);
  }
  scope.world.work(type.imports.length + args.length);
  for (const one of type.imports) {
    const index = given.get(one.module);
    if (index === undefined)
      throw invalid(
        `missing module instantiation argument: no instance is given for \`${shorten(one.module)}\``,
        at,
      );
    const found = scope.at('core instance', index, at).get(one.name);
    if (!found)
      throw invalid(`core instance ${index} does not export an item named \`${shorten(one.name)}\``, at);
    const reason = coreMismatch(found, one.type);
    if (reason) throw invalid(`core import \`${shorten(one.module)}::${shorten(one.name)}\`: ${reason}`, at);
  }
  scope.spaces['core instance'].push(type.exports);
  scope.ops.push({ op: 'core instance', module, args: given });
}

export function checkCoreBag(scope: Scope, { exports }: Of<'core bag'>, at: number): void {
  const made = new Map<string, CoreExtern>();
  const entries: CoreBagExport[] = [];
  for (const { name, sort, index } of exports) {
    if (made.has(name)) throw invalid(`export name \`${shorten(name)}\` already defined`, at);
    const kind = coreSortOf(sort);
    if (!kind) throw invalid(`a core instance cannot export ${sort}`, at);
    made.set(name, scope.at(`core ${kind}`, index, at));
    entries.push({ name, sort: kind, index });
  }
  scope.world.work(exports.length);
  scope.spaces['core instance'].push(made);
  scope.ops.push({ op: 'core bag', exports: entries });
}

export function checkCoreAlias(
  scope: Scope,
  { sort, instance, name }: Of<'alias core export'>,
  at: number,
): void {
  if (scope.kind !== 'component') throw invalid('aliases in types may only refer to types or instances', at);
  const kind = coreSortOf(sort);
  if (!kind) throw invalid(`core instances do not export ${sort}`, at);
  const found = scope.at('core instance', instance, at).get(name);
  if (!found) throw invalid(`core instance ${instance} has no export named \`${shorten(name)}\``, at);
  if (found.kind !== kind)
    throw invalid(`export \`${shorten(name)}\` of core instance ${instance} is not a ${kind}`, at);
  scope.spaces[`core ${kind}`].push(found);
  scope.ops.push({ op: 'core alias', sort: kind, instance, name });
}

function coreSortOf(sort: string): CoreBagExport['sort'] | undefined {
  switch (sort) {
    case 'core func':
      return 'func';
    case 'core table':
      return 'table';
    case 'core memory':
      return 'memory';
    case 'core global':
      return 'global';
    case 'core tag':
      return 'tag';
    default:
      return undefined;
  }
}

export function checkModuleType(scope: Scope, { decls }: Of<'module type'>): void {
  const types: CoreDef[] = [];
  const imports = new Map<string, CoreImport>();
  const exports = new Map<string, CoreExtern>();
  for (const decl of decls) moduleDecl(scope, decl, types, imports, exports);
  scope.world.work(decls.length);
  const type: ModuleType = { imports: [...imports.values()], exports };
  scope.spaces['core type'].push({ kind: 'module', type });
}

function moduleDecl(
  scope: Scope,
  decl: ModuleDecl,
  types: CoreDef[],
  imports: Map<string, CoreImport>,
  exports: Map<string, CoreExtern>,
): void {
  switch (decl.kind) {
    case 'type':
      for (const type of decl.types) types.push(type);
      return;
    case 'import': {
      const one = { module: decl.module, name: decl.name, type: resolveExtern(decl.type, types, decl.at) };
      if (imports.has(importKey(one)))
        throw invalid(`duplicate import name \`${shorten(decl.module)}:${shorten(decl.name)}\``, decl.at);
      imports.set(importKey(one), one);
      return;
    }
    case 'export':
      if (exports.has(decl.name))
        throw invalid(`export name \`${shorten(decl.name)}\` already defined`, decl.at);
      exports.set(decl.name, resolveExtern(decl.type, types, decl.at));
      return;
    case 'outer': {
      // The module type is a scope of its own: 0 is itself, 1 the scope that it stands in.
      const entry =
        decl.count === 0
          ? types[decl.index]
          : scope.outer(decl.count - 1, decl.at).at('core type', decl.index, decl.at);
      if (!entry) throw invalid('core type index out of bounds', decl.at);
      if (entry.kind === 'module') throw invalid('a module type cannot hold a module type', decl.at);
      types.push(entry);
    }
  }
}
