/**
 * What the applications of this engine have put, and have said they provide: kept, so that it is renewed and told to
 * other engines for as long as promised, over restarts too.
 *
 * @module
 */
import type { DatabaseSync } from 'node:sqlite';
import type { RecordName } from './wire-key.ts';

/** A record that an application put. */
export interface OwnRecord extends RecordName {
  readonly wireKey: Uint8Array;
  readonly app: string;
  readonly value: Uint8Array;
  /** Peer id of the key it was signed with. */
  readonly author: string;
  readonly sequence: number;
  /** When it was put, and when it was signed last: milliseconds. */
  readonly put: number;
  readonly signed: number;
  /** How many engines took it when it was told last. */
  readonly placed: number;
  /** Grows with each change, of all records. */
  readonly revision: number;
}

export interface OwnStore {
  /** How many records and provided names an application has. */
  count(app: string): { readonly records: number; readonly provided: number };
  get(wireKey: Uint8Array): OwnRecord | undefined;
  /** Records whose revision is above this one and that fewer engines than `placed` took, oldest first. */
  after(revision: number, options: { readonly placed: number; readonly limit: number }): readonly OwnRecord[];
  /** Records that were signed before, or at, this moment. */
  signedBefore(moment: number, limit: number): readonly OwnRecord[];
  /** Records that nobody else has taken yet. */
  unplaced(limit: number): readonly OwnRecord[];
  put(record: Omit<OwnRecord, 'placed' | 'revision'>): void;
  resigned(wireKey: Uint8Array, signed: number): void;
  placed(wireKey: Uint8Array, { sequence, by }: { readonly sequence: number; readonly by: number }): void;
  drop(wireKey: Uint8Array): void;
  /** Remembers that an application provides this, or with {@link ENGINE} that the engine has said so. */
  provide(app: string, multihash: Uint8Array, now: number): void;
  provides(app: string, multihash: Uint8Array): boolean;
  /** What the engine has said it provides, since this moment. */
  announced(since: number): readonly Uint8Array[];
  /** Forgets that the engine has said so. */
  retract(multihash: Uint8Array): void;
  /** Forgets what applications provided before this moment, and answers what none of them provides any more. */
  unprovide(before: number): readonly Uint8Array[];
}

/** Stands for the engine where an application's name is expected: no application is called so. */
export const ENGINE = '';

/**
 * Opens the tables in this database, or makes them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { DatabaseSync } from 'node:sqlite';
 * using database = new DatabaseSync(':memory:');
 * const store = openOwnStore(database);
 * store.provide('shop', new Uint8Array([1]), 0);
 * assert.deepEqual(store.count('shop'), { records: 0, provided: 1 });
 * ```
 */
export function openOwnStore(database: DatabaseSync): OwnStore {
  const sql = prepared(database);
  const records = (rows: readonly object[]): readonly OwnRecord[] => rows as readonly OwnRecord[];
  return {
    count: (app) => ({
      records: Number(sql.count.get(app)?.['n']),
      provided: Number(sql.countProvided.get(app)?.['n']),
    }),
    get: (wireKey) => sql.get.get(wireKey) as OwnRecord | undefined,
    after: (revision, { placed, limit }) => records(sql.after.all(revision, placed, limit)),
    signedBefore: (moment, limit) => records(sql.signedBefore.all(moment, limit)),
    unplaced: (limit) => records(sql.unplaced.all(limit)),
    put({ wireKey, app, namespace, key, value, author, sequence, put, signed }) {
      sql.put.run(wireKey, app, namespace, key, value, author, sequence, put, signed);
    },
    resigned: (wireKey, signed) => void sql.resigned.run(signed, wireKey),
    placed: (wireKey, { sequence, by }) => void sql.placed.run(by, wireKey, sequence),
    drop: (wireKey) => void sql.drop.run(wireKey),
    provide: (app, multihash, now) => void sql.provide.run(app, multihash, now),
    provides: (app, multihash) => sql.provides.get(app, multihash) !== undefined,
    announced: (since) => sql.announced.all(since).map((row) => row['multihash'] as Uint8Array),
    retract: (multihash) => void sql.retract.run(multihash),
    unprovide(before) {
      const gone = sql.unprovide.all(before).map((row) => row['multihash'] as Uint8Array);
      return gone.filter((multihash) => sql.providedByAny.get(multihash) === undefined);
    },
  };
}

const COLUMNS =
  'wire AS wireKey, app, namespace, key, value, author, sequence, put, signed, placed, revision';
const NEXT = 'coalesce((SELECT max(revision) FROM own_records), 0) + 1';

function prepared(database: DatabaseSync) {
  database.exec(`
    CREATE TABLE IF NOT EXISTS own_records (
      wire BLOB PRIMARY KEY, app TEXT NOT NULL, namespace TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL,
      author TEXT NOT NULL, sequence INTEGER NOT NULL, put INTEGER NOT NULL, signed INTEGER NOT NULL,
      placed INTEGER NOT NULL, revision INTEGER NOT NULL UNIQUE) STRICT;
    CREATE INDEX IF NOT EXISTS own_records_of ON own_records (app);
    CREATE INDEX IF NOT EXISTS own_records_signed ON own_records (signed);
    CREATE TABLE IF NOT EXISTS own_provided (
      app TEXT, multihash BLOB, since INTEGER NOT NULL, PRIMARY KEY (app, multihash)) STRICT, WITHOUT ROWID`);
  return {
    count: database.prepare('SELECT count(*) AS n FROM own_records WHERE app = ?'),
    countProvided: database.prepare('SELECT count(*) AS n FROM own_provided WHERE app = ?'),
    get: database.prepare(`SELECT ${COLUMNS} FROM own_records WHERE wire = ?`),
    after: database.prepare(
      `SELECT ${COLUMNS} FROM own_records WHERE revision > ? AND placed < ? ORDER BY revision LIMIT ?`,
    ),
    signedBefore: database.prepare(
      `SELECT ${COLUMNS} FROM own_records WHERE signed <= ? ORDER BY signed LIMIT ?`,
    ),
    unplaced: database.prepare(
      `SELECT ${COLUMNS} FROM own_records WHERE placed = 0 ORDER BY revision LIMIT ?`,
    ),
    put: database.prepare(`
      INSERT OR REPLACE INTO own_records
        (wire, app, namespace, key, value, author, sequence, put, signed, placed, revision)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ${NEXT})`),
    resigned: database.prepare(
      `UPDATE own_records SET signed = ?, placed = 0, revision = ${NEXT} WHERE wire = ?`,
    ),
    placed: database.prepare('UPDATE own_records SET placed = placed + ? WHERE wire = ? AND sequence = ?'),
    drop: database.prepare('DELETE FROM own_records WHERE wire = ?'),
    provide: database.prepare('INSERT OR REPLACE INTO own_provided (app, multihash, since) VALUES (?, ?, ?)'),
    provides: database.prepare('SELECT 1 FROM own_provided WHERE app = ? AND multihash = ?'),
    announced: database.prepare(
      `SELECT multihash FROM own_provided WHERE app = '${ENGINE}' AND since >= ? ORDER BY since`,
    ),
    retract: database.prepare(`DELETE FROM own_provided WHERE app = '${ENGINE}' AND multihash = ?`),
    providedByAny: database.prepare(`SELECT 1 FROM own_provided WHERE app <> '${ENGINE}' AND multihash = ?`),
    unprovide: database.prepare(
      `DELETE FROM own_provided WHERE app <> '${ENGINE}' AND since < ? RETURNING multihash`,
    ),
  };
}
