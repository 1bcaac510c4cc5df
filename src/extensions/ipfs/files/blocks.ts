import { setImmediate as turn } from 'node:timers/promises';
import type { CID } from 'multiformats/cid';
import { failures } from '../../../lib/errors.ts';
import type { IpfsNode } from '../node/compose.ts';
import type { Barrier } from './barrier.ts';
import { errors } from './errors.ts';
import type { Fetcher } from './fetch.ts';
import { MAX_BLOCK } from './limits.ts';
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
  /** Throws `IPFS_TOO_LARGE` beyond the bounds, `IPFS_CONTENT` for a block that nobody may make. */
  block(cid: CID): Promise<Uint8Array>;
  /** As `block`, but answers only how large it is. */
  size(cid: CID): Promise<number>;
  /** The same for the libraries. */
  readonly store: {
    get(cid: CID): AsyncGenerator<Uint8Array>;
    has(cid: CID): Promise<boolean>;
    put(cid: CID, bytes: Uint8Array): Promise<CID>;
  };
}

export interface Blocks {
  begin(options: WorkOptions): Work;
}

export interface BlocksParts {
  readonly node: IpfsNode;
  readonly barrier: Barrier;
  readonly fetcher: Fetcher;
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
 * using store = openStore();
 * const blocks = openBlocks({ node: { store }, barrier: createBarrier(), fetcher: {} } as never);
 * const { signal } = new AbortController();
 * using work = blocks.begin({ signal, maxBlocks: 1, maxBytes: 100 });
 * const greeting = CID.parse('bafkqabtimvwgy3yk');
 * assert.equal(Buffer.from(await work.block(greeting)).toString(), 'hello\n');
 * await assert.rejects(work.block(greeting), { code: 'IPFS_TOO_LARGE' });
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

function begin({ node, barrier, fetcher, sizeHere }: WorkParts, options: WorkOptions): Work {
  const held = barrier.begin();
  const over = new AbortController();
  const signal = AbortSignal.any([options.signal, over.signal]);
  const spent = { blocks: 0, bytes: 0, since: performance.now() };

  async function size(any: CID): Promise<number> {
    const cid = checked(any);
    signal.throwIfAborted();
    count(spent, { blocks: 1, bytes: 0 }, options);
    await breathe(spent);
    held.hold(hashKey(cid));
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

  async function block(cid: CID): Promise<Uint8Array> {
    await size(cid);
    const [found] = isIdentity(cid) ? [cid.multihash.digest] : node.store.blockstore.get(cid);
    return found ?? new Uint8Array();
  }

  function put(cid: CID, content: Uint8Array): Promise<CID> {
    signal.throwIfAborted();
    held.hold(hashKey(cid));
    // Through the node, so that peers that wait for it hear of it.
    return Promise.resolve(node.helia.blockstore.put(cid, content));
  }

  return {
    signal,
    maxBlocks: options.maxBlocks,
    block,
    size,
    store: {
      async *get(cid) {
        yield await block(cid);
      },
      has: async (cid) => sizeHere(cid) !== undefined,
      put,
    },
    [Symbol.dispose]() {
      over.abort();
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
