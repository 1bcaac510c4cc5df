import { setTimeout as sleep } from 'node:timers/promises';
import type { CID } from 'multiformats/cid';
import { untilAborted } from '../../../lib/until-aborted.ts';
import type { IpfsNode } from '../node/compose.ts';
import { hashKey } from './path.ts';

/** Milliseconds after which others are asked anew: who has joined since, and who was not reached. */
const ASK_AGAIN_MS = 5_000;

/** Bitswap forgets a want a moment after it was given up, and a new one for the same block with it. */
const SETTLE_MS = 50;

/** Hashes that count as asked for: far more than can be on their way. */
const MAX_ASKED = 65_536;

/** Gets blocks that are not here. */
export interface Fetcher extends AsyncDisposable {
  /** Resolves when the block is in the store. Rejects with the signal's reason. */
  fetch(cid: CID, signal: AbortSignal): Promise<void>;
  /** Whether this block was asked for, not long ago. */
  asked(hash: string): boolean;
}

interface Want {
  waiting: number;
  readonly stop: AbortController;
  readonly here: Promise<void>;
  /** Resolves when another want for the block may begin. */
  readonly over: Promise<void>;
}

/**
 * One want for each block, however many ask for it: bitswap gives up a want for all when one of them gives up.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * const cid = CID.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy');
 * const blockstore = { get: async function* () { yield new Uint8Array([1]); } };
 * await using fetcher = createFetcher({ helia: { blockstore } } as never);
 * await fetcher.fetch(cid, new AbortController().signal);
 * ```
 */
export function createFetcher({ helia }: Pick<IpfsNode, 'helia'>): Fetcher {
  const wants = new Map<string, Want>();
  const asked = new Set<string>();

  async function get(cid: CID, stop: AbortSignal): Promise<void> {
    for (;;) {
      const attempt = AbortSignal.any([stop, AbortSignal.timeout(ASK_AGAIN_MS)]);
      try {
        // The block is checked and stored before the first turn of this loop.
        for await (const _ of helia.blockstore.get(cid, { signal: attempt }));
        return;
      } catch (error) {
        stop.throwIfAborted();
        if (!attempt.aborted) throw error;
      }
      await sleep(SETTLE_MS);
    }
  }

  function begin(cid: CID, key: string): Want {
    const stop = new AbortController();
    const here = get(cid, stop.signal);
    const over = here
      .catch(() => sleep(SETTLE_MS))
      .then(() => {
        wants.delete(key);
      });
    return { waiting: 0, stop, here, over };
  }

  function remember(key: string): void {
    asked.delete(key);
    asked.add(key);
    const [oldest] = asked;
    if (asked.size > MAX_ASKED && oldest !== undefined) asked.delete(oldest);
  }

  return {
    async fetch(cid, signal) {
      signal.throwIfAborted();
      const key = hashKey(cid);
      remember(key);
      while (wants.get(key)?.stop.signal.aborted) await wants.get(key)?.over;
      signal.throwIfAborted();
      const want = wants.getOrInsertComputed(key, () => begin(cid, key));
      want.waiting++;
      try {
        await untilAborted(want.here, signal);
      } finally {
        if (--want.waiting === 0) want.stop.abort();
      }
    },
    asked: (hash) => asked.has(hash),
    async [Symbol.asyncDispose]() {
      const all = [...wants.values()];
      for (const { stop } of all) stop.abort();
      await Promise.all(all.map(({ over }) => over));
    },
  };
}
