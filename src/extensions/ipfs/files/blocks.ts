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
export function openBlocks({ node, barrier, fetcher }: BlocksParts): Blocks {
  const sizes = node.store.database.prepare('SELECT length(bytes) AS bytes FROM blocks WHERE hash = ?');
  const sizeHere = (cid: CID): number | undefined =>
    isIdentity(cid) ? cid.multihash.digest.byteLength : (sizes.get(cid.multihash.bytes)?.['bytes'] as number);

  return {
    begin({ signal, maxBlocks, maxBytes, beforeFetch }) {
      const held = barrier.begin();
      const over = new AbortController();
      const both = AbortSignal.any([signal, over.signal]);
      let blocks = 0;
      let bytes = 0;
      let since = performance.now();

      async function size(any: CID): Promise<number> {
        const cid = checked(any);
        both.throwIfAborted();
        if (++blocks > maxBlocks) throw fail('IPFS_TOO_LARGE', { cid: cid.toString(), maxBlocks });
        if (performance.now() - since > SLICE_MS) {
          await turn();
          since = performance.now();
        }
        held.hold(hashKey(cid));
        let found = sizeHere(cid);
        if (found === undefined) {
          beforeFetch?.();
          await fetcher.fetch(cid, both);
          since = performance.now();
          found = sizeHere(cid);
        }
        if (found === undefined || found > MAX_BLOCK) {
          throw fail('IPFS_CONTENT', { cid: cid.toString(), bytes: found, max: MAX_BLOCK });
        }
        bytes += found;
        if (bytes > maxBytes) throw fail('IPFS_TOO_LARGE', { cid: cid.toString(), maxBytes });
        return found;
      }

      async function block(cid: CID): Promise<Uint8Array> {
        await size(cid);
        if (isIdentity(cid)) return cid.multihash.digest;
        const [found] = node.store.blockstore.get(cid);
        return found ?? new Uint8Array();
      }

      return {
        signal: both,
        block,
        size,
        store: {
          async *get(cid) {
            yield await block(cid);
          },
          has: async (cid) => sizeHere(cid) !== undefined,
          async put(cid, content) {
            both.throwIfAborted();
            held.hold(hashKey(cid));
            // Through the node, so that peers that wait for it hear of it.
            await node.helia.blockstore.put(cid, content);
            return cid;
          },
        },
        [Symbol.dispose]() {
          over.abort();
          held[Symbol.dispose]();
        },
      };
    },
  };
}
