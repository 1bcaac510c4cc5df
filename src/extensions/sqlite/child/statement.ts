import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Reader, Writer } from '../bytes.ts';
import { type Parameters, parametersOf } from '../parameters.ts';
import { END, type Failure, readStored, type Stored, writeFailure, writeStored } from '../protocol.ts';

/** Rows of the first batch of a statement; each that follows has twice as many. */
const FIRST_ROWS = 16;
const MOST_ROWS = 4_096;
/** A batch ends after so many bytes or milliseconds, with at least one row: the guest may need no more. */
const BATCH_BYTES = 262_144;
const BATCH_MS = 5;

export interface StatementOptions {
  readonly database: DatabaseSync;
  readonly sql: string;
  /** What an error of SQLite is for the guest. Throws what is no error of SQLite. */
  readonly failureOf: (error: unknown) => Failure;
}

/** A prepared statement and where it stands. */
export class ChildStatement {
  readonly #statement: StatementSync;
  readonly #failureOf: StatementOptions['failureOf'];
  readonly parameters: Parameters;
  readonly columns: number;
  readonly sql: string;
  #rows: Iterator<unknown> | undefined;
  #batch = FIRST_ROWS;

  constructor({ database, sql, failureOf }: StatementOptions) {
    this.#statement = database.prepare(sql);
    this.#statement.setReturnArrays(true);
    this.#statement.setReadBigInts(true);
    this.#statement.setAllowBareNamedParameters(false);
    this.#failureOf = failureOf;
    // Without the statements that follow.
    this.sql = this.#statement.sourceSQL;
    this.parameters = parametersOf(this.sql);
    this.columns = this.#statement.columns().length;
  }

  /** Takes the parameters out of a message. */
  read(reader: Reader): readonly Stored[] {
    const values: Stored[] = [];
    for (let left = reader.u32(); left > 0; left--) values.push(readStored(reader));
    return values;
  }

  /** Runs a statement that has no rows. */
  run(parameters: readonly Stored[]): void {
    this.#statement.run(...this.#arguments(parameters));
  }

  /** Starts from the beginning and writes the first rows. */
  step(parameters: readonly Stored[], writer: Writer): void {
    this.reset();
    if (this.columns === 0) {
      this.run(parameters);
      writer.u32(0);
      writer.u8(END.done);
      return;
    }
    this.#batch = FIRST_ROWS;
    this.#rows = this.#statement.iterate(...this.#arguments(parameters));
    this.fetch(writer);
  }

  /** Writes how many rows follow, what their end is, the rows, and the failure if it is one. */
  fetch(writer: Writer): void {
    const start = writer.length;
    const until = performance.now() + BATCH_MS;
    writer.u32(0);
    writer.u8(END.more);
    let count = 0;
    let failure: Failure | undefined;
    try {
      while (this.#rows && count < this.#batch) {
        const { done, value } = this.#rows.next();
        if (done) {
          this.#rows = undefined;
          break;
        }
        for (const column of value as readonly Stored[]) writeStored(writer, column);
        count += 1;
        if (writer.length - start > BATCH_BYTES || performance.now() > until) break;
      }
    } catch (error) {
      this.#rows = undefined;
      failure = this.#failureOf(error);
    }
    this.#batch = Math.min(MOST_ROWS, 2 * this.#batch);
    writer.u32At(start, count);
    writer.u8At(start + 4, failure ? END.failed : this.#rows ? END.more : END.done);
    if (failure) writeFailure(writer, failure);
  }

  /** Lets go of the rows that were not fetched. What was written is then committed, so this can fail. */
  reset(): void {
    const rows = this.#rows;
    this.#rows = undefined;
    rows?.return?.();
  }

  /** Frees it. */
  finalize(): void {
    this.reset();
    // Not in the types of Node yet.
    (this.#statement as unknown as { close(): void }).close();
  }

  /** `node:sqlite` takes an object of those with names, then the others in the order of their numbers. */
  #arguments(values: readonly Stored[]): readonly SQLInputValue[] {
    const { named } = this.parameters;
    if (named.size === 0) return values;
    const taken = new Set(named.values());
    const byName = Object.fromEntries([...named].map(([name, number]) => [name, values[number - 1] ?? null]));
    return [byName as unknown as SQLInputValue, ...values.filter((_, index) => !taken.has(index + 1))];
  }
}
