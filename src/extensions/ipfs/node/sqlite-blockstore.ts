import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { BaseBlockstore } from 'blockstore-core';
import type { Pair } from 'interface-blockstore';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { decode } from 'multiformats/hashes/digest';

class NotFound extends Error {
  override readonly name = 'NotFoundError';
}

type Bytes = Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/**
 * Blocks by the hash of their bytes, in one table: a block is there as a whole or not at all, whenever the process
 * ends.
 *
 * Follows `interface-blockstore`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { DatabaseSync } from 'node:sqlite';
 * import { CID } from 'multiformats/cid';
 * using database = new DatabaseSync(':memory:');
 * const store = new SqliteBlockstore(database);
 * const cid = CID.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy');
 * await store.put(cid, new Uint8Array([1]));
 * assert.equal(store.has(cid), true);
 * assert.deepEqual([...store.get(cid)], [new Uint8Array([1])]);
 * ```
 */
export class SqliteBlockstore extends BaseBlockstore {
  readonly #put: StatementSync;
  readonly #get: StatementSync;
  readonly #has: StatementSync;
  readonly #delete: StatementSync;
  readonly #hashes: StatementSync;

  constructor(database: DatabaseSync) {
    super();
    database.exec('CREATE TABLE IF NOT EXISTS blocks (hash BLOB PRIMARY KEY, bytes BLOB NOT NULL) STRICT');
    this.#put = database.prepare('INSERT OR IGNORE INTO blocks (hash, bytes) VALUES (?, ?)');
    this.#get = database.prepare('SELECT bytes FROM blocks WHERE hash = ?');
    this.#has = database.prepare('SELECT 1 FROM blocks WHERE hash = ?');
    this.#delete = database.prepare('DELETE FROM blocks WHERE hash = ?');
    this.#hashes = database.prepare('SELECT hash FROM blocks');
  }

  override async put(cid: CID, bytes: Bytes): Promise<CID> {
    this.#put.run(cid.multihash.bytes, bytes instanceof Uint8Array ? bytes : await collected(bytes));
    return cid;
  }

  override *get(cid: CID): Generator<Uint8Array> {
    const row = this.#get.get(cid.multihash.bytes);
    if (!row) throw new NotFound(`Block ${cid.toString()} is not here`);
    yield row['bytes'] as Uint8Array;
  }

  override has(cid: CID): boolean {
    return this.#has.get(cid.multihash.bytes) !== undefined;
  }

  override delete(cid: CID): void {
    this.#delete.run(cid.multihash.bytes);
  }

  /** Every hash, without the bytes. */
  hashes(): readonly Uint8Array[] {
    return this.#hashes.all().map(({ hash }) => hash as Uint8Array);
  }

  override *getAll(): Generator<Pair> {
    for (const hash of this.hashes()) {
      const cid = CID.createV1(raw.code, decode(hash));
      // Deleted since the list was made.
      if (this.has(cid)) yield { cid, bytes: this.get(cid) };
    }
  }
}

async function collected(parts: Iterable<Uint8Array> | AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const part of parts) all.push(part);
  return Buffer.concat(all);
}
