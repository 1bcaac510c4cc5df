/**
 * What both pools do with the modules of a load before they can be linked.
 *
 * @module
 */
import type { Component } from '../component/api.ts';
import { compile } from '../component/index.ts';
import { fail } from '../engine/errors.ts';
import type { PoolLoad } from '../engine/pool.ts';
import { type CodedError, isCoded } from '../lib/errors.ts';
import { whyAbsent } from '../wasi/absent.ts';
import type { CachedComponent, ComponentCache } from './component-cache.ts';

/** What is wrong with one module; `module` is empty when it is not about one. */
export interface ModuleFault {
  readonly module: string;
  readonly error: unknown;
}

/**
 * Compiles every module of a load; what was compiled goes onto the stack. Throws `MODULE_INVALID`, naming the faults
 * of all.
 */
export async function compileAll(
  { app, modules, log }: PoolLoad,
  cache: ComponentCache,
  stack: DisposableStack,
): Promise<readonly CachedComponent[]> {
  const compiled = await Promise.allSettled(modules.map(({ bytes }) => cache.get(bytes)));
  const components: CachedComponent[] = [];
  const faults: ModuleFault[] = [];
  for (const [index, result] of compiled.entries()) {
    if (result.status === 'fulfilled') components.push(stack.use(result.value));
    else faults.push({ module: modules[index]?.name ?? '', error: result.reason });
  }
  if (faults.length > 0) throw refusal(app.name, faults);
  for (const [index, { component }] of components.entries()) {
    if (component.unmetered.length === 0) continue;
    const fields = { module: modules[index]?.name, why: component.unmetered.join('; ') };
    log.warn('Module runs without limits of fuel and memory', fields);
  }
  return components;
}

/** Compiles as the operator says what to do with code that cannot be metered. */
export function compiler(unmetered = false): (bytes: Uint8Array<ArrayBuffer>) => Promise<Component> {
  return (bytes) => compile(bytes, { unsupported: unmetered ? 'run' : 'refuse' });
}

/** One error for all modules: what is missing when that is all that is wrong, else what is wrong with each. */
export function refusal(app: string, faults: readonly ModuleFault[]): CodedError {
  const missing = faults.map(({ module, error }) =>
    isCoded(error) && error.code === 'LINK' && Array.isArray(error.detail['missing'])
      ? error.detail['missing'].map((name) => `${module}: ${name}`)
      : [],
  );
  if (missing.every((names) => names.length > 0)) {
    const named = missing.flat();
    const advice = [...new Set(named.map((name) => whyAbsent(name)).filter((text) => text !== undefined))];
    return fail('IMPORTS_MISSING', { app, missing: named, ...(advice.length > 0 && { advice }) });
  }
  const listed = faults.map(({ module, error }) => ({
    module,
    text: error instanceof Error ? error.message : String(error),
    ...(isCoded(error) && { code: error.code, detail: error.detail }),
  }));
  return fail('MODULE_INVALID', { app, faults: listed }, faults[0]?.error);
}
