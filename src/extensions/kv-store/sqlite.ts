import { DatabaseSync } from 'node:sqlite';
import { failures } from '../../lib/errors.ts';
import { decode, encode } from './encoding.ts';
import { errors } from './errors.ts';
import type { Store } from './store.ts';

const fail = failures(errors);

/** "hkvs": says whose file this is to tools that list databases. */
const applicationId = 0x68_6b_76_73;

/** Changes whenever what is in the file does; an engine that knows only older ones must not touch it. */
const layout = 1;

/**
 * Keeps values in an SQLite file, made when it is not there. A write outlives the process as soon as it has
 * returned; a power cut may lose the last ones but leaves a sound file (write-ahead log, `synchronous` NORMAL).
 * Throws `KV_OPEN` when the file cannot be opened or is not one of ours.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * using store = openSqliteStore(':memory:');
 * store.set('visits', { tag: 'kv-u64', val: 1n });
 * assert.deepEqual(store.get('visits'), { tag: 'kv-u64', val: 1n });
 * ```
 */
export function openSqliteStore(path: string): Store {
  const database = open(path);
  const select = database.prepare('SELECT type, value FROM kv WHERE key = ?');
  const upsert = database.prepare(
    `INSERT INTO kv (key, type, value) VALUES (?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET type = excluded.type, value = excluded.value`,
  );
  const remove = database.prepare('DELETE FROM kv WHERE key = ?');
  const sum = database.prepare(
    'SELECT count(*) AS keys, coalesce(sum(length(key) + length(value)), 0) AS bytes FROM kv',
  );

  function run<T>(action: () => T): T {
    try {
      return action();
    } catch (cause) {
      throw fail('KV_STORAGE', { path }, cause);
    }
  }

  return {
    get(key) {
      return run(() => {
        const row = select.get(Buffer.from(key));
        return row && decode(row as unknown as Row);
      });
    },
    set(key, value) {
      const { type, bytes } = encode(value);
      run(() => upsert.run(Buffer.from(key), type, bytes));
    },
    delete: (key) => void run(() => remove.run(Buffer.from(key))),
    measure() {
      const { keys, bytes } = run(() => sum.get()) as unknown as {
        readonly keys: number;
        readonly bytes: number;
      };
      return { keys, bytes };
    },
    [Symbol.dispose]() {
      if (database.isOpen) database.close();
    },
  };
}

interface Row {
  readonly type: number;
  readonly value: Uint8Array;
}

function open(path: string): DatabaseSync {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, { timeout: 1_000 });
    prepare(database);
    return database;
  } catch (cause) {
    database?.close();
    throw fail('KV_OPEN', { path }, cause);
  }
}

function prepare(database: DatabaseSync): void {
  const pragma = (name: string): unknown => database.prepare(`PRAGMA ${name}`).get()?.[name];
  const found = pragma('user_version');
  const tables = database.prepare('SELECT count(*) AS count FROM sqlite_schema').get()?.['count'];
  if (found === 0 && tables === 0) {
    // WAL first: it cannot be set within the transaction, and a file left in between is still empty.
    database.exec('PRAGMA journal_mode = WAL');
    database.exec(`
      BEGIN IMMEDIATE;
      CREATE TABLE kv (key BLOB PRIMARY KEY, type INTEGER NOT NULL, value BLOB NOT NULL) STRICT;
      PRAGMA application_id = ${applicationId};
      PRAGMA user_version = ${layout};
      COMMIT;
    `);
  } else if (found !== layout || pragma('application_id') !== applicationId) {
    throw new Error(`The file is not a key-value store of layout ${layout}, its user_version is ${found}`);
  }
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = NORMAL;
    PRAGMA journal_size_limit = 8388608;
    PRAGMA trusted_schema = OFF;
  `);
}
