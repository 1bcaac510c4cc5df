import { createHash, hash } from 'node:crypto';
import type { gossipsub, Message } from '@libp2p/gossipsub';
import { OUTBOUND } from './limits.ts';

/** What gossipsub is given before it starts. */
export type GossipOptions = NonNullable<Parameters<typeof gossipsub>[0]>;

/** Peers behind one address that are not held against each other: an office, a hall of students. */
const NEIGHBOURS = 32;

/**
 * How many of each thing one frame may hold. As gossipsub has it, but for messages that a peer does not want: engines
 * in Go name all of one frame, before they look whether those are good.
 */
const FRAME = {
  maxSubscriptions: 5_000,
  maxMessages: 5_000,
  maxIhaveMessageIDs: 5_000,
  maxIwantMessageIDs: 5_000,
  maxControlMessages: 5_000,
  maxIdontwantMessageIDs: 5_000,
  maxPeerInfos: 16,
};

/**
 * Milliseconds that gossipsub remembers a peer that has left: an hour by default, with all its topics, at which it looks
 * once a second. Who comes back begins anew there all the same; what counts for long is on the deny list.
 */
const RETAINED_MS = 10_000;

/**
 * Name of a message as engines of the Rust line count it: the author in base58 and the sequence in decimal, as text. With
 * another name the two would ask each other for messages that they have, and think badly of each other for it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { peerIdFromString } from '@libp2p/peer-id';
 * const from = peerIdFromString('12D3KooW9pNAk8aiBuGVQtWRdbkLmo5qVL3e2h5UxbN2Nz9ttwiw');
 * const id = messageId({ type: 'signed', from, sequenceNumber: 7n });
 * assert.equal(new TextDecoder().decode(id), `${from}7`);
 * ```
 */
export function messageId(
  message:
    | Pick<Extract<Message, { type: 'signed' }>, 'type' | 'from' | 'sequenceNumber'>
    | { type: 'unsigned' },
): Uint8Array {
  // Nothing unsigned passes `StrictSign`.
  const name = message.type === 'signed' ? `${message.from.toString()}${message.sequenceNumber}` : '';
  return new TextEncoder().encode(name);
}

/** A message as it came, of which nothing is proven. */
type Unproven = Parameters<NonNullable<GossipOptions['fastMsgIdFn']>>[0];

/**
 * Name of a message before its signature is checked, so that the copies that all other peers bring are known as such by
 * a hash instead of by a signature. It is of every byte: what differs anywhere is looked at for itself.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const message = { topic: 'board', data: new Uint8Array([1]) };
 * assert.equal(unprovenId({ ...message }), unprovenId(message));
 * assert.notEqual(unprovenId({ ...message, signature: new Uint8Array(64) }), unprovenId(message));
 * ```
 */
export function unprovenId({ topic, from, seqno, data, signature, key }: Unproven): string {
  const all = [from, seqno, signature, key, data];
  const parts = all.filter((part) => part !== undefined);
  // With the lengths no part can lend bytes to its neighbour.
  const head = Buffer.from(`${all.map((part) => part?.length).join()} ${topic}`);
  const bytes = data?.length ?? 0;
  // Making a hash that can be added to takes longer than a small one.
  if (bytes < 4_096) return hash('sha256', Buffer.concat([head, ...parts]), 'latin1');
  const growing = createHash('sha256').update(head);
  for (const part of parts) growing.update(part);
  return growing.digest('latin1');
}

/**
 * Options of gossipsub. `score` is what is added to the score of a peer, 0 or less.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(gossipOptions(() => -7).scoreParams?.appSpecificScore?.('12D3KooWA'), -7);
 * ```
 */
export function gossipOptions(score: (peer: string) => number): GossipOptions {
  return {
    msgIdFn: messageId,
    fastMsgIdFn: unprovenId,
    maxOutboundBufferSize: OUTBOUND.most,
    decodeRpcLimits: FRAME,
    scoreParams: {
      retainScore: RETAINED_MS,
      appSpecificScore: score,
      appSpecificWeight: 1,
      // Engines on one machine share its address; others may share that of a house.
      IPColocationFactorWhitelist: new Set(['127.0.0.1', '::1']),
      IPColocationFactorThreshold: NEIGHBOURS,
      IPColocationFactorWeight: -1,
    },
  };
}
