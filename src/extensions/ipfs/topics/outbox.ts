import type { News } from '../node/part.ts';
import { type Incoming, PART } from './calls.ts';
import { OUTBOX } from './limits.ts';

/** Accepted messages on their way to the main thread. */
export interface Outbox {
  push(message: Incoming): void;
  /** The main thread has taken this batch over. */
  acknowledge(batch: number): void;
  /** Nobody listens any more: what waits is not told. */
  forget(topic: string): void;
}

export interface OutboxDeps {
  readonly tell: (news: News) => void;
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
 * const { promise, resolve } = Promise.withResolvers<News>();
 * const outbox = createOutbox({ tell: resolve, dropped() {} });
 * outbox.push({ topic: 'board', apps: ['shop'], publisher: '12D3KooWA', payload: new Uint8Array([1]) });
 * assert.equal((await promise)['batch'], 1);
 * ```
 */
export function createOutbox({ tell, dropped }: OutboxDeps): Outbox {
  const waiting = new Map<string, Waiting>();
  const underway = new Set<number>();
  let last = 0;
  let total = 0;
  let scheduled = false;

  function schedule(): void {
    if (scheduled || waiting.size === 0 || underway.size >= OUTBOX.batches) return;
    scheduled = true;
    setImmediate(flush);
  }
  function flush(): void {
    scheduled = false;
    const messages = take();
    if (messages.length === 0) return;
    underway.add(++last);
    tell({ part: PART, kind: 'messages', batch: last, messages });
    schedule();
  }
  function shift(queue: Waiting): Incoming | undefined {
    const message = queue.messages.shift();
    const bytes = message?.payload.length ?? 0;
    queue.bytes -= bytes;
    total -= bytes;
    return message;
  }
  function over({ messages, bytes }: Waiting): boolean {
    if (messages.length === 0) return false;
    return messages.length > OUTBOX.waiting || bytes > OUTBOX.bytes || total > OUTBOX.total;
  }
  /** One of each topic in turn, so that none waits for another's flood. */
  function take(): readonly Incoming[] {
    const taken: Incoming[] = [];
    while (taken.length < OUTBOX.messages && waiting.size > 0) {
      for (const [topic, queue] of waiting) {
        const message = shift(queue);
        if (message) taken.push(message);
        if (queue.messages.length === 0) waiting.delete(topic);
        if (taken.length >= OUTBOX.messages) break;
      }
    }
    return taken;
  }

  return {
    push(message) {
      const queue = waiting.getOrInsertComputed(message.topic, () => ({ messages: [], bytes: 0 }));
      queue.messages.push(message);
      queue.bytes += message.payload.length;
      total += message.payload.length;
      while (over(queue)) {
        shift(queue);
        dropped(message.topic);
      }
      if (queue.messages.length === 0) waiting.delete(message.topic);
      schedule();
    },
    acknowledge(batch) {
      if (underway.delete(batch)) schedule();
    },
    forget(topic) {
      total -= waiting.get(topic)?.bytes ?? 0;
      waiting.delete(topic);
    },
  };
}
