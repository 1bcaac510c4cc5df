import type { EventRef, HostEvent, Queued, Reply } from './extension.ts';

/**
 * An event that waits or runs, and its place among those of its source. A million may wait, so it holds no more than it
 * must: a lane is its tickets and nothing else, and a promise of the replies, which takes half as much again, is made
 * when somebody asks.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const event = {
 *   name: 'hermes:cron/event#on-cron', source: ['cron'], app: 'shop', modules: 'exporting', reply: 'all', args: [],
 * } as const;
 * const ticket = new Ticket(event, { id: 7, depth: 0, bytes: 0, key: 'cron' });
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
  /** Of its lane. */
  readonly key: string;
  /** The one behind it in its lane; behind the last one stands the first. */
  next: Ticket = this;
  /** Of the last one in a lane: tickets in the lane. */
  length = 1;
  /** Of the first one in a lane: whether its event runs, and the first of the lane that gets its turn next. */
  running = false;
  nextLane: Ticket | undefined = undefined;
  /** Who waits for the replies, or these when nobody has asked before they came. */
  #answer: ((replies: readonly Reply[]) => void) | readonly Reply[] | undefined;

  constructor(
    event: HostEvent,
    { id, depth, bytes, key }: EventRef & { readonly bytes: number; readonly key: string },
  ) {
    this.event = event;
    this.id = id;
    this.depth = depth;
    this.bytes = bytes;
    this.key = key;
  }

  get ref(): EventRef {
    return { id: this.id, depth: this.depth };
  }

  /** What its sender gets to see. Asked for once. */
  receipt(): Queued {
    return new Receipt(this);
  }

  settle(replies: readonly Reply[]): void {
    if (typeof this.#answer === 'function') this.#answer(replies);
    else this.#answer = replies;
  }

  /** The replies, once they are there. Asked for once. */
  replies(): Promise<readonly Reply[]> {
    if (typeof this.#answer === 'object') return Promise.resolve(this.#answer);
    return new Promise((resolve) => {
      this.#answer = resolve;
    });
  }
}

class Receipt implements Queued {
  readonly queued = true;
  readonly #ticket: Ticket;
  #done: Promise<readonly Reply[]> | undefined;

  constructor(ticket: Ticket) {
    this.#ticket = ticket;
  }

  get event(): EventRef {
    return this.#ticket.ref;
  }

  get done(): Promise<readonly Reply[]> {
    this.#done ??= this.#ticket.replies();
    return this.#done;
  }
}
