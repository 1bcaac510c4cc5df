/**
 * What both pools do with the modules of a load before they can be linked.
 *
 * @module
 */
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
  { app, modules }: PoolLoad,
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
  return components;
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
