import type { DatabaseSync } from 'node:sqlite';

/**
 * Does all of `work` in the database or, when it throws, none. It must not wait, and not be called within itself.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { DatabaseSync } from 'node:sqlite';
 * using database = new DatabaseSync(':memory:');
 * database.exec('CREATE TABLE t (v)');
 * const half = (): void => {
 *   database.exec('INSERT INTO t VALUES (1)');
 *   throw new Error('Half way');
 * };
 * assert.throws(() => atomically(database, half));
 * assert.deepEqual(database.prepare('SELECT v FROM t').all(), []);
 * ```
 */
export function atomically(database: DatabaseSync, work: () => void): void {
  database.exec('BEGIN IMMEDIATE');
  try {
    work();
    database.exec('COMMIT');
  } catch (error) {
    database.exec('ROLLBACK');
    throw error;
  }
}
