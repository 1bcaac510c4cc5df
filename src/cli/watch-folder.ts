import { watch } from 'node:fs';
import { glob, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from './errors.ts';

/** Paths that have changed, relative to the folder. */
export type Changes = ReadonlySet<string>;

export interface WatchFolderOptions {
  /** Files written since this time are told of first; in milliseconds since 1970. */
  readonly since?: number;
  /** Called when it has been quiet for a while; not again before it is over. Must not reject. */
  readonly change: (changes: Changes) => Promise<void>;
  /** Watching ended by itself; `WATCH_FAILED`. */
  readonly failed: (error: unknown) => void;
}

/** An editor saves in several steps, and many files at once. */
const QUIET_MS = 50;

/**
 * Tells of changes below a folder until it is disposed, which waits for a `change` under way. What builds write,
 * installed packages, hidden files and backups of editors are passed over. Throws `WATCH_FAILED`.
 */
export function watchFolder(folder: string, { change, failed, since }: WatchFolderOptions): AsyncDisposable {
  let changes = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> | undefined;
  let ended = false;

  async function run(): Promise<void> {
    while (changes.size > 0 && !ended) {
      const taken = changes;
      changes = new Set();
      await change(taken);
    }
    running = undefined;
  }
  function quiet(): void {
    timer = undefined;
    running ??= run();
  }
  function note(path: string | null): void {
    if (path === null || ended || isPassedOver(path)) return;
    changes.add(path);
    clearTimeout(timer);
    timer = setTimeout(quiet, QUIET_MS);
  }
  const watcher = open(folder, note);
  watcher.on('error', (cause) => failed(fail('WATCH_FAILED', { folder }, cause)));
  const earlier = since === undefined ? undefined : changedSince(folder, since);
  const looked = earlier?.then(
    (paths) => paths.forEach(note),
    (cause: unknown) => failed(fail('WATCH_FAILED', { folder }, cause)),
  );
  return {
    async [Symbol.asyncDispose]() {
      ended = true;
      clearTimeout(timer);
      watcher.close();
      await looked;
      await running;
    },
  };
}

/**
 * Files below a folder that were written at this time or later, relative to it: what nobody watched yet. `since` is in
 * milliseconds since 1970.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempDisposable, utimes, writeFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * await using folder = await mkdtempDisposable(`${tmpdir()}/hermes-watch-`);
 * for (const name of ['old.ts', 'new.ts', '.hidden']) await writeFile(`${folder.path}/${name}`, '');
 * await utimes(`${folder.path}/old.ts`, 1, 1);
 * assert.deepEqual([...(await changedSince(folder.path, 2_000))], ['new.ts']);
 * ```
 */
export async function changedSince(folder: string, since: number): Promise<Changes> {
  const changes = new Set<string>();
  for await (const path of glob('**/*', { cwd: folder, exclude: isPassedOver })) {
    // What is gone since is told by the watcher.
    const found = await stat(join(folder, path)).catch(() => undefined);
    if (found?.isFile() && found.mtimeMs >= since && !isPassedOver(path)) changes.add(path);
  }
  return changes;
}

function open(folder: string, note: (path: string | null) => void): ReturnType<typeof watch> {
  try {
    return watch(folder, { recursive: true, encoding: 'utf8' }, (_event, path) => note(path));
  } catch (cause) {
    throw fail('WATCH_FAILED', { folder }, cause);
  }
}

/**
 * Whether a change there is none of the application's.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.ok(isPassedOver('modules/api/.hermes/last.wasm') && isPassedOver('www/.index.html.swp'));
 * assert.ok(isPassedOver('www/index.html~') && isPassedOver('node_modules/x/index.js'));
 * assert.ok(!isPassedOver('modules/api/src/index.ts'));
 * ```
 */
export function isPassedOver(path: string): boolean {
  const names = path.split(/[\\/]/);
  return (
    names.some((name) => name.startsWith('.') || name === 'node_modules') ||
    /~$|^4913$/.test(names.at(-1) ?? '')
  );
}
