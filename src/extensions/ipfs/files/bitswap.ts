import type { PeerId } from '@libp2p/interface';
import type { CID } from 'multiformats/cid';
import { isRecord } from '../../../lib/record.ts';

/** A want of a peer, as its ledger keeps it. */
export interface PeerWant {
  status: 'want' | 'sending' | 'sent';
  /** It was looked up, and is not here. */
  readonly haveBlock?: false;
}

export interface Ledger {
  /** By multihash in base64 without its padding. */
  readonly wants: Map<string, PeerWant>;
}

/** What a peer says of its wants. */
export interface WantMessage {
  readonly wantlist?: {
    readonly full?: boolean;
    readonly entries: readonly { readonly cid: Uint8Array; readonly cancel?: boolean }[];
  };
}

/** The wants of others, and what is sent to them. */
export interface PeerWants {
  readonly ledgerMap: {
    get(peer: PeerId): Ledger | undefined;
  };
  receiveMessage(peer: PeerId, message: WantMessage): void;
  receivedBlock(cid: CID, options?: object): Promise<void>;
  peerDisconnected(peer: PeerId): void;
}

/** What is relied on of the library's exchange of blocks. */
export interface Bitswap {
  /** What this node wants. */
  readonly wantList: EventTarget;
  readonly peerWantLists: PeerWants;
}

/**
 * The exchange of blocks of a node. It is private to the library; a test says so when another version has it elsewhere.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { startNode } from '../fixtures/network.ts';
 * await using node = await startNode();
 * assert.ok(bitswapOf(node.node.helia)?.wantList);
 * assert.equal(bitswapOf({}), undefined);
 * ```
 */
export function bitswapOf(helia: object): Bitswap | undefined {
  const brokers = (helia as { readonly blockBrokers?: readonly unknown[] }).blockBrokers ?? [];
  for (const broker of brokers) {
    const bitswap = isRecord(broker) ? broker['bitswap'] : undefined;
    if (isRecord(bitswap) && bitswap['wantList'] instanceof EventTarget) return bitswap as unknown as Bitswap;
  }
  return undefined;
}
