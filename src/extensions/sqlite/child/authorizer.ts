import { constants } from 'node:sqlite';

/** What SQLite asks before it compiles an action; see `sqlite3_set_authorizer`. */
export interface Authorizer {
  readonly ask: (action: number, first: string | null, second: string | null) => number;
  /** Whether a PRAGMA was refused since the last call. */
  takePragma(): boolean;
}

/** Functions that reach out of the database, or into the process. */
const functions: ReadonlySet<string> = new Set(['load_extension', 'fts3_tokenizer']);

/**
 * Refuses what is not the guest's: PRAGMA in every form, other files, code. SQLite asks it with the actions
 * themselves, so no spelling gets past it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { DatabaseSync } from 'node:sqlite';
 * using database = new DatabaseSync(':memory:');
 * const authorizer = createAuthorizer();
 * database.setAuthorizer(authorizer.ask);
 * assert.throws(() => database.exec('pragma/**\/user_version'), { errcode: 23 });
 * assert.equal(authorizer.takePragma(), true);
 * ```
 */
export function createAuthorizer(): Authorizer {
  let pragma = false;
  return {
    ask(action, _first, second) {
      switch (action) {
        case constants.SQLITE_PRAGMA:
          pragma = true;
          return constants.SQLITE_DENY;
        case constants.SQLITE_ATTACH:
        case constants.SQLITE_DETACH:
          return constants.SQLITE_DENY;
        case constants.SQLITE_FUNCTION:
          return functions.has((second ?? '').toLowerCase()) ? constants.SQLITE_DENY : constants.SQLITE_OK;
        default:
          return constants.SQLITE_OK;
      }
    },
    takePragma() {
      const found = pragma;
      pragma = false;
      return found;
    },
  };
}
