/**
 * The compilers, each with the traps it has here taken out. Loaded only when something must be built.
 *
 * @module
 */
import { readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import type { Tree } from '@yowasp/clang';

const here = import.meta.dirname;

/** Reads a file of this folder. */
export function source(path: string): Promise<Uint8Array> {
  return readFile(join(here, path));
}

/** What `runClang` does; the package's own types leave it out. */
type RunClang = (
  args: readonly string[],
  files: Tree,
  options: { readonly stderr: (bytes: Uint8Array | null) => void; readonly stdout: null },
) => Promise<Tree>;

async function clang(args: readonly string[], sources: readonly string[]): Promise<Uint8Array> {
  const llvm = await import('@yowasp/clang');
  const { runClang } = llvm as unknown as { readonly runClang: RunClang };
  await llvm.runLLVM(undefined, {}, { fetchProgress: () => {} }); // loads it, silently
  const files: Tree = {};
  for (const path of sources) files[path.replace(/^.*\//, '')] = await readFile(join(here, path), 'utf8');
  let said = '';
  const stderr = (bytes: Uint8Array | null) => {
    if (bytes) said += new TextDecoder().decode(bytes);
  };
  const units = Object.keys(files).filter((name) => !name.endsWith('.h'));
  try {
    const made = await runClang([...args, ...units, '-o', 'guest.wasm'], files, {
      stderr,
      stdout: null,
    });
    return made['guest.wasm'] as Uint8Array;
  } catch (error) {
    throw new Error(`Cannot compile ${sources.join(', ')}:\n${said}`, { cause: error });
  }
}

/** C without libc: nothing but what is in the files. */
export function bareC(sources: readonly string[], optimise: '-Oz' | '-O2' = '-Oz'): Promise<Uint8Array> {
  const linker = ['--no-entry', '--strip-all', '-z', 'stack-size=16384'].map((option) => `-Wl,${option}`);
  const args = [
    optimise,
    '-std=gnu23',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-mbulk-memory',
    '-nostdlib',
    ...linker,
  ];
  return clang(['clang', '--target=wasm32-unknown-unknown', ...args], sources);
}

/** C with wasi-libc, as a reactor: its imports are those of WASI preview 1. */
export function libcC(sources: readonly string[]): Promise<Uint8Array> {
  const args = [
    '-O2',
    '-std=gnu23',
    '-Wall',
    '-Wextra',
    '-Werror',
    '-mexec-model=reactor',
    '-Wl,--strip-all',
  ];
  return clang(['clang', '--target=wasm32-wasip1', ...args], sources);
}

/** C++ with libc++ and without exceptions. */
export function cpp(sources: readonly string[]): Promise<Uint8Array> {
  const args = ['-O2', '-std=gnu++23', '-Wno-c99-extensions', '-fno-exceptions', '-mexec-model=reactor'];
  return clang(['clang++', '--target=wasm32-wasip1', ...args, '-Wl,--strip-all'], sources);
}

/** What is used of `assemblyscript/asc`. */
interface AssemblyScriptCompiler {
  main(
    args: readonly string[],
    host: {
      readonly readFile: (name: string) => string | null;
      readonly writeFile: (name: string, bytes: string | Uint8Array) => void;
      readonly listFiles: () => readonly string[];
      readonly transforms: readonly unknown[];
    },
  ): Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>;
}

/** AssemblyScript; `// wit-export from to` renames core exports, which the language cannot. */
export async function assemblyScript(path: string): Promise<Uint8Array> {
  // No literal: the types of this package declare numbers and a `console` of their own for the whole program.
  const compiler: string = 'assemblyscript/asc';
  const { default: asc } = (await import(compiler)) as { readonly default: AssemblyScriptCompiler };
  const text = await readFile(join(here, path), 'utf8');
  const names = [...text.matchAll(/^\/\/ wit-export (\S+) (\S+)$/gm)];
  let made: Uint8Array | undefined;
  const rename = {
    afterCompile(module: {
      removeExport(name: string): void;
      addFunctionExport(from: string, to: string): void;
    }) {
      for (const [, from = '', to = ''] of names) {
        module.removeExport(from);
        module.addFunctionExport(`guest/${from}`, to);
      }
    },
  };
  const { error, stderr } = await asc.main(
    ['guest.ts', '-o', 'guest.wasm', '-Oz', '--runtime', 'minimal', '--use', 'abort='],
    {
      readFile: (name: string) => (name === 'guest.ts' ? text : null),
      writeFile: (name: string, bytes: string | Uint8Array) => {
        if (name === 'guest.wasm') made = bytes as Uint8Array;
      },
      listFiles: () => [],
      transforms: [rename],
    },
  );
  if (error || !made) throw new Error(`Cannot compile ${path}:\n${stderr.toString()}`, { cause: error });
  return made;
}

export interface QuickJsOptions {
  readonly world: string;
  readonly wit: string;
  /** Import WASI in place of stubs that trap: what QuickJS prints is then seen. */
  readonly wasi?: boolean;
}

/** JavaScript or TypeScript on QuickJS, without the asynchronous ABI. */
export async function quickJs(
  path: string,
  { world, wit, wasi = false }: QuickJsOptions,
): Promise<Uint8Array> {
  const [{ componentize }, { build }] = await Promise.all([import('componentize-qjs'), import('esbuild')]);
  const bundle = await build({
    entryPoints: [join(here, path)],
    bundle: true,
    format: 'esm',
    target: 'es2023',
    external: ['hermes:*'],
    write: false,
  });
  const witPath = join(tmpdir(), `hermes-guest-${process.pid}-${crypto.randomUUID()}.wit`);
  await writeFile(witPath, wit);
  try {
    const jsSource = bundle.outputFiles[0]?.text ?? '';
    const { component } = await componentize({ witPath, jsSource, world, stubWasi: !wasi, sync: true });
    return component;
  } finally {
    await rm(witPath);
  }
}

/** A component, or a core module, from its text. */
export async function wat(path: string): Promise<Uint8Array> {
  return parse(await readFile(join(here, path), 'utf8'));
}

/** Makes a component of a core module; `adapter` turns WASI preview 1 into 0.2. */
export async function component(
  core: Uint8Array,
  options: { readonly world: string; readonly wit: string; readonly adapter?: boolean },
): Promise<Uint8Array> {
  const embedded = await componentEmbed({
    binary: core,
    witSource: options.wit,
    world: options.world,
    stringEncoding: 'utf8',
  } as Parameters<typeof componentEmbed>[0]);
  const name = 'wasi_snapshot_preview1';
  const adapters = options.adapter ? [[name, await source(`adapters/${name}.reactor.wasm`)]] : [];
  return componentNew(embedded, adapters as Parameters<typeof componentNew>[1]);
}
