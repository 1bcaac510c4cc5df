import type { EventRef, HostEvent, Queued, Reply } from './extension.ts';

/**
 * An event that waits or runs. A million may wait, so it holds no more than it must: a promise of its replies is a
 * fourth of all that an event takes, and is made when somebody asks.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const event = {
 *   name: 'hermes:cron/event#on-cron', source: ['cron'], app: 'shop', modules: 'exporting', reply: 'all', args: [],
 * } as const;
 * const ticket = new Ticket(event, { id: 7, depth: 0, bytes: 0 });
 * const queued = ticket.receipt();
 * ticket.settle([]);
 * assert.deepEqual([queued.event, await queued.done], [{ id: 7, depth: 0 }, []]);
 * ```
 */
export class Ticket {
  readonly event: HostEvent;
  readonly id: number;
  readonly depth: number;
  readonly bytes: number;
  /** The one behind it in its lane. */
  next: Ticket | undefined = undefined;
  /** Who waits for the replies, or these when nobody has asked before they came. */
  #answer: ((replies: readonly Reply[]) => void) | readonly Reply[] | undefined;

  constructor(event: HostEvent, { id, depth, bytes }: EventRef & { readonly bytes: number }) {
    this.event = event;
    this.id = id;
    this.depth = depth;
    this.bytes = bytes;
  }

  get ref(): EventRef {
    return { id: this.id, depth: this.depth };
  }

  /** What its sender gets to see. Asked for once. */
  receipt(): Queued {
    return new Receipt(this.ref, () => this.#replies());
  }

  settle(replies: readonly Reply[]): void {
    if (typeof this.#answer === 'function') this.#answer(replies);
    else this.#answer = replies;
  }

  #replies(): Promise<readonly Reply[]> {
    if (typeof this.#answer === 'object') return Promise.resolve(this.#answer);
    const { promise, resolve } = Promise.withResolvers<readonly Reply[]>();
    this.#answer = resolve;
    return promise;
  }
}

class Receipt implements Queued {
  readonly queued = true;
  readonly event: EventRef;
  readonly #ask: () => Promise<readonly Reply[]>;
  #done: Promise<readonly Reply[]> | undefined;

  constructor(event: EventRef, ask: () => Promise<readonly Reply[]>) {
    this.event = event;
    this.#ask = ask;
  }

  get done(): Promise<readonly Reply[]> {
    this.#done ??= this.#ask();
    return this.#done;
  }
}
