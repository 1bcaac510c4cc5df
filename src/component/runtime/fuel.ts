/**
 * What a call may compute. Each core module counts down in a global of its own, because one that they shared costs
 * twice as much; what host calls cost is counted here.
 *
 * @module
 */

import type { CoreReport } from '../rewrite/report.ts';

/** What a call costs that has no limit of its own: it is counted all the same. */
export const NO_FUEL_LIMIT: number = Number.MAX_SAFE_INTEGER;

/** Units for a host call, for a byte that passes between guest and host, and for a string, list or element. */
export const HOST_CALL = 1_000;
export const HOST_BYTE = 1;
export const HOST_VALUE = 100;

/** So many core modules may each have the whole limit; where there are more, they have less. */
const WHOLE_SHARES = 16;

/** What all start functions of an instance may compute together. */
const START = 10_000_000_000;
/** What the modules of a component with one or two of them may; nobody has more for a call unless it is asked for. */
const MOST_AT_START = START / 2;

/** What each core module has while an instance starts, of those that take fuel. */
export function fuelAtStart(made: readonly CoreReport[]): bigint {
  const count = made.filter(({ fuel }) => fuel !== undefined).length;
  return BigInt(Math.min(MOST_AT_START, Math.floor(START / Math.max(count, 1))));
}

export class Fuel {
  readonly #gauges: readonly WebAssembly.Global[];
  /** What host calls may still cost. */
  host: number = NO_FUEL_LIMIT;
  #limit = NO_FUEL_LIMIT;
  #share = 0n;

  constructor(gauges: readonly WebAssembly.Global[]) {
    this.#gauges = gauges;
  }

  /** Begins a call. */
  fill(limit: number): void {
    this.host = limit;
    if (limit !== this.#limit || this.#share === 0n) {
      this.#limit = limit;
      const count = this.#gauges.length;
      this.#share = BigInt(count > WHOLE_SHARES ? Math.floor((limit / count) * WHOLE_SHARES) : limit);
    }
    for (const gauge of this.#gauges) gauge.value = this.#share;
  }

  /** What the call has cost so far. */
  get used(): number {
    let used = 0;
    const share = Number(this.#share);
    for (const gauge of this.#gauges) used += share - Number(gauge.value);
    return used + (this.#limit - this.host);
  }

  /** Whether a core module stopped for want of fuel; its counter is below zero then, and stays there. */
  get exhausted(): boolean {
    return this.#gauges.some((gauge) => (gauge.value as bigint) < 0n);
  }
}
