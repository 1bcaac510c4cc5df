/**
 * The oracle: the same component on the JavaScript that jco-transpile makes of it.
 *
 * @module
 */
import { transpileBytes } from '@bytecodealliance/jco-transpile';

export type Exports = Record<string, any>;
type InstantiateCore = (module: WebAssembly.Module, imports: WebAssembly.Imports) => WebAssembly.Instance;
type Instantiate = (
  core: (name: string) => WebAssembly.Module,
  imports: object,
  instantiateCore?: InstantiateCore,
) => Exports;

export interface OracleOptions {
  /** Leave out checks of lifted values, for speed. */
  readonly unchecked?: boolean;
  /** Makes modules and instances of the cores in place of plain WebAssembly. */
  readonly cores?: {
    readonly compile: (bytes: Uint8Array<ArrayBuffer>) => WebAssembly.Module;
    readonly instantiate: InstantiateCore;
  };
}

/** A transpiled component: call it with imports for a fresh instance. Its core modules are compiled once. */
export async function transpiled(
  bytes: Uint8Array,
  { unchecked = false, cores }: OracleOptions = {},
): Promise<(imports: object) => Exports> {
  const { files } = await transpileBytes(bytes, {
    name: 'oracle',
    instantiation: 'sync',
    emitTypescriptDeclarations: false,
    // The err side of a result is thrown as it is: wrapped, it goes through String(), which a field named
    // "to-string" breaks. What is no Error is therefore an err, and an Error is a trap.
    noComponentErrorWrapping: true,
    validLiftingOptimization: unchecked,
  });
  const modules = new Map<string, WebAssembly.Module>();
  for (const [name, file] of Object.entries(files)) {
    if (!name.endsWith('.wasm')) continue;
    const core = new Uint8Array(file);
    modules.set(name, cores === undefined ? new WebAssembly.Module(core) : cores.compile(core));
  }
  const text = new TextDecoder().decode(files['oracle.js']);
  // Evaluated in place of imported, so that a thousand of them can be collected.
  const instantiate = new Function(`${text.replace(/^export /gm, '')}\nreturn instantiate;`)() as Instantiate;
  const core = (name: string): WebAssembly.Module => modules.get(name) as WebAssembly.Module;
  return (imports) => instantiate(core, imports, cores?.instantiate);
}
