/**
 * Canonical definitions. Specification: CanonicalABI.md, "`canonopt` Validation", "`canon lift`", "`canon lower`".
 * The runtime relies on what is checked here: core functions have exactly the signatures that it calls.
 *
 * @module
 */
import type { CanonOpts, Definition } from '../decode/ast.ts';
import { isFunc, showFunc } from '../decode/core-types.ts';
import { invalid, unsupported } from '../decode/errors.ts';
import type { FuncType } from '../types.ts';
import { funcAt, resourceAt } from './check-types.ts';
import type { Scope } from './scope.ts';
import { flattenFunc } from './shape.ts';

type Canon<K> = Extract<Definition, { kind: K }>;

const REALLOC: readonly string[] = ['i32', 'i32', 'i32', 'i32'];

export function checkLift(scope: Scope, { core, type: index, options }: Canon<'lift'>, at: number): void {
  const type = funcAt(scope, index, at);
  const callee = scope.at('core func', core, at);
  const signature = flattenFunc(type, 'lift', scope.world.shape);
  if (callee.kind !== 'func' || !isFunc(callee, signature.params, signature.results)) {
    const found = callee.kind === 'func' ? showFunc(callee) : callee.kind;
    throw invalid(`lifted core function must be ${showFunc(signature)}, found ${found}`, at);
  }
  checkOptions(scope, options, at);
  const { pointerParams, pointerResult } = pointers(scope, type);
  requireOption(
    options,
    'memory',
    pointerParams || pointerResult || signature.spilledParams || signature.spilledResult,
    at,
  );
  requireOption(options, 'realloc', pointerParams || signature.spilledParams, at);
  if (
    options.postReturn !== undefined &&
    !isFunc(scope.at('core func', options.postReturn, at), signature.results, [])
  )
    throw invalid('canonical option `post-return` uses a core function with an incorrect signature', at);
  scope.spaces.func.push(type);
  scope.ops.push({ op: 'lift', core, type, options });
}

export function checkLower(scope: Scope, { func, options }: Canon<'lower'>, at: number): void {
  const type = scope.at('func', func, at);
  const signature = flattenFunc(type, 'lower', scope.world.shape);
  if (options.postReturn !== undefined)
    throw invalid('canonical option `post-return` cannot be specified for lowerings', at);
  checkOptions(scope, options, at);
  const { pointerParams, pointerResult } = pointers(scope, type);
  requireOption(
    options,
    'memory',
    pointerParams || pointerResult || signature.spilledParams || signature.spilledResult,
    at,
  );
  requireOption(options, 'realloc', pointerResult, at);
  scope.spaces['core func'].push({ kind: 'func', params: signature.params, results: signature.results });
  scope.ops.push({ op: 'lower', func, type, options });
}

export function checkBuiltin(
  scope: Scope,
  { kind, type }: Canon<'resource.new' | 'resource.rep' | 'resource.drop'>,
  at: number,
): void {
  const resource = resourceAt(scope, type, at);
  if (kind !== 'resource.drop' && !scope.local.has(scope.world.origin(resource)))
    throw invalid(`type index ${type} is not a local resource: only its own component can use ${kind}`, at);
  const results = kind === 'resource.drop' ? [] : ['i32'];
  scope.spaces['core func'].push({ kind: 'func', params: ['i32'], results });
  scope.ops.push({ op: kind, resource });
}

function checkOptions(scope: Scope, { memory, realloc }: CanonOpts, at: number): void {
  if (memory !== undefined) {
    const type = scope.at('core memory', memory, at);
    if (type.kind === 'memory' && type.wide) throw unsupported('64-bit memory in canonical options', at);
    if (type.kind === 'memory' && type.shared) throw unsupported('shared memory in canonical options', at);
    if (type.kind === 'memory' && type.pageSize !== 65_536)
      throw unsupported('custom page size in canonical options', at);
  }
  if (realloc === undefined) return;
  const type = scope.at('core func', realloc, at);
  if (memory === undefined)
    throw invalid('canonical option `realloc` requires `memory` to also be specified', at);
  if (!isFunc(type, REALLOC, ['i32']))
    throw invalid('canonical option `realloc` uses a core function with an incorrect signature', at);
}

function pointers(
  scope: Scope,
  type: FuncType,
): { readonly pointerParams: boolean; readonly pointerResult: boolean } {
  return {
    pointerParams: type.params.some((param) => scope.world.shape(param.type).pointer),
    pointerResult: type.result !== undefined && scope.world.shape(type.result).pointer,
  };
}

function requireOption(options: CanonOpts, name: 'memory' | 'realloc', needed: boolean, at: number): void {
  if (needed && options[name] === undefined) throw invalid(`canonical option \`${name}\` is required`, at);
}
