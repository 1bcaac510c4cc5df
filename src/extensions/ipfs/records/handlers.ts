/**
 * How this engine answers others who put and get records: out of its own table, after its own checks.
 *
 * @module
 */
import type { PeerId } from '@libp2p/interface';
import { failures } from '../../../lib/errors.ts';
import type { Surroundings } from '../node/part.ts';
import type { Conducts } from './conduct.ts';
import { errors } from './errors.ts';
import { type Kad, type KadMessage, unwrapValue, wrapValue } from './kad.ts';
import type { RecordFault } from './record.ts';
import type { Kept, RecordStore } from './record-store.ts';

const fail = failures(errors);

/** What only somebody who means it sends; the others may be the fault of a clock. */
const DELIBERATE: ReadonlySet<Kept | RecordFault> = new Set<RecordFault>([
  'oversized',
  'malformed',
  'forged',
  'misplaced',
]);

export interface Watch {
  /** Counts what came of a record, and denies a peer that sent too many that no honest engine sends. */
  saw(peer: PeerId, kept: Kept): void;
}

interface Parts {
  readonly kad: Kad;
  readonly store: RecordStore;
  readonly conducts: Conducts;
}

/**
 * Takes the place of the library's answers to `PUT_VALUE` and `GET_VALUE`.
 */
export function answerOthers(surroundings: Surroundings, { kad, store, conducts }: Parts): Watch {
  const { deny, log, count, clock } = surroundings;

  function saw(peer: PeerId, kept: Kept): void {
    count('records_received_total', { result: kept });
    if (!DELIBERATE.has(kept) || !conducts.strike(peer.toString())) return;
    const reason = `sent records that no engine sends, ${kept} at last`;
    if (!deny.deny(peer.toString(), reason)) return;
    count('peers_denied_total', { reason: 'records' });
    log.warn('Peer denied: its records broke the rules of the DHT too often', {
      peer: peer.toString(),
      reason,
    });
  }
  async function put(peer: PeerId, message: KadMessage): Promise<KadMessage> {
    const record = message.record && unwrapValue(message.record);
    const { key } = message;
    // Of whoever asks for one thing and means another nothing is kept.
    const same = record && key && Buffer.compare(record.key, key) === 0;
    const kept = same ? store.keep(key, record.value, peer.toString()) : 'malformed';
    saw(peer, kept);
    if (kept !== 'kept' && kept !== 'same')
      throw fail('RECORD_REFUSED', { peer: peer.toString(), why: kept });
    return message;
  }
  kad.before((peer) => {
    try {
      conducts.message(peer.toString());
    } catch (error) {
      count('dht_refused_total', { reason: 'rate' });
      throw error;
    }
  });
  kad.answer('PUT_VALUE', put);
  kad.answer('GET_VALUE', async (peer, message, library) => {
    const answer = await library.handle(peer, message);
    const bytes = message.key && store.bytes(message.key);
    if (answer && message.key && bytes)
      answer.record = wrapValue(message.key, bytes, clock.now().epochMilliseconds);
    return answer;
  });
  return { saw };
}
