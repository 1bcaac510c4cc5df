/**
 * Rewritten core modules in the place of those of a component, for `transpiled`.
 *
 * @module
 */
import {
  type CoreReport,
  PRIVATE,
  type RewriteOptions,
  rewriteCore,
} from '../../src/component/rewrite/index.ts';
import type { OracleOptions } from './jco.ts';

export interface RewrittenCores extends Required<Pick<OracleOptions, 'cores'>> {
  readonly reports: readonly CoreReport[];
  /** Gives every core that takes fuel so much of it. */
  fill(amount: bigint): void;
  /** The fuel that is left, of all cores together. */
  left(): bigint;
}

/** Instances made by one of these share a page budget: make one for each component instance. */
export function rewrittenCores(options: RewriteOptions = {}): RewrittenCores {
  const reports = new Map<WebAssembly.Module, CoreReport>();
  const sizes = new WeakMap<WebAssembly.Memory, WebAssembly.Global>();
  const pages = new WebAssembly.Global({ value: 'i32', mutable: true }, 65_536);
  const fuel: WebAssembly.Global[] = [];
  const compile = (bytes: Uint8Array<ArrayBuffer>): WebAssembly.Module => {
    const { bytes: rewritten, report } = rewriteCore(bytes, options);
    const module = new WebAssembly.Module(rewritten);
    reports.set(module, report);
    return module;
  };
  const instantiate = (module: WebAssembly.Module, imports: WebAssembly.Imports): WebAssembly.Instance => {
    const report = reports.get(module) as CoreReport;
    const ours: Record<string, unknown> = { pages };
    for (const { imported, size } of report.memories)
      if (imported !== undefined && size !== undefined)
        ours[size.name] = sizes.get(imports[imported.module]?.[imported.name] as WebAssembly.Memory);
    const instance = new WebAssembly.Instance(module, { ...imports, [PRIVATE]: ours });
    const { exports } = instance;
    for (const memory of report.memories)
      if (memory.export !== undefined && memory.size !== undefined)
        sizes.set(
          exports[memory.export] as WebAssembly.Memory,
          exports[memory.size.name] as WebAssembly.Global,
        );
    if (report.fuel !== undefined) fuel.push(exports[report.fuel] as WebAssembly.Global);
    if (report.start !== undefined) (exports[report.start] as () => void)();
    return instance;
  };
  return {
    cores: { compile, instantiate },
    get reports() {
      return [...reports.values()];
    },
    fill: (amount) => {
      for (const one of fuel) one.value = amount;
    },
    left: () => fuel.reduce((sum, one) => sum + one.value, 0n),
  };
}
