import { CID } from 'multiformats/cid';
import type { Surroundings } from '../node/part.ts';
import { bitswapOf, type Ledger, type PeerWant, type WantMessage } from './bitswap.ts';

/** Wants of one peer that wait for a block to come; the oldest are forgotten. As many as others keep. */
const MAX_STANDING = 1_024;

/**
 * Lays wants for blocks that are not here aside until they come. Bitswap looks all of a peer's up again with every
 * message of that peer, and a thousand of them take 25 ms: forty messages of one byte in each second were all that a
 * node could bear, and peers who fetch from somebody else send far more without meaning harm.
 *
 * A block is told of before it is stored, so what waits for it is looked up when the turn is over.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { startNode } from '../fixtures/network.ts';
 * await using node = await startNode();
 * using standing = keepStanding(node.surroundings);
 * assert.equal(standing.size, 0);
 * ```
 */
export function keepStanding({
  node,
  log,
}: Pick<Surroundings, 'node' | 'log'>): Disposable & { readonly size: number } {
  const aside = createAside();
  const wants = bitswapOf(node.helia)?.peerWantLists;
  const before = wants && {
    receiveMessage: wants.receiveMessage.bind(wants),
    receivedBlock: wants.receivedBlock.bind(wants),
    peerDisconnected: wants.peerDisconnected.bind(wants),
  };
  if (wants && before) {
    wants.receiveMessage = (peer, message) => {
      const ledger = wants.ledgerMap.get(peer);
      if (ledger) aside.lay(ledger, message);
      before.receiveMessage(peer, message);
    };
    wants.receivedBlock = async (cid) => {
      aside.restore(cid);
      // Whoever fetched the block may have given up by then: its signal ends nothing of this.
      setImmediate(() => {
        before.receivedBlock(cid, {}).catch((error) => {
          log.error('Cannot send a block to those who wait for it', { cid: cid.toString() }, error);
        });
      });
    };
    wants.peerDisconnected = (peer) => {
      const ledger = wants.ledgerMap.get(peer);
      if (ledger) aside.forget(ledger);
      before.peerDisconnected(peer);
    };
  }
  return {
    get size() {
      return aside.size();
    },
    [Symbol.dispose]: () => void (wants && Object.assign(wants, before)),
  };
}

interface Aside {
  /** Takes what is not here out of the ledger of a peer that says this. */
  lay(ledger: Ledger, message: WantMessage): void;
  /** Puts what waits for this block back into the ledgers. */
  restore(cid: CID): void;
  forget(ledger: Ledger): void;
  size(): number;
}

function createAside(): Aside {
  const aside = new Map<Ledger, Map<string, PeerWant>>();

  function lay(ledger: Ledger, { wantlist }: WantMessage): void {
    const standing = aside.getOrInsertComputed(ledger, () => new Map<string, PeerWant>());
    for (const [key, want] of ledger.wants) {
      if (want.status !== 'want' || want.haveBlock !== false) continue;
      ledger.wants.delete(key);
      standing.delete(key);
      standing.set(key, want);
    }
    if (wantlist?.full) standing.clear();
    else if (standing.size > 0)
      for (const { cid, cancel } of wantlist?.entries ?? [])
        if (cancel) standing.delete(keyOf(CID.decode(cid)));
    for (const key of standing.keys()) {
      if (standing.size <= MAX_STANDING) break;
      standing.delete(key);
    }
    if (standing.size === 0) aside.delete(ledger);
  }

  function restore(cid: CID): void {
    const key = keyOf(cid);
    for (const [ledger, standing] of aside) {
      const want = standing.get(key);
      if (!want) continue;
      standing.delete(key);
      if (standing.size === 0) aside.delete(ledger);
      if (!ledger.wants.has(key)) ledger.wants.set(key, want);
    }
  }

  return {
    lay,
    restore,
    forget: (ledger) => void aside.delete(ledger),
    size: () => [...aside.values()].reduce((sum, { size }) => sum + size, 0),
  };
}

/** As the library names wants. */
function keyOf(cid: CID): string {
  return Buffer.from(cid.multihash.bytes).toString('base64').replace(/=+$/, '');
}
