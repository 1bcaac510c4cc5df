import { DatabaseSync } from 'node:sqlite';
import { type Authorizer, createAuthorizer } from './authorizer.ts';

/** What a database process is told when it starts. */
export interface ChildOptions {
  /** Files of the lasting database and of the one in memory. */
  readonly files: { readonly lasting: string; readonly memory: string };
  /** Bytes of one database. */
  readonly maxBytes: number;
  /** Bytes of one value, row or statement. */
  readonly maxValue: number;
  /** Bytes of memory of the whole process. */
  readonly maxMemory: number;
}

/** An open connection. */
export interface Connection extends Disposable {
  readonly database: DatabaseSync;
  readonly authorizer: Authorizer;
}

/** SQLite waits in its own process, which serves one event: whoever waits too long is killed. */
const FOR_EVER = 0x7f_ff_ff_ff;
/** Bytes of the write-ahead log that stay after a checkpoint. */
const LOG_BYTES = 16_777_216;

/**
 * Opens a connection, the lasting database's or that in memory. Throws what `node:sqlite` throws.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempDisposableSync } from 'node:fs';
 * import { tmpdir } from 'node:os';
 * using folder = mkdtempDisposableSync(`${tmpdir()}/hermes-example-`);
 * const files = { lasting: `${folder.path}/a.sqlite`, memory: `${folder.path}/b.sqlite` };
 * const options = { files, maxBytes: 1e6, maxValue: 1e6, maxMemory: 2e8 };
 * using connection = openConnection(options, { readonly: false, memory: false });
 * assert.throws(() => connection.database.exec("ATTACH 'x' AS y"), { errcode: 23 });
 * ```
 */
export function openConnection(
  { files, maxBytes, maxValue }: ChildOptions,
  { readonly, memory }: { readonly readonly: boolean; readonly memory: boolean },
): Connection {
  const database = new DatabaseSync(memory ? files.memory : files.lasting, {
    readOnly: readonly,
    timeout: FOR_EVER,
    enableForeignKeyConstraints: true,
    // As modules built for the original engine expect.
    enableDoubleQuotedStringLiterals: true,
    limits: { length: maxValue, sqlLength: maxValue, attach: 0 },
  });
  try {
    // Sorters and temporary tables in memory, which is bounded (by `lifeline.ts`: the SQLite of Node does not count
    // its own); on disk nothing would bound them.
    database.exec('PRAGMA temp_store = MEMORY');
    if (!readonly) {
      database.exec(`PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = ${LOG_BYTES}`);
      // What is in memory need not outlive the machine, and is written to a file only so that processes share it.
      database.exec(`PRAGMA synchronous = ${memory ? 'OFF' : 'NORMAL'}`);
      const size = Number(database.prepare('PRAGMA page_size').get()?.['page_size']);
      database.exec(`PRAGMA max_page_count = ${Math.max(1, Math.floor(maxBytes / size))}`);
    }
    const authorizer = createAuthorizer();
    database.setAuthorizer(authorizer.ask);
    return { database, authorizer, [Symbol.dispose]: () => database.close() };
  } catch (error) {
    database.close();
    throw error;
  }
}
