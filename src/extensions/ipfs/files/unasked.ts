import type { CID } from 'multiformats/cid';
import type { Surroundings } from '../node/part.ts';
import { bitswapOf } from './bitswap.ts';
import type { Fetcher } from './fetch.ts';
import { hashKey } from './path.ts';

/** Blocks that nobody asked for, after which a peer is not spoken to any more. */
const MAX_UNASKED = 8;

/** Milliseconds for blocks that this node asked for before it was started anew. */
const GRACE_MS = 30_000;

/** Peers that are counted; the oldest are forgotten. */
const MAX_PEERS = 1_000;

/**
 * Watches the blocks that peers send. One that was never asked for is no use to anybody, and neither is one that
 * was changed on the way: its hash is another. Bitswap drops both and goes on listening; here such a peer ends on
 * the deny list.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { connect, startNode, until } from '../fixtures/network.ts';
 * await using node = await startNode();
 * using watch = watchUnasked(node.surroundings, { asked: () => true });
 * assert.equal(typeof watch[Symbol.dispose], 'function');
 * ```
 */
export function watchUnasked(
  { node, deny, clock, log, count }: Surroundings,
  fetcher: Pick<Fetcher, 'asked'>,
): Disposable {
  const wants = bitswapOf(node.helia)?.wantList;
  const counted = new Map<string, number>();
  const since = clock.monotonic();

  function refuse(peer: string): void {
    const blocks = counted.get(peer);
    counted.delete(peer);
    if (!deny.deny(peer, 'It sent blocks that nobody asked it for')) return;
    count('peers_denied_total', { reason: 'blocks' });
    log.warn('A peer sent blocks that nobody asked for, or changed ones: it is on the deny list now', {
      peer,
      blocks,
    });
  }

  function heard(event: Event): void {
    const { sender, cid } = (event as CustomEvent<{ readonly sender: Peer; readonly cid: CID }>).detail;
    if (fetcher.asked(hashKey(cid))) return;
    count('unasked_blocks_total');
    if (clock.monotonic() - since < BigInt(GRACE_MS) * 1_000_000n) return;
    const name = sender.toString();
    const blocks = (counted.get(name) ?? 0) + 1;
    counted.delete(name);
    counted.set(name, blocks);
    const [oldest] = counted.keys();
    if (counted.size > MAX_PEERS && oldest !== undefined) counted.delete(oldest);
    if (blocks > MAX_UNASKED) refuse(name);
  }

  wants?.addEventListener('block', heard);
  return { [Symbol.dispose]: () => wants?.removeEventListener('block', heard) };
}

type Peer = Surroundings['node']['libp2p']['peerId'];
