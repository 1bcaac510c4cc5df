/** What one side has to say, kept until the turn of the event loop is over, or longer where it may wait. */
export interface Outbox<M> {
  send(message: M): void;
  /** Posts what there is, now. */
  flush(): void;
  /** Posts what there is if the oldest of it is older than this. */
  flushOlderThan(milliseconds: number): void;
}

export interface OutboxOptions<M> {
  readonly post: (messages: readonly M[]) => void;
  /** This message holds what cannot cross; the others of its batch do. */
  readonly refused: (message: M, error: unknown) => void;
  /** So many messages go at once, so that a side that does not end its turn does not hoard them; 256 by default. */
  readonly most?: number;
  /** Asked when the turn is over: whether what there is may wait for more until the next one is; not unless given. */
  readonly mayWait?: (messages: readonly M[]) => boolean;
}

/**
 * Collects messages and posts them together: a message of its own costs more than what most of them say.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const posted: unknown[] = [];
 * const outbox = createOutbox<number>({ post: (messages) => posted.push(messages), refused: assert.fail });
 * for (const n of [1, 2, 3]) outbox.send(n);
 * assert.deepEqual(posted, []);
 * await new Promise(setImmediate);
 * assert.deepEqual(posted, [[1, 2, 3]]);
 * ```
 */
export function createOutbox<M>({ post, refused, most = 256, mayWait }: OutboxOptions<M>): Outbox<M> {
  let waiting: M[] = [];
  let since = 0;
  let scheduled = false;

  function flush(): void {
    if (waiting.length === 0) return;
    const messages = waiting;
    waiting = [];
    try {
      post(messages);
    } catch {
      // One of them cannot cross: which one is found out below, and its error is reported there.
      for (const message of messages) postAlone(message);
    }
  }

  function postAlone(message: M): void {
    try {
      post([message]);
    } catch (error) {
      refused(message, error);
    }
  }

  function schedule(): void {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      if (waiting.length > 0 && mayWait?.(waiting)) schedule();
      else flush();
    });
  }

  return {
    flush,
    send(message) {
      if (waiting.push(message) === 1) since = performance.now();
      if (waiting.length >= most) flush();
      schedule();
    },
    flushOlderThan(milliseconds) {
      if (waiting.length > 0 && performance.now() - since > milliseconds) flush();
    },
  };
}
