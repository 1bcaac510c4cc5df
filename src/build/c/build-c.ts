import { glob, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Tree } from '@yowasp/clang';
import { suggest } from '../../lib/nearest.ts';
import type { Wit } from '../../lib/wit/model.ts';
import { fail } from '../errors.ts';
import { replaceFile } from '../replace-file.ts';
import type { Made } from '../typescript/build-typescript.ts';
import { handlersOf, WORLD, worldText } from '../world.ts';
import type { Compiler } from './compiler.ts';

export interface COptions {
  /** Absolute path of the module folder. */
  readonly folder: string;
  /** Absolute path of its `.hermes` folder. */
  readonly work: string;
  readonly wit: Wit;
  readonly compiler: Compiler;
  readonly signal?: AbortSignal;
}

const HERE = fileURLToPath(new URL('./', import.meta.url));
/** Where our own files stand in the compiler's tree; `<hermes.h>` is found there. */
const OURS = 'hermes';
const OUTPUT = 'module.core.wasm';
const FLAGS = [
  '--target=wasm32-unknown-unknown',
  '-std=c17',
  '-Oz',
  '-mbulk-memory',
  '-nostdlib',
  '-Wall',
  '-Wextra',
  '-fno-color-diagnostics',
  `-isystem${OURS}`,
  '-Wl,--no-entry',
  '-Wl,--gc-sections',
  '-Wl,--strip-all',
  '-Wl,-z,stack-size=65536',
];

/**
 * Makes a component of a C module: every `.c` file below `src/`, with `<hermes.h>` and without libc. Its world
 * is what the compiled code imports and exports. Throws `BUILD_FAILED` (what clang says, with file, line and
 * source line) or `BUILD_NO_HANDLER`.
 */
export async function buildC(options: COptions): Promise<Made> {
  const { folder, work, wit } = options;
  const inputs = (await Array.fromAsync(glob('src/**/*.{c,h}', { cwd: folder })))
    .map((path) => path.replaceAll('\\', '/'))
    .toSorted();
  const { core, warnings } = await compile(options, inputs);
  const items = await readWorld(core, wit);
  const witSource = worldText(wit, items);
  await replaceFile(join(work, 'world.wit'), witSource);
  const { componentEmbed, componentNew } = await import('@bytecodealliance/jco-transpile/wasm-tools');
  try {
    const embedded = await componentEmbed({ binary: core, witSource, world: WORLD });
    return { bytes: new Uint8Array(await componentNew(embedded, [])), inputs, warnings };
  } catch (cause) {
    // What wit-component refuses here is a function with another signature than the WIT's.
    const text =
      cause instanceof Error ? cause.message : String((cause as { payload?: unknown }).payload ?? cause);
    throw fail('BUILD_FAILED', { faults: [text] }, cause);
  }
}

async function compile(
  { folder, compiler, signal }: COptions,
  inputs: readonly string[],
): Promise<{ readonly core: Uint8Array; readonly warnings: readonly string[] }> {
  const tree: Tree = {};
  for (const path of inputs) place(tree, path, await readFile(join(folder, path)));
  for (const name of ['hermes.h', 'hermes-sqlite.h', 'hermes.c'])
    place(tree, `${OURS}/${name}`, await readFile(join(HERE, name)));
  const sources = [...inputs.filter((path) => path.endsWith('.c')), `${OURS}/hermes.c`];
  const task = { args: [...FLAGS, ...sources, '-o', OUTPUT], files: tree, output: OUTPUT };
  const { core, said } = await compiler.compile(task, signal);
  const diagnostics = splitDiagnostics(said);
  if (!core) throw fail('BUILD_FAILED', { faults: diagnostics });
  return { core, warnings: diagnostics };
}

function place(tree: Tree, path: string, content: Uint8Array): void {
  const names = path.split('/');
  const last = names.pop() ?? '';
  let folder = tree;
  for (const name of names) {
    const next = folder[name];
    const inner: Tree =
      next !== undefined && typeof next !== 'string' && !(next instanceof Uint8Array) ? next : {};
    folder[name] = inner;
    folder = inner;
  }
  folder[last] = content;
}

/**
 * What clang and lld say, one entry for each error or warning, source line and caret included.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const said = 'src/main.c:1:2: error: no\n  1 | x\nsrc/main.c:3:1: warning: hm\n1 warning and 1 error generated.\n';
 * assert.deepEqual(splitDiagnostics(said), ['src/main.c:1:2: error: no\n  1 | x', 'src/main.c:3:1: warning: hm']);
 * ```
 */
export function splitDiagnostics(output: string): readonly string[] {
  const entries: string[] = [];
  for (const line of output.split('\n')) {
    if (line.trim() === '' || /^\d+ (errors?|warnings?)\b.* generated\.$/.test(line)) continue;
    if (/^clang(-\d+)?: error: linker command failed/.test(line)) continue;
    if (
      /^\S+?:\d+:\d+: (fatal error|error|warning): |^(wasm-ld|clang\S*): /.test(line) ||
      entries.length === 0
    ) {
      entries.push(line);
    } else entries[entries.length - 1] += `\n${line}`;
  }
  return entries;
}

interface Items {
  readonly imports: readonly string[];
  readonly exports: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The world that the names of a core module's imports and exports spell. */
async function readWorld(core: Uint8Array, wit: Wit): Promise<Items> {
  const module = await WebAssembly.compile(new Uint8Array(core));
  const faults: string[] = [];
  const imports = new Set<string>();
  for (const { module: id, name } of WebAssembly.Module.imports(module)) {
    if (wit.interfaces.has(id)) imports.add(id);
    else
      faults.push(
        `The code imports "${name}" from "${id}", which nobody provides: ${suggest(id, wit.interfaces.keys())}`,
      );
  }
  const exports = new Map<string, Set<string>>();
  for (const { name } of WebAssembly.Module.exports(module)) {
    const [id = '', fn] = name.split('#');
    if (fn === undefined || name.startsWith('cabi_post_')) continue;
    if (!wit.interfaces.get(id)?.functions.has(fn)) {
      const known = [...handlersOf(wit).values()].map(({ face, fn }) => `${face.id}#${fn.name}`);
      faults.push(`The code exports "${name}", which nothing calls: ${suggest(name, known)}`);
    }
    exports.set(id, (exports.get(id) ?? new Set()).add(fn));
  }
  if (faults.length > 0) throw fail('BUILD_FAILED', { faults });
  if (exports.size === 0) {
    const handlers = ['HERMES_ON_CRON', 'HERMES_ON_INIT', 'HERMES_ON_KV_UPDATE', 'HERMES_ON_REPLY'];
    throw fail('BUILD_NO_HANDLER', { file: 'src/main.c', handlers });
  }
  return { imports: [...imports], exports };
}
