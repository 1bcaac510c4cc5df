/**
 * `wasi:io/poll`: waiting for a moment. Everything else that a guest may wait for is ready at once.
 *
 * @module
 */
import { type Call, type Waiting, waiting } from '../engine/extension.ts';
import { fail } from './errors.ts';
import { Held } from './handles.ts';

/** Resource `pollable`: ready from the beginning, or from a moment of the monotonic clock. */
export class Pollable {
  readonly #held: Held;
  /** Nanoseconds of the monotonic clock. */
  readonly #from: bigint;

  static {
    // A method of a class waits when its value on the prototype says so.
    const block = waiting(async function (this: Pollable, call: Call): Promise<void> {
      await firstReady(call, [this]);
    });
    Object.defineProperty(Pollable.prototype, 'block', { value: block, configurable: true });
  }

  constructor(call: Call, from = 0n) {
    this.#held = new Held(call);
    this.#from = from;
  }

  ready(call: Call): boolean {
    return this.left(call) <= 0n;
  }

  /** Nanoseconds until it is ready. */
  left(call: Call): bigint {
    return this.#from - call.clock.monotonic();
  }

  [Symbol.dispose](): void {
    this.#held[Symbol.dispose]();
  }
}
/** The indices of those that are ready, as soon as one is. */
export const poll: Waiting = waiting(
  async (call: Call, pollables: readonly Pollable[]): Promise<Uint32Array> => {
    if (pollables.length === 0) throw fail('WASI_POLL');
    return Uint32Array.from(await firstReady(call, pollables));
  },
);

async function firstReady(call: Call, pollables: readonly Pollable[]): Promise<readonly number[]> {
  for (;;) {
    const ready = pollables.flatMap((pollable, index) => (pollable.ready(call) ? [index] : []));
    if (ready.length > 0) return ready;
    const [left = 0n] = pollables.map((pollable) => pollable.left(call)).toSorted(ascending);
    // The clock may wake a moment early, or jump: the loop looks again.
    const at = Temporal.Instant.fromEpochNanoseconds(call.clock.now().epochNanoseconds + left);
    await call.clock.sleepUntil(at, { signal: call.signal });
  }
}

function ascending(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
