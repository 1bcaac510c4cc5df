/**
 * The objects that one call holds of ours: counted, so that no guest can make millions of them.
 *
 * @module
 */
import type { Call } from '../engine/extension.ts';
import { fail } from './errors.ts';

/** Objects of WASI that one event may hold at a time. */
export const MAX_HANDLES = 1024;

const key: unique symbol = Symbol('wasi handles');

class Count implements Disposable {
  alive = 0;
  [Symbol.dispose](): void {
    this.alive = 0;
  }
}

/** One object of a call. Disposing it gives its place back. */
export class Held implements Disposable {
  readonly #count: Count;
  #gone = false;

  /** Throws `WASI_LIMIT` when there are too many. */
  constructor(call: Call) {
    this.#count = call.state(key, () => new Count());
    if (this.#count.alive >= MAX_HANDLES) throw fail('WASI_LIMIT', { handles: MAX_HANDLES });
    this.#count.alive += 1;
  }

  [Symbol.dispose](): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#count.alive -= 1;
  }
}
