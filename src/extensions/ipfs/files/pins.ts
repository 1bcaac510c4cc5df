import type { DatabaseSync } from 'node:sqlite';
import { CID } from 'multiformats/cid';
import { failures } from '../../../lib/errors.ts';
import { errors } from './errors.ts';
import type { FileLimits } from './limits.ts';

const fail = failures(errors);

/** What an application keeps: a root with everything below it. */
export interface Pin {
  readonly app: string;
  readonly root: CID;
  /** Of all blocks below it, each once. */
  readonly bytes: number;
  /** In milliseconds since 1970. */
  readonly since: number;
}

/** The roots that applications keep. */
export interface Pins {
  has(app: string, root: CID): boolean;
  /**
   * Enters a root whose blocks are all here. True when it is new. Throws `IPFS_QUOTA`.
   */
  add(app: string, root: CID, bytes: number): boolean;
  /** Throws `IPFS_QUOTA` when this much more would not be taken. */
  check(app: string, bytes: number): void;
  /** True when there was one. */
  remove(app: string, root: CID): boolean;
  list(): readonly Pin[];
  /** Every root once. */
  roots(): readonly CID[];
  isRoot(root: CID): boolean;
}

/**
 * Opens the books. Each change is one transaction, and is there after a kill once the function has returned.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { DatabaseSync } from 'node:sqlite';
 * import { CID } from 'multiformats/cid';
 * using database = new DatabaseSync(':memory:');
 * const pins = openPins(database, { limits: { pinnedBytes: 100, maxPins: 10 }, now: () => 0 });
 * const root = CID.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy');
 * assert.equal(pins.add('shop', root, 60), true);
 * assert.throws(() => pins.check('shop', 60), { code: 'IPFS_QUOTA' });
 * assert.equal(pins.remove('shop', root), true);
 * ```
 */
export function openPins(
  database: DatabaseSync,
  {
    limits,
    now,
  }: { readonly limits: Pick<FileLimits, 'pinnedBytes' | 'maxPins'>; readonly now: () => number },
): Pins {
  database.exec(`
    CREATE TABLE IF NOT EXISTS pins (
      app TEXT, root BLOB, bytes INTEGER NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (app, root)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX IF NOT EXISTS pins_by_root ON pins (root)`);
  const find = database.prepare('SELECT 1 FROM pins WHERE app = ? AND root = ?');
  const insert = database.prepare('INSERT OR IGNORE INTO pins (app, root, bytes, since) VALUES (?, ?, ?, ?)');
  const remove = database.prepare('DELETE FROM pins WHERE app = ? AND root = ?');
  const used = database.prepare(
    'SELECT count(*) AS pins, coalesce(sum(bytes), 0) AS bytes FROM pins WHERE app = ?',
  );
  const all = database.prepare('SELECT app, root, bytes, since FROM pins ORDER BY app, root');
  const roots = database.prepare('SELECT DISTINCT root FROM pins');
  const anyone = database.prepare('SELECT 1 FROM pins WHERE root = ? LIMIT 1');
  const has = (app: string, root: CID): boolean => find.get(app, key(root)) !== undefined;

  function check(app: string, more: number): void {
    const { pins, bytes } = used.get(app) as { readonly pins: number; readonly bytes: number };
    if (bytes + more <= limits.pinnedBytes && pins < limits.maxPins) return;
    throw fail('IPFS_QUOTA', { app, bytes, more, quota: limits.pinnedBytes, pins, maxPins: limits.maxPins });
  }

  return {
    has,
    check,
    add(app, root, bytes) {
      if (has(app, root)) return false;
      check(app, bytes);
      return Number(insert.run(app, key(root), bytes, now()).changes) > 0;
    },
    remove: (app, root) => Number(remove.run(app, key(root)).changes) > 0,
    list: () =>
      all.all().map((row) => ({
        app: row['app'] as string,
        root: CID.decode(row['root'] as Uint8Array),
        bytes: row['bytes'] as number,
        since: row['since'] as number,
      })),
    roots: () => roots.all().map(({ root }) => CID.decode(root as Uint8Array)),
    isRoot: (root) => anyone.get(key(root)) !== undefined,
  };
}

/** Both versions of a CID are one root. */
function key(root: CID): Uint8Array {
  return root.toV1().bytes;
}
