/** Sequences that are remembered for one series; beyond them, older ones count as seen. */
const REMEMBERED = 4_096;
/** Series that are remembered. */
const SERIES = 10_000;

/** The newest of a series: its sequence and time, in milliseconds. */
export interface Newest {
  readonly series: string;
  readonly sequence: number;
  readonly time: number;
}

/** What was seen, so that it is not seen twice. */
export interface ReplayGuard {
  /** Whether this is new; if so, it is not from now on. `time` is the message's, in milliseconds. */
  admit(series: string, sequence: number, time: number): boolean;
  /** Series that have something new since this was last asked. */
  changed(): readonly Newest[];
  readonly size: number;
}

interface Seen {
  sequences: Set<number>;
  /** This and what is below count as seen. */
  floor: number;
  newest: number;
  highest: number;
}

export interface ReplayGuardOptions {
  /** Series that are remembered. */
  readonly most?: number;
  /** From another life: what is not above counts as seen. */
  readonly known?: Iterable<Newest>;
}

/**
 * Remembers the sequences of every series (an author, an application, a topic), which may come out of order. Memory is
 * bounded and forgets on the safe side: what may have been forgotten counts as seen. That costs new messages only when
 * one series comes thousands out of order, or when there are thousands of series in the time that messages stay fresh.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const guard = createReplayGuard();
 * assert.deepEqual([7, 9, 8, 9].map((sequence) => guard.admit('a', sequence, 0)), [true, true, true, false]);
 * ```
 */
export function createReplayGuard({ most = SERIES, known = [] }: ReplayGuardOptions = {}): ReplayGuard {
  const bySeries = new Map<string, Seen>();
  const touched = new Set<string>();
  /** Time of the newest message of a series that was forgotten: nobody knows which of before were seen. */
  let forgotten = -Infinity;

  function seenOf(series: string): Seen {
    const seen = bySeries.get(series) ?? {
      sequences: new Set(),
      floor: -1,
      newest: -Infinity,
      highest: -1,
    };
    bySeries.delete(series);
    bySeries.set(series, seen);
    if (bySeries.size > most) forget();
    return seen;
  }

  function forget(): void {
    const [oldest] = bySeries;
    if (!oldest) return;
    bySeries.delete(oldest[0]);
    touched.delete(oldest[0]);
    forgotten = Math.max(forgotten, oldest[1].newest);
  }

  for (const { series, sequence, time } of known) {
    const seen = seenOf(series);
    seen.floor = sequence;
    seen.highest = sequence;
    seen.newest = time;
  }

  return {
    get size() {
      return bySeries.size;
    },
    changed() {
      const newest = [...touched].flatMap((series) => {
        const seen = bySeries.get(series);
        return seen ? [{ series, sequence: seen.highest, time: seen.newest }] : [];
      });
      touched.clear();
      return newest;
    },
    admit(series, sequence, time) {
      if (!bySeries.has(series) && time <= forgotten) return false;
      const seen = seenOf(series);
      if (sequence <= seen.floor || seen.sequences.has(sequence)) return false;
      seen.sequences.add(sequence);
      seen.newest = Math.max(seen.newest, time);
      seen.highest = Math.max(seen.highest, sequence);
      touched.add(series);
      if (seen.sequences.size > 2 * REMEMBERED) thin(seen);
      return true;
    },
  };
}

/** Keeps the highest half. */
function thin(seen: Seen): void {
  const sorted = [...seen.sequences].sort((a, b) => a - b);
  seen.floor = sorted[sorted.length - REMEMBERED - 1] ?? seen.floor;
  seen.sequences = new Set(sorted.slice(-REMEMBERED));
}
