import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '../../engine/extension.ts';
import type { SqliteConfig } from './config.ts';
import { startDatabaseProcess } from './database-process.ts';
import { createLeases, type Leases } from './leases.ts';

/** The two databases of one application. */
export interface Databases {
  readonly leases: Leases;
  /** One more load uses them. Resolves when they can be used. */
  join(): Promise<void>;
  /** One load fewer. When the last one leaves, processes end and what was in memory is gone. */
  leave(): Promise<void>;
}

export interface DatabasesOptions {
  /** A folder of this extension's own. */
  readonly folder: string;
  /** Of the application. */
  readonly name: string;
  readonly config: SqliteConfig;
  /** The last load has left. */
  readonly closed: () => void;
}

/** Files that SQLite keeps for a database. */
const FILES = ['', '-wal', '-shm', '-journal'] as const;

/**
 * The files and processes of an application, which two loads have together while it is reloaded.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createClock } from '../../lib/clock.ts';
 * import { parseConfig } from './config.ts';
 * let closed = 0;
 * const options = { folder: '/nowhere', name: 'shop', config: parseConfig({}), closed: () => void closed++ };
 * const databases = createDatabases(options, { clock: createClock() });
 * await databases.join();
 * assert.equal(databases.leases.size, 0, 'no process before the first use');
 * await databases.leave();
 * assert.equal(closed, 1);
 * ```
 */
export function createDatabases(
  { folder, name, config, closed }: DatabasesOptions,
  { clock }: { readonly clock: Clock },
): Databases {
  const { maxBytes, maxValue, maxMemory, maxProcesses } = config;
  // No name of an application holds a point, so that no two share a file.
  const files = { lasting: join(folder, `${name}.sqlite`), memory: join(folder, `${name}.memory.sqlite`) };
  const options = { files, maxBytes, maxValue, maxMemory };
  const leases = createLeases({ most: maxProcesses, start: () => startDatabaseProcess(options) }, { clock });
  let users = 0;
  let cleared: Promise<void> | undefined;

  async function clear(): Promise<void> {
    await Promise.all(FILES.map((end) => rm(files.memory + end, { force: true })));
  }
  return {
    leases,
    join() {
      users += 1;
      // Left by an engine that was killed.
      cleared ??= clear();
      return cleared;
    },
    async leave() {
      users -= 1;
      if (users > 0) return;
      closed();
      await leases[Symbol.asyncDispose]();
      await clear();
    },
  };
}
