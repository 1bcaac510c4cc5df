import { setImmediate as turn } from 'node:timers/promises';
import type { CID } from 'multiformats/cid';
import { failures } from '../../../lib/errors.ts';
import type { IpfsNode } from '../node/compose.ts';
import type { Barrier } from './barrier.ts';
import { errors } from './errors.ts';
import type { Fetcher } from './fetch.ts';
import { MAX_BLOCK } from './limits.ts';
import { type Memory, NAME_BYTES } from './memory.ts';
import { checked, hashKey, isIdentity } from './path.ts';

const fail = failures(errors);

/** Milliseconds that blocks of this store may be read before others get a turn. */
const SLICE_MS = 5;

export interface WorkOptions {
  readonly signal: AbortSignal;
  /** Blocks and their bytes that the work may look at; what is looked at twice counts twice. */
  readonly maxBlocks: number;
  readonly maxBytes: number;
  /** Called before a block is asked of others; throws when there must not be more. */
  readonly beforeFetch?: () => void;
}

/**
 * Blocks as one operation sees them: fetched when they are not here, counted, held against collections, and given
 * up with its signal. Disposal ends what it still fetches.
 */
export interface Work extends Disposable {
  readonly signal: AbortSignal;
  readonly maxBlocks: number;
  /**
   * How large a block is; it is here then. Throws `IPFS_TOO_LARGE` beyond the bounds, `IPFS_CONTENT` for a block that
   * nobody may make.
   */
  size(cid: CID): Promise<number>;
  /** The bytes of a block whose size was asked for. */
  here(cid: CID): Uint8Array;
  put(cid: CID, bytes: Uint8Array): Promise<CID>;
  /** Takes of the memory that all works share, until it is given back or the work is over. Throws `IPFS_CROWDED`. */
  take(bytes: number): void;
  give(bytes: number): void;
  /** It has failed, and what it looked at is nobody's. */
  abandon(): void;
}

export interface Blocks {
  begin(options: WorkOptions): Work;
}

export interface BlocksParts {
  readonly node: IpfsNode;
  readonly barrier: Barrier;
  readonly fetcher: Fetcher;
  readonly memory: Memory;
}

/**
 * Opens the node's blocks.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * import { openStore } from '../node/store.ts';
 * import { createBarrier } from './barrier.ts';
 * import { createMemory } from './memory.ts';
 * using store = openStore();
 * const parts = { barrier: createBarrier(), memory: createMemory(1_000) };
 * const blocks = openBlocks({ node: { store }, fetcher: {}, ...parts } as never);
 * const { signal } = new AbortController();
 * using work = blocks.begin({ signal, maxBlocks: 1, maxBytes: 100 });
 * const greeting = CID.parse('bafkqabtimvwgy3yk');
 * assert.equal(await work.size(greeting), 6);
 * assert.equal(Buffer.from(work.here(greeting)).toString(), 'hello\n');
 * await assert.rejects(work.size(greeting), { code: 'IPFS_TOO_LARGE' });
 * ```
 */
export function openBlocks(parts: BlocksParts): Blocks {
  const sizes = parts.node.store.database.prepare('SELECT length(bytes) AS bytes FROM blocks WHERE hash = ?');
  const sizeHere = (cid: CID): number | undefined =>
    isIdentity(cid) ? cid.multihash.digest.byteLength : (sizes.get(cid.multihash.bytes)?.['bytes'] as number);
  return { begin: (options) => begin({ ...parts, sizeHere }, options) };
}

interface WorkParts extends BlocksParts {
  /** `undefined` when the block is not here. */
  readonly sizeHere: (cid: CID) => number | undefined;
}

function begin({ node, barrier, fetcher, memory, sizeHere }: WorkParts, options: WorkOptions): Work {
  const over = new AbortController();
  const share = memory.share((reason) => over.abort(reason));
  const held = barrier.begin(() => share[Symbol.dispose]());
  const signal = AbortSignal.any([options.signal, over.signal]);
  const spent = { blocks: 0, bytes: 0, since: performance.now() };

  function hold(cid: CID): void {
    const hash = hashKey(cid);
    if (held.hold(hash)) share.take(NAME_BYTES + hash.length);
  }

  async function size(any: CID): Promise<number> {
    const cid = checked(any);
    signal.throwIfAborted();
    count(spent, { blocks: 1, bytes: 0 }, options);
    await breathe(spent);
    hold(cid);
    let found = sizeHere(cid);
    if (found === undefined) {
      options.beforeFetch?.();
      await fetcher.fetch(cid, signal);
      found = sizeHere(cid);
    }
    if (found === undefined || found > MAX_BLOCK) {
      throw fail('IPFS_CONTENT', { cid: cid.toString(), bytes: found, max: MAX_BLOCK });
    }
    count(spent, { blocks: 0, bytes: found }, options);
    return found;
  }

  function here(cid: CID): Uint8Array {
    const [found] = isIdentity(cid) ? [cid.multihash.digest] : node.store.blockstore.get(cid);
    return found ?? new Uint8Array();
  }

  function put(cid: CID, content: Uint8Array): Promise<CID> {
    signal.throwIfAborted();
    hold(cid);
    // Through the node, so that peers that wait for it hear of it.
    return Promise.resolve(node.helia.blockstore.put(cid, content));
  }

  return {
    signal,
    maxBlocks: options.maxBlocks,
    size,
    here,
    put,
    take: share.take,
    give: share.give,
    abandon: held.abandon,
    [Symbol.dispose]() {
      over.abort();
      share.end();
      held[Symbol.dispose]();
    },
  };
}

/** Gives others a turn when it is time. */
async function breathe(spent: { since: number }): Promise<void> {
  if (performance.now() - spent.since <= SLICE_MS) return;
  await turn();
  spent.since = performance.now();
}

interface Spent {
  blocks: number;
  bytes: number;
}

function count(spent: Spent, more: Spent, { maxBlocks, maxBytes }: WorkOptions): void {
  spent.blocks += more.blocks;
  spent.bytes += more.bytes;
  if (spent.blocks > maxBlocks || spent.bytes > maxBytes) {
    throw fail('IPFS_TOO_LARGE', { blocks: spent.blocks, maxBlocks, bytes: spent.bytes, maxBytes });
  }
}
