// Written by "npm run generate" from ../wit/: change that, not this.

/** Time since the start of 1970, UTC. */
export interface Datetime {
  readonly seconds: bigint;
  readonly nanoseconds: number;
}

/** What went wrong last. */
export interface ErrorInfo {
  /** A primary result code of SQLite. */
  readonly code: number;
  /** What SQLite says of it. */
  readonly message: string;
}

/** Why a call failed. */
export type Errno =
  | { readonly tag: 'sqlite'; readonly val: number }
  | { readonly tag: 'converting-c-string' }
  | { readonly tag: 'invalid-in-memory-config' }
  | { readonly tag: 'invalid-persistent-config' }
  | { readonly tag: 'missing-database-name-for-persistent-config' }
  | { readonly tag: 'failed-opening-database' }
  | { readonly tag: 'failed-setting-database-size' }
  | { readonly tag: 'unknown-column-type' }
  | { readonly tag: 'forbidden-pragma-command' }
  | { readonly tag: 'returned-null-pointer' }
  | { readonly tag: 'converting-numeric' };

/** A value of SQL. */
export type Value =
  | { readonly tag: 'blob'; readonly val: Uint8Array }
  | { readonly tag: 'double'; readonly val: number }
  | { readonly tag: 'int32'; readonly val: number }
  | { readonly tag: 'int64'; readonly val: bigint }
  | { readonly tag: 'null' }
  | { readonly tag: 'text'; readonly val: string }
  | { readonly tag: 'datetime'; readonly val: Datetime };

/** What a step did. */
export type StepResult =
  | 'done'
  | 'row';

/** A connection to a database. */
export type Sqlite = object;

/** A prepared statement. */
export type Statement = object;

/** Functions of `hermes:sqlite/api`. */
export interface SqliteApi<C> {
  /**
   * Opens a database: the lasting one, or the one in memory. Unless `readonly`, it is made if it is not there;
   * with it, a database that is not there is `sqlite(14)`, and writing is `sqlite(8)`.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  open(call: C, readonly: boolean, memory: boolean): Sqlite;
}
