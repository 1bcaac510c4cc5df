import type { Surroundings } from '../node/part.ts';
import { type Incoming, PART } from './calls.ts';
import { MOVED, OUTBOX } from './limits.ts';

/** Accepted messages on their way to the main thread. */
export interface Outbox {
  push(message: Incoming): void;
  /** The main thread has taken this batch over. */
  acknowledge(batch: number): void;
  /** Nobody listens any more: what waits is not told. */
  forget(topic: string): void;
}

export interface OutboxDeps {
  readonly tell: Surroundings['tell'];
  /** A message was dropped because the main thread is behind; the oldest of its topic. */
  readonly dropped: (topic: string) => void;
}

interface Waiting {
  readonly messages: Incoming[];
  bytes: number;
}

/**
 * Tells messages in batches, one for each turn of the event loop, and no more than a few batches ahead of the main
 * thread. What waits beyond that is bounded for each topic: the oldest are dropped, and topics take turns.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import type { News } from '../node/part.ts';
 * const { promise, resolve } = Promise.withResolvers<News>();
 * const outbox = createOutbox({ tell: resolve, dropped() {} });
 * outbox.push({ topic: 'board', apps: ['shop'], publisher: '12D3KooWA', payload: new Uint8Array([1]) });
 * assert.equal((await promise)['batch'], 1);
 * ```
 */
export function createOutbox(deps: OutboxDeps): Outbox {
  return new Batches(deps);
}

class Batches implements Outbox {
  readonly #deps: OutboxDeps;
  readonly #waiting = new Map<string, Waiting>();
  readonly #underway = new Set<number>();
  #last = 0;
  #total = 0;
  #scheduled = false;

  constructor(deps: OutboxDeps) {
    this.#deps = deps;
  }

  push(message: Incoming): void {
    const { topic, payload } = message;
    const queue = this.#waiting.getOrInsertComputed(topic, () => ({ messages: [], bytes: 0 }));
    queue.messages.push(message);
    queue.bytes += payload.length;
    this.#total += payload.length;
    while (this.#over(queue)) {
      this.#shift(queue);
      this.#deps.dropped(topic);
    }
    if (queue.messages.length === 0) this.#waiting.delete(topic);
    this.#schedule();
  }

  acknowledge(batch: number): void {
    if (this.#underway.delete(batch)) this.#schedule();
  }

  forget(topic: string): void {
    this.#total -= this.#waiting.get(topic)?.bytes ?? 0;
    this.#waiting.delete(topic);
  }

  #schedule(): void {
    if (this.#scheduled || this.#waiting.size === 0 || this.#underway.size >= OUTBOX.batches) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    const messages = this.#take();
    if (messages.length === 0) return;
    this.#underway.add(++this.#last);
    const large = messages.map(({ payload }) => payload).filter(({ length }) => length >= MOVED);
    this.#deps.tell({ part: PART, kind: 'messages', batch: this.#last, messages }, large);
    this.#schedule();
  }

  /** One of each topic in turn, so that none waits for another's flood. */
  #take(): readonly Incoming[] {
    const taken: Incoming[] = [];
    while (taken.length < OUTBOX.messages && this.#waiting.size > 0) {
      for (const [topic, queue] of this.#waiting) {
        const message = this.#shift(queue);
        if (message) taken.push(message);
        if (queue.messages.length === 0) this.#waiting.delete(topic);
        if (taken.length >= OUTBOX.messages) break;
      }
    }
    return taken;
  }

  #shift(queue: Waiting): Incoming | undefined {
    const message = queue.messages.shift();
    const bytes = message?.payload.length ?? 0;
    queue.bytes -= bytes;
    this.#total -= bytes;
    return message;
  }

  #over({ messages, bytes }: Waiting): boolean {
    if (messages.length === 0) return false;
    return messages.length > OUTBOX.waiting || bytes > OUTBOX.bytes || this.#total > OUTBOX.total;
  }
}
