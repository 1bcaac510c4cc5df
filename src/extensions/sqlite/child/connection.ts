import type { DatabaseSync } from 'node:sqlite';
import { firstWord } from '../parameters.ts';
import type { Failure } from '../protocol.ts';
import { runsBlind } from './blind.ts';
import type { Connection } from './database.ts';
import { failureOf } from './failure.ts';

const WRITES: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'REPLACE']);

/** A connection of one event, and what is known of its transaction. */
export class EventConnection implements Disposable {
  readonly #connection: Connection;
  /** A transaction is under way and has the lock: nothing that follows in it waits for others. */
  #writing = false;
  /** What a statement died of that nobody waited for. */
  #late: Failure | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get database(): DatabaseSync {
    return this.#connection.database;
  }

  get writing(): boolean {
    return this.#writing;
  }

  /** Throws what an earlier statement died of, once. */
  throwLate(): void {
    const late = this.#late;
    this.#late = undefined;
    if (late) throw late;
  }

  /** Runs what nobody waits for. Its failure undoes the transaction and is thrown by what comes next. */
  blindly(run: () => void): void {
    if (this.#late) return;
    try {
      run();
    } catch (error) {
      this.#late = this.failureOf(error);
      this.#writing = false;
      if (this.database.isTransaction) this.database.exec('ROLLBACK');
    }
  }

  /** A statement was run: this was its text. */
  ran(sql: string): void {
    if (!this.database.isTransaction) {
      this.#writing = false;
    } else if (!this.#writing) {
      const word = firstWord(sql);
      this.#writing = WRITES.has(word) || (word === 'BEGIN' && /\b(IMMEDIATE|EXCLUSIVE)\b/i.test(sql));
    }
  }

  /** See {@link runsBlind}. */
  runsBlind(sql: string): boolean {
    return this.#writing && runsBlind(this.database, sql);
  }

  /** What an error is for the guest. Throws what is no error of SQLite. */
  failureOf(error: unknown): Failure {
    const failure = failureOf(error);
    const pragma = this.#connection.authorizer.takePragma();
    return pragma && failure.errno.tag === 'sqlite' && failure.errno.val === AUTH
      ? { ...failure, errno: { tag: 'forbidden-pragma-command' } }
      : failure;
  }

  [Symbol.dispose](): void {
    this.#connection[Symbol.dispose]();
  }
}

const AUTH = 23;
