import { peerIdFromCID } from '@libp2p/peer-id';
import { CID } from 'multiformats/cid';
import type { IpfsNode } from './compose.ts';

/** Where libp2p keeps what it knows of peers. */
const PREFIX = '/peers/';

/**
 * Removes what is known of peers that were not heard of for hours, from the database too. libp2p does so when it comes
 * across one, and never looks for them: whoever connects once, under a name made up for it, would be remembered for
 * ever. Answers how many are left.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { startNode } from '../fixtures/network.ts';
 * await using test = await startNode();
 * assert.equal(await forgetOldPeers(test.node, test.surroundings.signal), 0);
 * ```
 */
export async function forgetOldPeers(
  { libp2p, store }: Pick<IpfsNode, 'libp2p' | 'store'>,
  signal: AbortSignal,
): Promise<number> {
  let left = 0;
  for await (const key of store.datastore.queryKeys({ prefix: PREFIX })) {
    signal.throwIfAborted();
    const peer = peerIdFromCID(CID.parse(key.name()));
    if (peer.equals(libp2p.peerId)) continue;
    // It removes what is too old.
    if (await libp2p.peerStore.has(peer)) left += 1;
  }
  return left;
}
