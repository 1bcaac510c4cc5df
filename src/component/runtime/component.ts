/**
 * A compiled component: plain data that a structured clone carries to another thread.
 *
 * @module
 */
import { isCoded } from '../../lib/errors.ts';
import type { Component } from '../api.ts';
import { decode } from '../decode.ts';
import type { Plan } from '../plan.ts';
import { type CoreReport, EMPTY, obstaclesOf } from '../rewrite/report.ts';
import { type Rewritten, rewriteCore } from '../rewrite/rewrite.ts';
import { seldomBelow } from '../rewrite/stack.ts';
import { elideShims } from './elide-shims.ts';
import { fail } from './errors.ts';
/** The plan without the bytes that the modules were made of. */
export type LinkPlan = Omit<Plan, 'cores'>;

export interface Compiled extends Component {
  readonly plan: LinkPlan;
  /** As `Plan.cores`. */
  readonly modules: readonly WebAssembly.Module[];
  /** By core module: what rewriting it found and added. */
  readonly reports: readonly CoreReport[];
  /** An address below which instances seldom write, and tell when they do; 0 where there is none. */
  readonly quietBelow: number;
  /** Why instances cannot be used again, as far as the binary shows. */
  readonly obstacles: readonly string[];
}

export interface CompileOptions {
  /**
   * What to do with core modules that cannot be metered: refuse them (by default), or run them without fuel, without
   * a bound on their memory, and in a new instance each time.
   */
  readonly unsupported?: 'refuse' | 'run';
}

/**
 * Decodes and checks a component binary and compiles its core modules, with JavaScript builtins off. Throws a
 * `CodedError` of blame `guest` when the bytes are not a component that can run here: `COMPONENT_…` from
 * decoding, `CORE_INVALID` when V8 refuses one of its modules, `CORE_UNMETERED`, and `LIMIT_TABLES` when its tables
 * may have more than a million entries, `LIMIT_MEMORIES` when it has more than 32 memories.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const empty = new Uint8Array([0, 97, 115, 109, 13, 0, 1, 0]);
 * assert.deepEqual((await compile(empty)).exports, []);
 * await assert.rejects(compile(empty.subarray(1)), { code: 'COMPONENT_NOT_WASM' });
 * ```
 */
export async function compile(bytes: Uint8Array, options: CompileOptions = {}): Promise<Component> {
  return compilePlan(decode(bytes), options);
}

/** The part of {@link compile} after decoding. */
export async function compilePlan(
  decoded: Plan,
  { unsupported = 'refuse' }: CompileOptions = {},
): Promise<Compiled> {
  const { cores, ...plan } = elideShims(decoded);
  const below = seldomBelow(cores);
  const compiled = await Promise.all(
    cores.map((bytes, core) => compileCore(bytes, { core, unsupported, below })),
  );
  const reports = compiled.map(({ report }) => report);
  const made = plan.steps.map(({ core }) => reports[core] ?? EMPTY);
  checkSizes(made);
  return {
    imports: plan.imports.map(({ name, functions, resources }) => ({
      name,
      functions: functions.map(({ name: fn, type }) => ({ name: fn, type })),
      resources: resources.map((resource) => resource.name),
    })),
    exports: plan.exports.map(({ name, type }) => ({ name, type })),
    unmetered: reports.flatMap(({ unsupported }) => (unsupported === undefined ? [] : [unsupported])),
    plan,
    modules: compiled.map(({ module }) => module),
    reports,
    quietBelow: made.every(({ watched }) => watched) ? below : 0,
    obstacles: obstaclesOf(made),
  };
}

/** Entries of all tables of an instance together: each takes some twenty bytes outside of its memories. */
const MOST_ENTRIES = 1_000_000;

/** For each memory V8 reserves gigabytes of address space; there is room for some 12,000 in a process. */
const MOST_MEMORIES = 32;

/** Where nobody grows tables they stay as they begin. */
function checkSizes(made: readonly CoreReport[]): void {
  const grown = made.some(({ growsTables }) => growsTables);
  let entries = 0;
  let found = 0;
  for (const { tables, memories } of made) {
    found += memories.filter(({ imported }) => imported === undefined).length;
    for (const { imported, minimum, maximum } of tables)
      if (imported === undefined) entries += grown ? (maximum ?? minimum) : minimum;
  }
  if (found > MOST_MEMORIES) throw fail('LIMIT_MEMORIES', { memories: found, limit: MOST_MEMORIES });
  if (entries > MOST_ENTRIES) throw fail('LIMIT_TABLES', { entries, limit: MOST_ENTRIES });
}

interface CompiledCore {
  readonly module: WebAssembly.Module;
  readonly report: CoreReport;
}

async function compileCore(
  bytes: Uint8Array<ArrayBuffer>,
  {
    core,
    unsupported,
    below,
  }: { readonly core: number; readonly unsupported: 'refuse' | 'run'; readonly below: number },
): Promise<CompiledCore> {
  const { bytes: rewritten, report } = rewrite(bytes, core, below);
  if (report.unsupported !== undefined && unsupported === 'refuse')
    throw fail('CORE_UNMETERED', { core, what: report.unsupported });
  return { module: await WebAssembly.compile(rewritten), report };
}

function rewrite(bytes: Uint8Array<ArrayBuffer>, core: number, below: number): Rewritten {
  try {
    return rewriteCore(bytes, { below });
  } catch (error) {
    if (!isCoded(error)) throw error;
    throw fail('CORE_INVALID', { core, what: error.detail['what'] ?? error.message }, error);
  }
}

/** A host function as errors and faults name it: `interface#function`, or the name of a lone one. */
export function hostFunctionName(plan: LinkPlan, index: number): string {
  const host = plan.hostFunctions[index];
  const from = plan.imports[host?.import ?? -1];
  return from?.kind === 'func' ? from.name : `${from?.name}#${host?.name}`;
}
