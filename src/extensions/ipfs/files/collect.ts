import type { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import type { CID } from 'multiformats/cid';
import type { Logger } from '../../../telemetry/logger.ts';
import { atomically } from '../node/atomically.ts';
import type { Barrier } from './barrier.ts';
import { hasLinks, links } from './links.ts';
import { isIdentity, namedBy, nameOf } from './path.ts';

/** Milliseconds of marking or sweeping before the node gets a turn. */
const SLICE_MS = 5;

/** Blocks that are swept in one transaction. */
const BATCH = 256;

export interface Collected {
  readonly blocks: number;
  readonly bytes: number;
}

export interface CollectorParts {
  readonly database: DatabaseSync;
  readonly barrier: Barrier;
  /** Everything that must stay, with what is below it. */
  readonly roots: () => readonly CID[];
  readonly log: Logger;
}

export interface Collector {
  /**
   * Removes the blocks that no root needs and no operation holds. Joins one that is under way. Stopped by the
   * signal at any moment, it has only removed what nobody needs.
   */
  collect(signal: AbortSignal): Promise<Collected>;
}

/**
 * Mark and sweep over the blocks, in slices, while the node goes on. The marks are a temporary table: a store of
 * millions of blocks takes no memory for them, and a crash leaves nothing behind.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * import { openStore } from '../node/store.ts';
 * import { createBarrier } from './barrier.ts';
 * using store = openStore();
 * const [kept, lost] = ['bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e', 'QmZULkCELmmk5XNfCgTnCyFgAVxBRBXyDHGGMVoLFLiXEN'];
 * for (const cid of [kept, lost]) await store.blockstore.put(CID.parse(cid), new Uint8Array(9));
 * const { database } = store;
 * const roots = () => [CID.parse(kept)];
 * const collector = createCollector({ database, barrier: createBarrier(), roots, log: console as never });
 * assert.deepEqual(await collector.collect(new AbortController().signal), { blocks: 1, bytes: 9 });
 * ```
 */
export function createCollector(parts: CollectorParts): Collector {
  let running: Promise<Collected> | undefined;
  return {
    async collect(signal) {
      running ??= run(parts, signal).finally(() => {
        running = undefined;
      });
      return running;
    },
  };
}

async function run(
  { database, barrier, roots, log }: CollectorParts,
  signal: AbortSignal,
): Promise<Collected> {
  using _ = barrier.collect();
  database.exec(`
    CREATE TEMP TABLE IF NOT EXISTS marked (hash BLOB, codec INTEGER, PRIMARY KEY (hash, codec)) STRICT, WITHOUT ROWID;
    DELETE FROM marked`);
  try {
    await mark(database, { roots: roots(), log, signal });
    return await sweep(database, { barrier, signal });
  } finally {
    if (database.isOpen) database.exec('DELETE FROM marked');
  }
}

interface Marking {
  readonly roots: readonly CID[];
  readonly log: Logger;
  readonly signal: AbortSignal;
}

async function mark(database: DatabaseSync, { roots, log, signal }: Marking): Promise<void> {
  const enter = database.prepare('INSERT OR IGNORE INTO marked (hash, codec) VALUES (?, ?)');
  const read = database.prepare('SELECT bytes FROM blocks WHERE hash = ?');
  const open: string[] = [];

  function reach(cid: CID): void {
    if (isIdentity(cid) && !hasLinks(cid.code)) return;
    if (Number(enter.run(cid.multihash.bytes, cid.code).changes) > 0 && hasLinks(cid.code))
      open.push(nameOf(cid));
  }

  function expand(cid: CID): void {
    const bytes = isIdentity(cid)
      ? cid.multihash.digest
      : (read.get(cid.multihash.bytes)?.['bytes'] as Uint8Array | undefined);
    if (!bytes) {
      log.error('A block of a pin is not in the store: pin its root again', { block: cid.toString() });
      return;
    }
    for (const link of links(cid, bytes)) reach(link);
  }

  const waiting = [...roots];
  while (waiting.length > 0 || open.length > 0) {
    atomically(database, () => {
      const until = performance.now() + SLICE_MS;
      while (performance.now() < until) {
        const name = open.pop();
        if (name !== undefined) expand(namedBy(name));
        else if (waiting.length > 0) reach(waiting.pop() as CID);
        else return;
      }
    });
    await turn();
    signal.throwIfAborted();
  }
}

interface Sweeping {
  readonly barrier: Barrier;
  readonly signal: AbortSignal;
}

async function sweep(database: DatabaseSync, { barrier, signal }: Sweeping): Promise<Collected> {
  const some = database.prepare(`
    SELECT hash, length(bytes) AS bytes, EXISTS (SELECT 1 FROM marked WHERE marked.hash = blocks.hash) AS marked
    FROM blocks WHERE hash > ? ORDER BY hash LIMIT ${BATCH}`);
  const remove = database.prepare('DELETE FROM blocks WHERE hash = ?');
  let last = new Uint8Array();
  let blocks = 0;
  let bytes = 0;
  for (;;) {
    const rows = some.all(last) as { hash: Uint8Array; bytes: number; marked: number }[];
    atomically(database, () => {
      for (const row of rows) {
        if (row.marked || barrier.isHeld(Buffer.from(row.hash).toString('latin1'))) continue;
        remove.run(row.hash);
        blocks++;
        bytes += row.bytes;
      }
    });
    const end = rows.at(-1);
    if (!end || rows.length < BATCH) return { blocks, bytes };
    last = Uint8Array.from(end.hash);
    await turn();
    signal.throwIfAborted();
  }
}
