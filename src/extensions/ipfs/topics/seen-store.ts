import type { DatabaseSync } from 'node:sqlite';
import { FRESH } from './limits.ts';
import type { Newest, ReplayGuard } from './replay.ts';

/** What a node has seen of messages, kept over restarts. */
export interface SeenStore {
  /** Those whose messages may still be fresh. */
  load(): readonly Newest[];
  /** Keeps what has changed in a guard since the last time, and forgets what it has forgotten: no more rows than it has. */
  save(guard: Pick<ReplayGuard, 'changed' | 'gone'>): void;
}

/**
 * Keeps the newest sequence of every series in the node's database. `now` is in milliseconds since 1970.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { DatabaseSync } from 'node:sqlite';
 * import { createReplayGuard } from './replay.ts';
 * using database = new DatabaseSync(':memory:');
 * const store = createSeenStore(database, () => 0);
 * const guard = createReplayGuard();
 * guard.admit('a', 7, 0);
 * store.save(guard);
 * const again = createReplayGuard({ known: store.load() });
 * assert.deepEqual([7, 8].map((sequence) => again.admit('a', sequence, 0)), [false, true]);
 * ```
 */
export function createSeenStore(database: DatabaseSync, now: () => number): SeenStore {
  database.exec(
    'CREATE TABLE IF NOT EXISTS topics_seen ' +
      '(series TEXT PRIMARY KEY, sequence INTEGER NOT NULL, time INTEGER NOT NULL) STRICT, WITHOUT ROWID',
  );
  const put = database.prepare(
    'INSERT OR REPLACE INTO topics_seen (series, sequence, time) VALUES (?, ?, ?)',
  );
  const remove = database.prepare('DELETE FROM topics_seen WHERE series = ?');
  const clear = database.prepare('DELETE FROM topics_seen WHERE time < ?');
  const all = database.prepare('SELECT series, sequence, time FROM topics_seen ORDER BY time');

  return {
    load() {
      clear.run(now() - FRESH.age);
      return all.all().map(({ series, sequence, time }) => ({
        series: series as string,
        sequence: sequence as number,
        time: time as number,
      }));
    },
    save(guard) {
      const changed = guard.changed();
      const gone = guard.gone();
      if (changed.length === 0 && gone.length === 0) return;
      database.exec('BEGIN IMMEDIATE');
      try {
        for (const { series, sequence, time } of changed) put.run(series, sequence, time);
        for (const series of gone) remove.run(series);
        database.exec('COMMIT');
      } catch (error) {
        database.exec('ROLLBACK');
        throw error;
      }
    },
  };
}
