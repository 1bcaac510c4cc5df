import type { Call, GuestImports } from '../engine/extension.ts';
import { Pollable } from './poll.ts';

/** Record `datetime` of `wasi:clocks/wall-clock`. */
export interface Datetime {
  readonly seconds: bigint;
  readonly nanoseconds: number;
}

const SECOND = 1_000_000_000n;

/** `wasi:clocks`: the clocks of the call. */
export function clockImports(): GuestImports {
  return {
    'wasi:clocks/monotonic-clock@0.2.0': {
      now: (call: Call): bigint => call.clock.monotonic(),
      resolution: (): bigint => 1n,
      subscribeInstant: (call: Call, when: bigint): Pollable => new Pollable(call, when),
      subscribeDuration: (call: Call, ns: bigint): Pollable =>
        new Pollable(call, call.clock.monotonic() + ns),
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
