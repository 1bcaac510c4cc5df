/**
 * A compiled component: plain data that a structured clone carries to another thread.
 *
 * @module
 */
import type { Component } from '../api.ts';
import { decode } from '../decode.ts';
import type { Plan } from '../plan.ts';
import { elideShims } from './elide-shims.ts';
import { fail } from './errors.ts';
import { importMemory, MEMORY_MODULE, type MemoryType } from './import-memory.ts';
import { hasStart } from './sections.ts';

/** The plan without the bytes that the modules were made of. */
export type LinkPlan = Omit<Plan, 'cores'>;

export interface Compiled extends Component {
  readonly plan: LinkPlan;
  /** As `Plan.cores`. */
  readonly modules: readonly WebAssembly.Module[];
  /** By core module: whether it has a start function. */
  readonly starts: readonly boolean[];
  /** By core module: the memory that it imports from us instead of defining it. */
  readonly memories: readonly (MemoryType | undefined)[];
}

/**
 * Decodes and checks a component binary and compiles its core modules, with JavaScript builtins off. Throws a
 * `CodedError` of blame `guest` when the bytes are not a component that can run here: `COMPONENT_…` from
 * decoding, `CORE_INVALID` when V8 refuses one of its modules.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const empty = new Uint8Array([0, 97, 115, 109, 13, 0, 1, 0]);
 * assert.deepEqual((await compile(empty)).exports, []);
 * await assert.rejects(compile(empty.subarray(1)), { code: 'COMPONENT_NOT_WASM' });
 * ```
 */
export async function compile(bytes: Uint8Array): Promise<Component> {
  return compilePlan(decode(bytes));
}

/** The part of {@link compile} after decoding. */
export async function compilePlan(decoded: Plan): Promise<Compiled> {
  const compiled = await Promise.all(decoded.cores.map(compileCore));
  const { cores, ...plan } = elideShims(decoded);
  return {
    imports: plan.imports.map(({ name, functions, resources }) => ({
      name,
      functions: functions.map(({ name: fn, type }) => ({ name: fn, type })),
      resources: resources.map((resource) => resource.name),
    })),
    exports: plan.exports.map(({ name, type }) => ({ name, type })),
    plan,
    modules: compiled.map(({ module }) => module),
    starts: cores.map(hasStart),
    memories: compiled.map(({ memory }) => memory),
  };
}

interface CompiledCore {
  readonly module: WebAssembly.Module;
  readonly memory: MemoryType | undefined;
}

async function compileCore(bytes: Uint8Array<ArrayBuffer>, core: number): Promise<CompiledCore> {
  try {
    const rewritten = importMemory(bytes);
    const module = await WebAssembly.compile(rewritten?.bytes ?? bytes);
    // It must be the only memory, and the only import under our name.
    const clashing = WebAssembly.Module.imports(module).filter(
      ({ kind, module: from }) => kind === 'memory' || from === MEMORY_MODULE,
    );
    if (rewritten === undefined || clashing.length === 1) return { module, memory: rewritten?.memory };
    return { module: await WebAssembly.compile(bytes), memory: undefined };
  } catch (error) {
    throw fail('CORE_INVALID', { core, what: Error.isError(error) ? error.message : String(error) }, error);
  }
}

/** A host function as errors and faults name it: `interface#function`, or the name of a lone one. */
export function hostFunctionName(plan: LinkPlan, index: number): string {
  const host = plan.hostFunctions[index];
  const from = plan.imports[host?.import ?? -1];
  return from?.kind === 'func' ? from.name : `${from?.name}#${host?.name}`;
}
