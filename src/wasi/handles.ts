/**
 * The objects that one call holds of ours: counted, so that no guest can make millions of them.
 *
 * @module
 */
import type { Call } from '../engine/extension.ts';
import { fail } from './errors.ts';

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

  /**
   * Throws `WASI_LIMIT` when there are too many. Each is a handle, and of those there may be as many: the one that
   * is too much is let through here, and the runtime refuses to give it a handle.
   */
  constructor(call: Call) {
    const { handles } = call.limits;
    this.#count = call.state(key, () => new Count());
    if (this.#count.alive > handles) throw fail('WASI_LIMIT', { handles });
    this.#count.alive += 1;
  }

  [Symbol.dispose](): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#count.alive -= 1;
  }
}
