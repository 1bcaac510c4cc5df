import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import { BaseDatastore } from 'datastore-core';
import { type Batch, Key, type KeyQuery, type Pair, type Query } from 'interface-datastore';
import { atomically } from './atomically.ts';

/** Rows that are read at once: strangers may have filled the table. */
const PAGE = 256;

/** What is asked for may not be there: libp2p tells this error by its name. */
class NotFound extends Error {
  override readonly name = 'NotFoundError';
}

/**
 * Keys and values of libp2p (its peers, its part of the DHT) in one table. A batch is one transaction.
 *
 * Follows `interface-datastore`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { DatabaseSync } from 'node:sqlite';
 * import { Key } from 'interface-datastore';
 * using database = new DatabaseSync(':memory:');
 * const store = new SqliteDatastore(database);
 * store.put(new Key('/a/b'), new Uint8Array([1]));
 * assert.deepEqual(store.get(new Key('/a/b')), new Uint8Array([1]));
 * ```
 */
export class SqliteDatastore extends BaseDatastore {
  readonly #database: DatabaseSync;
  readonly #put: StatementSync;
  readonly #get: StatementSync;
  readonly #has: StatementSync;
  readonly #delete: StatementSync;
  readonly #within: StatementSync;

  constructor(database: DatabaseSync) {
    super();
    database.exec(
      'CREATE TABLE IF NOT EXISTS entries (key TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID',
    );
    this.#database = database;
    this.#put = database.prepare('INSERT OR REPLACE INTO entries (key, value) VALUES (?, ?)');
    this.#get = database.prepare('SELECT value FROM entries WHERE key = ?');
    this.#has = database.prepare('SELECT 1 FROM entries WHERE key = ?');
    this.#delete = database.prepare('DELETE FROM entries WHERE key = ?');
    this.#within = database.prepare(
      `SELECT key, value FROM entries WHERE key >= ? AND key < ? ORDER BY key LIMIT ${PAGE}`,
    );
  }

  override put(key: Key, value: Uint8Array): Key {
    this.#put.run(key.toString(), value);
    return key;
  }

  override get(key: Key): Uint8Array {
    const row = this.#get.get(key.toString());
    if (!row) throw new NotFound(`Nothing is stored under ${key.toString()}`);
    return row['value'] as Uint8Array;
  }

  override has(key: Key): boolean {
    return this.#has.get(key.toString()) !== undefined;
  }

  override delete(key: Key): void {
    this.#delete.run(key.toString());
  }

  override batch(): Batch {
    const steps: (() => void)[] = [];
    return {
      put: (key, value) => void steps.push(() => this.put(key, value)),
      delete: (key) => void steps.push(() => this.delete(key)),
      commit: () =>
        atomically(this.#database, () => {
          for (const step of steps.splice(0)) step();
        }),
    };
  }

  override async *_all({ prefix = '' }: Query): AsyncGenerator<Pair> {
    for (let from = prefix; ; ) {
      // A page at once: what the caller does between two rows may write.
      const rows = this.#within.all(from, `${prefix}\u{10ffff}`);
      for (const { key, value } of rows)
        yield { key: new Key(key as string, false), value: value as Uint8Array };
      if (rows.length < PAGE) return;
      from = `${String(rows.at(-1)?.['key'])}\0`;
      await turn();
    }
  }

  override async *_allKeys(query: KeyQuery): AsyncGenerator<Key> {
    for await (const { key } of this._all({ ...(query.prefix !== undefined && { prefix: query.prefix }) }))
      yield key;
  }
}
