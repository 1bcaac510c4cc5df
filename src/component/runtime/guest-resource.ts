/**
 * A guest's resource in the hands of the host.
 *
 * @module
 */
import { fail, Violation } from './errors.ts';
import type { Lender } from './memory.ts';
import type { State } from './state.ts';

/**
 * Pass it back to exports of the same instance: as `own` it moves, as `borrow` it stays. Disposing it calls the
 * guest's destructor. A borrowed one, as host functions are given, ends with the call.
 */
export class GuestResource implements Lender {
  readonly #state: State;
  readonly #resource: number;
  readonly #rep: number;
  readonly #own: boolean;
  readonly #lease: number;
  #lends = 0;
  #alive = true;

  constructor(state: State, resource: number, rep: number, own: boolean) {
    this.#state = state;
    this.#resource = resource;
    this.#rep = rep;
    this.#own = own;
    this.#lease = state.lease;
  }

  /** Calls the destructor; harmless the second time. Throws when the destructor may suspend. */
  [Symbol.dispose](): void {
    this.#destroy(false);
  }

  /** Calls the destructor and waits for it, when it suspends. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#destroy(true);
  }

  belongsTo(state: State, resource: number): boolean {
    return this.#state === state && this.#resource === resource && this.#alive && this.#lease === state.lease;
  }

  /** Gives the resource up: what a lowered `own` does. */
  take(): number {
    if (!this.#own || !this.#alive || this.#lends !== 0) throw new Violation('VALUE_TYPE', SPENT);
    this.#alive = false;
    return this.#rep;
  }

  /** Lends the resource until {@link endLoan}. */
  lend(): number {
    if (!this.#alive) throw new Violation('VALUE_TYPE', SPENT);
    this.#lends += 1;
    return this.#rep;
  }

  endLoan(): void {
    this.#lends -= 1;
  }

  /** Ends a borrowed one: the call that lent it is over. */
  expire(): void {
    this.#alive = false;
  }

  #destroy(awaited: boolean): unknown {
    if (!this.#own || !this.#alive) return undefined;
    if (this.#lends !== 0) throw fail('RESOURCE_GONE', { reason: 'lent to a call' });
    // Gone with its instance, which may serve another event by now.
    if (this.#state.trapped !== undefined || this.#lease !== this.#state.lease) return undefined;
    const done = this.#state.destroy(this.#resource, this.#rep, awaited);
    this.#alive = false;
    return done;
  }
}

const SPENT = { expected: 'a resource that is alive, owned and not lent', found: 'one that is not' } as const;
