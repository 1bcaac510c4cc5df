import type { DatabaseSync } from 'node:sqlite';
import { firstWord } from '../parameters.ts';

/** The longest statement that is looked at. */
const LONGEST = 65_536;

/** Operations that fail, if at all, with what ends a transaction: a full disk, no memory, a damaged file. */
const harmless: ReadonlySet<string> = new Set(
  (
    'Init Transaction Goto Noop Close Variable Integer Int64 Real String8 Null SoftNull Copy SCopy IntCopy Affinity ' +
    'OpenRead OpenWrite Rewind Next Column Rowid Ne Le NotNull AddImm MemMax NewRowid MakeRecord Insert IdxInsert'
  ).split(' '),
);

/**
 * Whether a statement may run in a transaction without anybody waiting for its answer: an INSERT whose program has
 * no place where a constraint, a conversion or a function could fail, and no rows to answer. What is left (the disk
 * is full) undoes the whole transaction and may as well be told at its COMMIT. Holds as long as the schema does.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { DatabaseSync } from 'node:sqlite';
 * using database = new DatabaseSync(':memory:');
 * database.exec('CREATE TABLE a (id INTEGER PRIMARY KEY, v); CREATE TABLE b (v UNIQUE)');
 * assert.equal(runsBlind(database, 'INSERT INTO a(v) VALUES (?)'), true);
 * assert.equal(runsBlind(database, 'INSERT INTO b(v) VALUES (?)'), false);
 * ```
 */
export function runsBlind(database: DatabaseSync, sql: string): boolean {
  if (sql.length > LONGEST || firstWord(sql) !== 'INSERT') return false;
  let variables = 0;
  for (const row of database.prepare(`EXPLAIN ${sql.replace(/^[\s;]+/, '')}`).all()) {
    const { opcode, p1 } = row;
    if (opcode === 'Halt' ? p1 !== 0 : !harmless.has(String(opcode))) return false;
    // Each parameter at most once in a row, so that the row is no longer than they are.
    if (opcode === 'Variable') variables += 1;
  }
  return variables <= (sql.match(/\?(?!\d)/g) ?? []).length;
}
