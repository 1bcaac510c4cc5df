import type { DatabaseSync } from 'node:sqlite';
import { failures } from '../../../lib/errors.ts';
import type { Collected } from './collect.ts';
import { errors } from './errors.ts';

const fail = failures(errors);

/** Parts of the store that may be in use before what nobody needs is collected. */
const HIGH = 0.9;

/** Parts of the store that must have been written since a collection before the next can be worth it. */
const STEP = 0.02;

export interface RoomParts {
  readonly database: DatabaseSync;
  readonly storeBytes: number;
  readonly collect: () => Promise<Collected>;
}

/** Room for blocks in the store. */
export interface Room {
  /** Bytes of the database that hold something. */
  used(): number;
  /** Collects if the store fills up. Throws `IPFS_STORE_FULL` if this many more bytes have no place. */
  make(bytes: number): Promise<void>;
  /** Throws `IPFS_STORE_FULL` when the store is full. */
  check(bytes?: number): void;
  /** A collection may find something again. */
  changed(): void;
}

/**
 * Keeps the store below its bound.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { openStore } from '../node/store.ts';
 * using store = openStore();
 * const collect = async () => ({ blocks: 0, bytes: 0 });
 * const room = createRoom({ database: store.database, storeBytes: 1_048_576, collect });
 * await room.make(1_024);
 * await assert.rejects(room.make(1_048_576), { code: 'IPFS_STORE_FULL' });
 * ```
 */
export function createRoom({ database, storeBytes, collect }: RoomParts): Room {
  const pages = database.prepare(`
    SELECT (page_count - freelist_count) * page_size AS bytes
    FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()`);
  const used = (): number => pages.get()?.['bytes'] as number;
  let collectAt = 0;

  function check(bytes = 0): void {
    const now = used();
    if (now + bytes > storeBytes)
      throw fail('IPFS_STORE_FULL', { used: now, more: bytes, store: storeBytes });
  }

  return {
    used,
    check,
    changed() {
      collectAt = 0;
    },
    async make(bytes) {
      const now = used();
      if (now + bytes > storeBytes * HIGH && now >= collectAt) {
        await collect();
        collectAt = used() + storeBytes * STEP;
      }
      check(bytes);
    },
  };
}
