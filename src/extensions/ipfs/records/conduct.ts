import { failures } from '../../../lib/errors.ts';
import { errors } from './errors.ts';
import type { RecordLimits } from './limits.ts';

const fail = failures(errors);

/** Strikes older than this are forgotten. */
const MEMORY = 600_000;
/** Peers whose conduct is remembered; the one not heard of for longest is forgotten. */
const MAX_PEERS = 10_000;

interface Conduct {
  /** Messages that the peer may send at once. */
  allowance: number;
  at: number;
  strikes: number;
  since: number;
}

/** How peers behave in the DHT. */
export interface Conducts {
  /** Counts a message of this peer. Throws `RECORD_RATE` beyond what one engine needs. */
  message(peer: string): void;
  /** Counts something that no honest engine does; true when it was once too often, and then from the beginning. */
  strike(peer: string): boolean;
}

/**
 * Watches rate and strikes of each peer. `now` is in milliseconds.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const conducts = createConducts({ burst: 1, perSecond: 1, strikes: 2 }, () => 0);
 * conducts.message('a');
 * assert.throws(() => conducts.message('a'), { code: 'RECORD_RATE' });
 * conducts.message('b');
 * assert.deepEqual([conducts.strike('a'), conducts.strike('a')], [false, true]);
 * ```
 */
export function createConducts(
  { burst, perSecond, strikes }: Pick<RecordLimits, 'burst' | 'perSecond' | 'strikes'>,
  now: () => number,
): Conducts {
  const peers = new Map<string, Conduct>();
  function of(peer: string): Conduct {
    const at = now();
    const conduct = peers.get(peer) ?? { allowance: burst, at, strikes: 0, since: at };
    // Whoever was heard of last stands last.
    peers.delete(peer);
    peers.set(peer, conduct);
    const [longest] = peers.keys();
    if (peers.size > MAX_PEERS && longest !== undefined) peers.delete(longest);
    // A clock that is set back gives nothing and takes nothing.
    const passed = Math.max(0, at - conduct.at);
    conduct.allowance = Math.min(burst, conduct.allowance + (passed / 1_000) * perSecond);
    conduct.at = at;
    if (at - conduct.since > MEMORY) Object.assign(conduct, { strikes: 0, since: at });
    return conduct;
  }
  return {
    message(peer) {
      const conduct = of(peer);
      if (conduct.allowance < 1) throw fail('RECORD_RATE', { peer });
      conduct.allowance--;
    },
    strike(peer) {
      const conduct = of(peer);
      if (++conduct.strikes < strikes) return false;
      // Whoever allows it again means it, and does not mean for ever.
      conduct.strikes = 0;
      return true;
    },
  };
}
