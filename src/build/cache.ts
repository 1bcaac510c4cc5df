/**
 * The last result of a module's build, kept in the module's `.hermes` folder with what it was made of.
 *
 * @module
 */
import { createHash } from 'node:crypto';
import { glob, mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fail } from './errors.ts';
import { replaceFile } from './replace-file.ts';
import type { Made } from './typescript/build-typescript.ts';

export interface BuildCache {
  /** Absolute path of the folder for whatever a build writes on its way. */
  readonly work: string;
  /** The last result, if the same sources, tools and options made it. */
  read(): Promise<Pick<Made, 'bytes' | 'warnings'> | undefined>;
  write(made: Made): Promise<void>;
}

/** `build.json`. */
interface State {
  readonly key: string;
  /** Path and digest of each source. */
  readonly inputs: readonly (readonly [path: string, digest: string])[];
  readonly output: string;
  readonly warnings: readonly string[];
}

/** Files that a build reads without them being sources. */
const SETTINGS = ['tsconfig.json', 'package.json'];

/**
 * Opens the cache of a module folder, making its `.hermes` folder. `key` stands for everything that a result
 * depends on besides the sources. Throws `BUILD_READ`.
 */
export async function openCache(folder: string, key: string): Promise<BuildCache> {
  const work = join(folder, '.hermes');
  const component = join(work, 'module.wasm');
  const statePath = join(work, 'build.json');
  await mkdir(work, { recursive: true }).catch((cause: unknown) => {
    throw fail('BUILD_READ', { path: work }, cause);
  });
  return {
    work,
    read: async () => {
      const state = await readState(statePath);
      if (state?.key !== key) return undefined;
      const [bytes, ...digests] = await Promise.all([
        // What cannot be read is as good as not there: it is built again, and writing it says what is wrong.
        readFile(component).catch(() => undefined),
        ...state.inputs.map(([path]) => digestOf(join(folder, path))),
      ]);
      const same = state.inputs.every(([, digest], index) => digests[index] === digest);
      if (!same || !bytes || sha256(bytes) !== state.output) return undefined;
      return { bytes: new Uint8Array(bytes), warnings: state.warnings };
    },
    write: async ({ bytes, inputs, warnings }) => {
      const paths = [...new Set([...inputs, ...SETTINGS])];
      const digests = await Promise.all(
        paths.map(async (path) => [path, await digestOf(join(folder, path))] as const),
      );
      const state: State = { key, inputs: digests, output: sha256(bytes), warnings };
      // By renaming, so that two builds at once never leave half a file.
      await replaceFile(component, bytes);
      await replaceFile(statePath, JSON.stringify(state));
    },
  };
}

/** Stands for the versions of everything that turns sources into components. */
export async function toolsKey(): Promise<string> {
  const require = createRequire(import.meta.url);
  const hash = createHash('sha256').update(process.versions.node);
  for (const name of ['esbuild', 'typescript', 'componentize-qjs']) {
    hash.update(await readFile(require.resolve(`${name}/package.json`), 'utf8'));
  }
  // Nothing but its entry can be asked for.
  hash.update(await readFile(new URL('../package.json', import.meta.resolve('@yowasp/clang')), 'utf8'));
  const here = fileURLToPath(new URL('./', import.meta.url));
  const own = await Array.fromAsync(glob('**/*.{ts,js,h,c}', { cwd: here, exclude: ['**/*.test.*'] }));
  for (const path of own.toSorted()) hash.update(await readFile(join(here, path)));
  return hash.digest('hex');
}

async function readState(path: string): Promise<State | undefined> {
  // As above: unreadable is the same as none.
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as State;
  } catch (error) {
    // Half a file of a build that was killed: the same as none.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** `''` for a file that is not there. */
async function digestOf(path: string): Promise<string> {
  return readFile(path).then(sha256, () => '');
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
