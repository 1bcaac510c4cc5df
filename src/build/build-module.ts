import { createHash } from 'node:crypto';
import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { readWit, type WitFile } from '../lib/wit/read.ts';
import { type Compiler, createCompiler } from './c/compiler.ts';
import { openCache, toolsKey } from './cache.ts';
import { fail } from './errors.ts';
import type { Made } from './typescript/build-typescript.ts';

export interface ModuleBuildOptions {
  /** The WIT of every interface that a module may import or export. */
  readonly wit: readonly WitFile[];
  /** Whether types are checked; `true` unless given. */
  readonly check?: boolean;
  /** Builds even when nothing has changed. */
  readonly fresh?: boolean;
  /** Called before a build that takes its time, because something has changed. */
  readonly building?: () => void;
  readonly signal?: AbortSignal;
  /** What `toolsKey` says, for whoever builds often: finding it out takes longer than finding nothing changed. */
  readonly tools?: string;
  /** The compiler of C, for whoever builds several modules; one of its own unless given. */
  readonly compiler?: Compiler;
}

export interface Built {
  /** The component. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Whether nothing had changed since the last build. */
  readonly cached: boolean;
  readonly warnings: readonly string[];
}

/** Languages that a module can be written in, by the file that tells. */
const ENTRIES = { typescript: 'src/index.ts', c: 'src/main.c' } as const;

/** The file that a module's build starts from; `undefined` when the folder holds no source. */
export async function findEntry(folder: string): Promise<string | undefined> {
  for (const entry of Object.values(ENTRIES)) {
    const found = await access(join(folder, entry)).then(
      () => true,
      () => false,
    );
    if (found) return entry;
  }
  return undefined;
}

/**
 * Makes a component of a module folder with sources: `src/index.ts` (TypeScript) or `src/main.c` (C). What it
 * makes on the way lies in the folder's `.hermes`; when no source, WIT or tool has changed since, the last
 * result is given again within milliseconds.
 *
 * Throws `BUILD_NO_SOURCE`, `BUILD_FAILED` (`faults` with file, line and the line of the source),
 * `BUILD_NO_HANDLER`, `BUILD_READ`, `BUILD_TOOL`.
 */
export async function buildModule(path: string, options: ModuleBuildOptions): Promise<Built> {
  const folder = resolve(path);
  const entry = await findEntry(folder);
  if (entry === undefined) throw fail('BUILD_NO_SOURCE', { folder });
  const { check = true, signal } = options;
  const tools = options.tools ?? (await toolsKey());
  const hash = createHash('sha256').update(tools).update(JSON.stringify({ entry, check }));
  for (const { path, text } of options.wit) hash.update(JSON.stringify([path, text]));
  const cache = await openCache(folder, hash.digest('hex'));
  const found = options.fresh ? undefined : await cache.read();
  if (found) return { ...found, cached: true };
  options.building?.();
  const common = {
    folder,
    work: cache.work,
    entry,
    wit: readWit(options.wit),
    check,
    ...(signal && { signal }),
  };
  let made: Made;
  if (entry === ENTRIES.typescript) {
    const { buildTypeScript } = await import('./typescript/build-typescript.ts');
    made = await buildTypeScript({ ...common, tools });
  } else {
    const { buildC } = await import('./c/build-c.ts');
    // Starts nothing until it is asked.
    await using own = createCompiler();
    made = await buildC({ ...common, compiler: options.compiler ?? own });
  }
  await cache.write(made);
  return { bytes: made.bytes, warnings: made.warnings, cached: false };
}
