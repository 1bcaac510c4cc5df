import { watch } from 'node:fs';
import { fail } from './errors.ts';

/** Paths that have changed, relative to the folder. */
export type Changes = ReadonlySet<string>;

export interface WatchFolderOptions {
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
export function watchFolder(folder: string, { change, failed }: WatchFolderOptions): AsyncDisposable {
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
  return {
    async [Symbol.asyncDispose]() {
      ended = true;
      clearTimeout(timer);
      watcher.close();
      await running;
    },
  };
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
