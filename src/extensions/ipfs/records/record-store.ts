/**
 * The records that this engine keeps, its own and those of others, in the node's database. An older record never
 * takes the place of a newer one, and what others may fill is bounded.
 *
 * @module
 */
import type { DatabaseSync } from 'node:sqlite';
import { createAccounts } from './accounts.ts';
import type { RecordLimits } from './limits.ts';
import { checkRecord, compareRecords, type RecordFault, type SignedRecord } from './record.ts';

/** What became of a record: kept, here already, refused because a newer one is here, or no record at all. */
export type Kept = 'kept' | 'same' | 'older' | RecordFault;

export interface RecordStore {
  /** The record of a place whose time has not passed, as it came. */
  bytes(wireKey: Uint8Array): Uint8Array | undefined;
  /** The same, read. */
  get(wireKey: Uint8Array): SignedRecord | undefined;
  /** Checks and keeps a record of another engine; `from` is the peer id that sent it and answers for the space. */
  keep(wireKey: Uint8Array, bytes: Uint8Array, from: string): Kept;
  /** Keeps a record of this engine: never evicted, and no part of the bounds. */
  keepOwn(wireKey: Uint8Array, record: SignedRecord): void;
  /** Forgets what has expired; answers how many. Records of this engine stay until they are given up. */
  sweep(): number;
  /** Gives up a record of this engine. */
  drop(wireKey: Uint8Array): void;
  /** Records of other engines. */
  foreign(): { readonly records: number; readonly bytes: number };
}

export interface RecordStoreOptions {
  readonly limits: Pick<RecordLimits, 'foreignRecords' | 'foreignBytes'>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told of each record that had to make room. */
  readonly evicted: (from: string) => void;
}

/** Whose space this engine's own records take. */
const OWN = '';

/**
 * Opens the table in this database, or makes it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { DatabaseSync } from 'node:sqlite';
 * import { DEFAULT_RECORD_LIMITS } from './limits.ts';
 * using database = new DatabaseSync(':memory:');
 * const store = openRecordStore(database, { limits: DEFAULT_RECORD_LIMITS, now: () => 0, evicted: () => {} });
 * assert.equal(store.keep(new Uint8Array(40), new Uint8Array([1]), '12D3KooWA'), 'malformed');
 * ```
 */
export function openRecordStore(database: DatabaseSync, options: RecordStoreOptions): RecordStore {
  const { limits, now, evicted } = options;
  const sql = prepared(database);
  const accounts = createAccounts(sql.accounts.all());

  function bytes(wireKey: Uint8Array): Uint8Array | undefined {
    return sql.get.get(wireKey, now())?.['bytes'] as Uint8Array | undefined;
  }
  function put(wireKey: Uint8Array, record: SignedRecord, account: string): void {
    const old = sql.account.get(wireKey);
    const { author, sequence, time, ttl } = record;
    sql.put.run(wireKey, record.bytes, author, sequence, time, time + ttl * 1_000, account, now());
    if (old && old['account'] !== OWN) accounts.take(String(old['account']), Number(old['size']));
    if (account !== OWN) accounts.add(account, record.bytes.length);
  }
  /** The oldest record of whoever has the most. */
  function makeRoom(): void {
    while (accounts.count > limits.foreignRecords || accounts.bytes > limits.foreignBytes) {
      const heaviest = accounts.heaviest();
      const oldest = heaviest === undefined ? undefined : sql.oldest.get(heaviest);
      if (!oldest || heaviest === undefined) return;
      drop(oldest['wire'] as Uint8Array);
      evicted(heaviest);
    }
  }
  function drop(wireKey: Uint8Array): void {
    const row = sql.remove.get(wireKey);
    if (row && row['account'] !== OWN) accounts.take(String(row['account']), Number(row['size']));
  }
  return {
    bytes,
    get(wireKey) {
      const stored = bytes(wireKey);
      const record = stored && checkRecord(wireKey, stored, now());
      return typeof record === 'object' ? record : undefined;
    },
    keep(wireKey, given, from) {
      const record = checkRecord(wireKey, given, now());
      if (typeof record === 'string') return record;
      const row = sql.get.get(wireKey, now()) as Stored | undefined;
      const order = row ? compareRecords(record, row) : 1;
      if (order < 0) return 'older';
      if (order === 0) return 'same';
      // Whoever hands on the record of somebody else does not become who answers for it, unless it was unknown.
      put(wireKey, record, record.author === from ? from : row?.account || from);
      makeRoom();
      return 'kept';
    },
    keepOwn: (wireKey, record) => put(wireKey, record, OWN),
    sweep() {
      const gone = sql.sweep.all(now());
      for (const { account, size } of gone) accounts.take(String(account), Number(size));
      return gone.length;
    },
    drop,
    foreign: () => ({ records: accounts.count, bytes: accounts.bytes }),
  };
}

interface Stored extends Pick<SignedRecord, 'bytes' | 'sequence' | 'time'> {
  readonly account: string;
}

function prepared(database: DatabaseSync) {
  database.exec(`
    CREATE TABLE IF NOT EXISTS records (
      wire BLOB PRIMARY KEY, bytes BLOB NOT NULL, author TEXT NOT NULL, sequence INTEGER NOT NULL,
      time INTEGER NOT NULL, expires INTEGER NOT NULL, account TEXT NOT NULL, received INTEGER NOT NULL) STRICT;
    CREATE INDEX IF NOT EXISTS records_of ON records (account, received);
    CREATE INDEX IF NOT EXISTS records_until ON records (expires)`);
  return {
    get: database.prepare(
      'SELECT bytes, sequence, time, account FROM records WHERE wire = ? AND expires > ?',
    ),
    account: database.prepare('SELECT account, length(bytes) AS size FROM records WHERE wire = ?'),
    put: database.prepare(
      `INSERT OR REPLACE INTO records (wire, bytes, author, sequence, time, expires, account, received)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    ),
    remove: database.prepare('DELETE FROM records WHERE wire = ? RETURNING account, length(bytes) AS size'),
    oldest: database.prepare('SELECT wire FROM records WHERE account = ? ORDER BY received LIMIT 1'),
    sweep: database.prepare(
      `DELETE FROM records WHERE expires <= ? AND account <> '${OWN}' RETURNING account, length(bytes) AS size`,
    ),
    accounts: database.prepare(`SELECT account, count(*) AS count, sum(length(bytes)) AS bytes
      FROM records WHERE account <> '${OWN}' GROUP BY account`),
  };
}
