/**
 * The oracle: the same component on the JavaScript that jco-transpile makes of it.
 *
 * @module
 */
import { transpileBytes } from '@bytecodealliance/jco-transpile';

export type Exports = Record<string, any>;
type Instantiate = (core: (name: string) => WebAssembly.Module, imports: object) => Exports;

export interface OracleOptions {
  /** Leave out checks of lifted values, for speed. */
  readonly unchecked?: boolean;
}

/** A transpiled component: call it with imports for a fresh instance. Its core modules are compiled once. */
export async function transpiled(
  bytes: Uint8Array,
  { unchecked = false }: OracleOptions = {},
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
    if (name.endsWith('.wasm')) modules.set(name, new WebAssembly.Module(new Uint8Array(file)));
  }
  const text = new TextDecoder().decode(files['oracle.js']);
  // Evaluated in place of imported, so that a thousand of them can be collected.
  const instantiate = new Function(`${text.replace(/^export /gm, '')}\nreturn instantiate;`)() as Instantiate;
  return (imports) => instantiate((name) => modules.get(name) as WebAssembly.Module, imports);
}
