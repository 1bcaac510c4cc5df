import type { Call, GuestImports } from '../engine/extension.ts';
import { Pollable } from './poll.ts';
import { displayAt, offsetAt } from './timezone.ts';

/** Record `datetime` of `wasi:clocks/wall-clock`. */
export interface Datetime {
  readonly seconds: bigint;
  readonly nanoseconds: number;
}

const SECOND = 1_000_000_000n;
/** What a `Temporal.Instant` can be, and so what a file or a zone is told. */
const MOST_SECONDS = 8_640_000_000_000n;

/** `wasi:clocks`: the clocks of the call, and the zone that the operator chose. */
export function clockImports(): GuestImports {
  return {
    'wasi:clocks/monotonic-clock@0.2.0': {
      now: (call: Call): bigint => call.clock.monotonic(),
      resolution: (): bigint => 1n,
      subscribeInstant: (call: Call, when: bigint): Pollable => new Pollable(call, when),
      subscribeDuration: (call: Call, ns: bigint): Pollable =>
        new Pollable(call, call.clock.monotonic() + ns),
    },
    'wasi:clocks/timezone@0.2.0': {
      display: ({ settings }: Call, when: Datetime) =>
        displayAt(settings.timeZone, instantOf(when) ?? latest()),
      utcOffset: ({ settings }: Call, when: Datetime): number =>
        offsetAt(settings.timeZone, instantOf(when) ?? latest()),
    },
    'wasi:clocks/wall-clock@0.2.0': {
      now: (call: Call): Datetime => datetimeOf(call.clock.now()),
      // What JavaScript's clocks are sure to tell apart.
      resolution: (): Datetime => ({ seconds: 0n, nanoseconds: 1_000_000 }),
    },
  };
}

/**
 * A moment as WASI writes it, which knows none before 1970.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const at = Temporal.Instant.from('1970-01-01T00:00:02.000000005Z');
 * assert.deepEqual(datetimeOf(at), { seconds: 2n, nanoseconds: 5 });
 * ```
 */
export function datetimeOf(at: Temporal.Instant): Datetime {
  const ns = at.epochNanoseconds;
  return ns < 0n
    ? { seconds: 0n, nanoseconds: 0 }
    : { seconds: ns / SECOND, nanoseconds: Number(ns % SECOND) };
}

/**
 * The moment that WASI wrote; `undefined` when it lies beyond the year 275,000.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(instantOf({ seconds: 2n, nanoseconds: 5 })?.toString(), '1970-01-01T00:00:02.000000005Z');
 * assert.equal(instantOf({ seconds: 2n ** 63n, nanoseconds: 0 }), undefined);
 * ```
 */
export function instantOf({ seconds, nanoseconds }: Datetime): Temporal.Instant | undefined {
  if (seconds >= MOST_SECONDS) return undefined;
  return Temporal.Instant.fromEpochNanoseconds(seconds * SECOND + BigInt(nanoseconds));
}

function latest(): Temporal.Instant {
  return Temporal.Instant.fromEpochNanoseconds(MOST_SECONDS * SECOND);
}
