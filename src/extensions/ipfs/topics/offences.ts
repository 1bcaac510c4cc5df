import type { Refusal } from './calls.ts';
import { OFFENCES } from './limits.ts';

/** What a peer has done, and what it is worth. */
export interface Offences {
  /** `hard`: nobody who keeps to the rules does this. `soft`: annoying, but one may be honest. */
  add(peer: string, reason: Refusal, kind: 'hard' | 'soft'): void;
  /**
   * Something beyond its rate, which was not even looked at: a message, or `times` of what a peer is denied for when it
   * sends `of` too many.
   */
  flood(peer: string, excess?: { readonly times: number; readonly of: number }): void;
  /** What gossipsub adds to the peer's score: 0 or less. */
  score(peer: string): number;
  /** Why the peer is to be denied; `undefined` as long as it is not. */
  verdict(peer: string): Refusal | undefined;
  /** Its most frequent hard offence. */
  worst(peer: string): Refusal | undefined;
  forget(peer: string): void;
  readonly size: number;
}

interface Record {
  hard: number;
  soft: number;
  flood: number;
  /** How much more of a flood counts now. */
  room: number;
  at: number;
  readonly reasons: Map<Refusal, number>;
  /** Once there is enough it stays: the next look may come when a little has faded. */
  condemned: Refusal | undefined;
}

export interface OffencesOptions {
  /** Milliseconds, never going back. */
  readonly now: () => number;
  /** Excess messages that a peer is denied for, when they take some seconds to come; not less than `FEWEST`. */
  readonly flood: number;
  /** Peers that are remembered. */
  readonly most?: number;
}

/** With fewer a rate that an operator has set low would make a flood of a burst. */
const FEWEST = 100;
/**
 * So much of what a peer is denied for counts within a second: what an honest author could not send while a link or a
 * thread stood still comes all at once, and is dropped like a flood, but it is soon over.
 */
const PER_SECOND = 1 / 4;

/**
 * Points of peers that send what is not to be sent. They fall with time, so that one mistake is not held against
 * anybody for ever.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const offences = createOffences({ now: () => 0, flood: 100 });
 * for (let n = 0; n < 100; n++) offences.add('12D3KooWA', 'off-list', 'soft');
 * assert.deepEqual([offences.score('12D3KooWA'), offences.verdict('12D3KooWA')], [-40, undefined]);
 * for (let n = 0; n < 8; n++) offences.add('12D3KooWA', 'forged', 'hard');
 * assert.equal(offences.verdict('12D3KooWA'), 'forged');
 * ```
 */
export function createOffences({ now, flood, most: peers = 10_000 }: OffencesOptions): Offences {
  const most = Math.max(FEWEST, flood);
  const perSecond = most * PER_SECOND;
  const records = new Map<string, Record>();

  function recordOf(peer: string): Record {
    const known = records.get(peer);
    if (known) return faded(known, now(), perSecond);
    const record = fresh(now(), perSecond);
    records.set(peer, record);
    if (records.size > peers) records.delete(records.keys().next().value ?? peer);
    return record;
  }
  function look(peer: string): Record | undefined {
    const record = records.get(peer);
    return record && faded(record, now(), perSecond);
  }
  function worst(peer: string): Refusal | undefined {
    return [...(records.get(peer)?.reasons ?? [])].toSorted(([, a], [, b]) => b - a)[0]?.[0];
  }

  return {
    get size() {
      return records.size;
    },
    add(peer, reason, kind) {
      const record = recordOf(peer);
      record[kind] += 1;
      if (kind === 'soft') return;
      record.reasons.set(reason, (record.reasons.get(reason) ?? 0) + 1);
      if (record.hard >= OFFENCES.hard) record.condemned = worst(peer);
    },
    flood(peer, { times, of } = { times: 1, of: most }) {
      const record = recordOf(peer);
      const points = Math.min((times / of) * most, record.room);
      record.room -= points;
      record.flood += points;
      if (record.flood >= most) record.condemned = 'flooding';
    },
    score(peer) {
      const record = look(peer);
      if (!record) return 0;
      const { soft, flood } = record;
      // Soft ones keep a peer out of the mesh. Hard ones count in gossipsub's own score of each topic. Only whole points
      // do: whoever is below 0 by however little has no place in any mesh, and points never fade to nothing.
      return 0 - Math.min(OFFENCES.soft, Math.floor(soft)) - Math.floor((flood / most) * OFFENCES.unheard);
    },
    verdict: (peer) => records.get(peer)?.condemned,
    worst,
    forget: (peer) => void records.delete(peer),
  };
}

function fresh(at: number, room: number): Record {
  return { hard: 0, soft: 0, flood: 0, room, at, reasons: new Map(), condemned: undefined };
}

/** What is left of its points, and how much more of a flood counts now. */
function faded(record: Record, at: number, perSecond: number): Record {
  const left = 2 ** ((record.at - at) / OFFENCES.halfLife);
  record.hard *= left;
  record.soft *= left;
  record.flood *= left;
  for (const [reason, points] of record.reasons) record.reasons.set(reason, points * left);
  record.room = Math.min(perSecond, record.room + ((at - record.at) / 1_000) * perSecond);
  record.at = at;
  return record;
}
