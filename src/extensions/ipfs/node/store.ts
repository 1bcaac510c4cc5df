import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SqliteBlockstore } from './sqlite-blockstore.ts';
import { SqliteDatastore } from './sqlite-datastore.ts';

/** All that a node keeps over restarts, but its key. */
export interface Store extends Disposable {
  /** For tables of one's own; one connection, so transactions must not wait in their middle. */
  readonly database: DatabaseSync;
  readonly datastore: SqliteDatastore;
  readonly blockstore: SqliteBlockstore;
}

/**
 * Opens or makes the node's database in a folder; in memory without one. What has been written is there after a kill
 * at any moment; the last moments before a power failure may be gone, as a whole.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * using store = openStore();
 * assert.deepEqual(store.blockstore.hashes(), []);
 * ```
 */
export function openStore(folder?: string): Store {
  const database = new DatabaseSync(folder === undefined ? ':memory:' : join(folder, 'node.sqlite'));
  // Blocks are large; pages that are not small keep them in few pieces.
  database.exec('PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  return {
    database,
    datastore: new SqliteDatastore(database),
    blockstore: new SqliteBlockstore(database),
    [Symbol.dispose]: () => database.close(),
  };
}
