import type { PeerId } from '@libp2p/interface';
import { KEY_BYTES, PREFIX } from '../message/author.ts';
import { createBuckets } from './bucket.ts';
import type { RawMessage } from './gossip.ts';
import type { Ledger } from './ledger.ts';
import { costOf, ENVELOPE, LARGEST_MESSAGE, RELAYED, type TopicLimits } from './limits.ts';
import type { Offences } from './offences.ts';

/** On topics that nobody here listens to: more than can be on its way when the last one stops to listen. */
const UNHEARD = { perSecond: 10_000, burst: 50_000 };
/** Bytes of an author, of its key as a message may repeat it, of a signature and of a number. */
const LENGTHS = { from: PREFIX.length + KEY_BYTES, key: 36, signature: 64, seqno: 8 };
/** Peers on topics whose rates are remembered. */
const RATES = 10_000;

export interface AdmissionDeps {
  readonly limits: TopicLimits;
  /** Milliseconds, never going back. */
  readonly monotonic: () => number;
  readonly ledger: Pick<Ledger, 'get' | 'refused'>;
  readonly offences: Offences;
}

/**
 * What is let in to have its signature checked: messages of topics that somebody here listens to, of a size that any
 * engine sends, by authors with an Ed25519 key, and no more than the rate. Other authors are no engines; their signatures
 * may cost a hundred times as much, and who passes them on need not know. An author that sends more than its rate itself
 * is flooding; who passes on more than it may is only not heard.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { peerIdFromString } from '@libp2p/peer-id';
 * import { createLedger } from './ledger.ts';
 * import { createOffences } from './offences.ts';
 * const sender = peerIdFromString('12D3KooW9pNAk8aiBuGVQtWRdbkLmo5qVL3e2h5UxbN2Nz9ttwiw');
 * const ledger = createLedger(() => {});
 * ledger.set('board', [{ app: 'shop', verdict: false }]);
 * const limits = { messageBytes: 100, messagesPerSecond: 1 };
 * const offences = createOffences({ now: () => 0, flood: 10 });
 * const admit = createAdmission({ limits, monotonic: () => 0, ledger, offences });
 * const from = sender.toMultihash().bytes;
 * const message = { topic: 'board', from, signature: new Uint8Array(64), seqno: new Uint8Array(8) };
 * assert.equal(admit(sender, message), true);
 * assert.equal(admit(sender, { ...message, signature: new Uint8Array(256) }), false, 'not as engines sign');
 * assert.equal(admit(sender, message), false, 'two in a second');
 * assert.equal(admit(sender, { topic: 'votes' }), false);
 * ```
 */
export function createAdmission({
  limits,
  monotonic,
  ledger,
  offences,
}: AdmissionDeps): (sender: PeerId, message: RawMessage) => boolean {
  const perSecond = 2 * limits.messagesPerSecond;
  const rate = { perSecond, burst: perSecond };
  const own = createBuckets(rate, { now: monotonic, most: RATES });
  const all = { perSecond: RELAYED * perSecond, burst: RELAYED * perSecond };
  const relayed = createBuckets(all, { now: monotonic, most: RATES });
  const unheard = createBuckets(UNHEARD, { now: monotonic, most: RATES });
  return (sender, message) => {
    const { topic, from, data } = message;
    const peer = sender.toString();
    // Nobody listens any more, and the sender does not know yet: or it wants us busy.
    if (!ledger.get(topic)) {
      if (!unheard.take(peer, 1)) offences.flood(peer);
      return false;
    }
    const byAuthor = from !== undefined && Buffer.compare(sender.toMultihash().bytes, from) === 0;
    const bytes = data?.length ?? 0;
    if (bytes > Math.max(limits.messageBytes, LARGEST_MESSAGE) + ENVELOPE) {
      ledger.refused(topic, 'oversized');
      // Whose operator allows more may pass it on.
      offences.add(peer, 'oversized', byAuthor ? 'hard' : 'soft');
      return false;
    }
    if (!(byAuthor ? own : relayed).take(`${peer} ${topic}`, costOf(bytes))) {
      ledger.refused(topic, 'flooding');
      if (byAuthor) offences.flood(peer);
      return false;
    }
    if (asEnginesSign(message)) return true;
    ledger.refused(topic, 'not-ed25519');
    return false;
  };
}

/** Whether this can be the message of an engine: lengths tell, before a key is read that a stranger made up. */
function asEnginesSign({ from, key, signature, seqno }: RawMessage): boolean {
  return (
    from?.length === LENGTHS.from &&
    PREFIX.every((byte, at) => from[at] === byte) &&
    (key === undefined || key.length === LENGTHS.key) &&
    signature?.length === LENGTHS.signature &&
    seqno?.length === LENGTHS.seqno
  );
}
