/** So often must a peer leave a question unanswered, one after another. */
const FAILURES = 3;
/** For so long it is not asked then, in milliseconds; and again after each further failure. */
const REST_MS = 60_000;
/** Peers that are remembered. */
const MAX_PEERS = 10_000;

/** Peers that do not answer: each of them would cost every question seconds. */
export interface Silences {
  /** Whether this peer is left alone for now. */
  rests(peer: string): boolean;
  answered(peer: string): void;
  failed(peer: string): void;
}

/**
 * Remembers who did not answer. `now` is in milliseconds.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * let now = 0;
 * const silences = createSilences(() => now);
 * for (let n = 0; n < 3; n++) silences.failed('a');
 * assert.equal(silences.rests('a'), true);
 * now = 60_000;
 * assert.equal(silences.rests('a'), false, 'it may answer again');
 * ```
 */
export function createSilences(now: () => number): Silences {
  const peers = new Map<string, { readonly failures: number; readonly until: number }>();
  return {
    rests: (peer) => (peers.get(peer)?.until ?? 0) > now(),
    answered: (peer) => void peers.delete(peer),
    failed(peer) {
      const failures = (peers.get(peer)?.failures ?? 0) + 1;
      peers.delete(peer);
      peers.set(peer, { failures, until: failures >= FAILURES ? now() + REST_MS : 0 });
      const [oldest] = peers.keys();
      if (peers.size > MAX_PEERS && oldest !== undefined) peers.delete(oldest);
    },
  };
}
