import { FRESH } from './limits.ts';

/** Sequences that are remembered for one series; beyond them, older ones count as seen. */
const REMEMBERED = 4_096;
/** Series that are remembered. */
const SERIES = 10_000;
/** Milliseconds after which nothing that was admitted can be fresh any more. */
const OVER = FRESH.age + FRESH.ahead;

/** The newest of a series: its sequence and time, in milliseconds. */
export interface Newest {
  readonly series: string;
  readonly sequence: number;
  readonly time: number;
}

/** What was seen, so that it is not seen twice. */
export interface ReplayGuard {
  /**
   * Whether this is new; if so, it is not from now on. `time` is the message's, in milliseconds; `by` is the peer that
   * brought it, whose series make room when there are too many.
   */
  admit(series: string, sequence: number, time: number, by?: string): boolean;
  /** Series that have something new since this was last asked. */
  changed(): readonly Newest[];
  /** Series that `changed` has named, and that have been forgotten since this was last asked. */
  gone(): readonly string[];
  readonly size: number;
}

/** The series that one peer brought first. */
interface Account {
  /** The least recently used first. */
  readonly series: Set<string>;
  /** Time of the newest message of a series that had to make room: nobody knows which of before were seen. */
  forgotten: number;
}

interface Seen {
  sequences: Set<number>;
  /** This and what is below count as seen. */
  floor: number;
  newest: number;
  highest: number;
  /** When it was last used, by the guard's clock. */
  at: number;
  /** Whether `changed` has named it. */
  told: boolean;
  readonly by: string;
}

export interface ReplayGuardOptions {
  /** Series that are remembered. */
  readonly most?: number;
  /** From another life: what is not above counts as seen. */
  readonly known?: Iterable<Newest>;
  /** Milliseconds, never going back. A series is forgotten when none of its messages can be fresh; by default never. */
  readonly now?: () => number;
}

/**
 * Remembers the sequences of every series (an author, an application, a topic), which may come out of order. Memory is
 * bounded and forgets on the safe side: what may have been forgotten counts as seen. That costs new messages only when
 * one series comes thousands out of order, or of a peer that brings thousands of series in the time that messages stay
 * fresh: names cost nothing, so whoever makes them up takes the room from itself, and not from others.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const guard = createReplayGuard();
 * assert.deepEqual([7, 9, 8, 9].map((sequence) => guard.admit('a', sequence, 0)), [true, true, true, false]);
 * ```
 */
export function createReplayGuard(options: ReplayGuardOptions = {}): ReplayGuard {
  return new Guard(options);
}

class Guard implements ReplayGuard {
  /** The least recently used first. */
  readonly #bySeries = new Map<string, Seen>();
  readonly #accounts = new Map<string, Account>();
  readonly #touched = new Set<string>();
  readonly #most: number;
  readonly #now: () => number;
  #gone: string[] = [];
  /** As `Account.forgotten`, of peers with nothing left. */
  #forgotten = -Infinity;

  constructor({ most = SERIES, known = [], now = () => 0 }: ReplayGuardOptions) {
    this.#most = most;
    this.#now = now;
    for (const { series, sequence, time } of known) {
      const seen = this.#use(series, '');
      Object.assign(seen, { floor: sequence, highest: sequence, newest: time, told: true });
    }
  }

  get size(): number {
    return this.#bySeries.size;
  }

  admit(series: string, sequence: number, time: number, by = ''): boolean {
    this.#expire();
    const forgotten = Math.max(this.#forgotten, this.#accounts.get(by)?.forgotten ?? -Infinity);
    if (!this.#bySeries.has(series) && time <= forgotten) return false;
    const seen = this.#use(series, by);
    if (sequence <= seen.floor || seen.sequences.has(sequence)) return false;
    seen.sequences.add(sequence);
    seen.newest = Math.max(seen.newest, time);
    seen.highest = Math.max(seen.highest, sequence);
    this.#touched.add(series);
    if (seen.sequences.size > 2 * REMEMBERED) thin(seen);
    if (this.#bySeries.size > this.#most) this.#makeRoom();
    return true;
  }

  changed(): readonly Newest[] {
    this.#expire();
    const newest: Newest[] = [];
    for (const series of this.#touched) {
      const seen = this.#bySeries.get(series);
      if (!seen) continue;
      seen.told = true;
      newest.push({ series, sequence: seen.highest, time: seen.newest });
    }
    this.#touched.clear();
    return newest;
  }

  gone(): readonly string[] {
    const gone = this.#gone.filter((series) => !this.#bySeries.has(series));
    this.#gone = [];
    return gone;
  }

  #use(series: string, by: string): Seen {
    const fresh = { newest: -Infinity, highest: -1, floor: -1, told: false, by };
    const seen = this.#bySeries.get(series) ?? { ...fresh, sequences: new Set(), at: 0 };
    seen.at = this.#now();
    this.#bySeries.delete(series);
    this.#bySeries.set(series, seen);
    const account = this.#accounts.getOrInsertComputed(seen.by, () => ({
      series: new Set(),
      forgotten: -Infinity,
    }));
    account.series.delete(series);
    account.series.add(series);
    return seen;
  }

  #expire(): void {
    const end = this.#now() - OVER;
    for (const [series, { at }] of this.#bySeries) {
      if (at >= end) return;
      this.#forget(series);
    }
  }

  /** The oldest series of whoever has the most. */
  #makeRoom(): void {
    let heaviest: Account | undefined;
    for (const account of this.#accounts.values())
      if (!heaviest || account.series.size > heaviest.series.size) heaviest = account;
    const [oldest] = heaviest?.series ?? [];
    if (!heaviest || oldest === undefined) return;
    heaviest.forgotten = Math.max(heaviest.forgotten, this.#bySeries.get(oldest)?.newest ?? -Infinity);
    if (heaviest.series.size === 1) this.#forgotten = Math.max(this.#forgotten, heaviest.forgotten);
    this.#forget(oldest);
  }

  #forget(series: string): void {
    const seen = this.#bySeries.get(series);
    if (!seen) return;
    this.#bySeries.delete(series);
    this.#touched.delete(series);
    if (seen.told) this.#gone.push(series);
    const account = this.#accounts.get(seen.by);
    account?.series.delete(series);
    if (account?.series.size === 0) this.#accounts.delete(seen.by);
  }
}

/** Keeps the highest half. */
function thin(seen: Seen): void {
  const sorted = [...seen.sequences].sort((a, b) => a - b);
  seen.floor = sorted[sorted.length - REMEMBERED - 1] ?? seen.floor;
  seen.sequences = new Set(sorted.slice(-REMEMBERED));
}
