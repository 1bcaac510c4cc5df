/** A number of places, taken in the order of asking. */
export interface Slots {
  /** Places that are taken now. */
  readonly taken: number;
  /** Who waits for a place now. */
  readonly waiting: number;
  /** Resolves when a place is yours; give it back with `release`, once. Rejects with the signal's reason. */
  take(options?: { readonly signal?: AbortSignal }): Promise<void>;
  /** Takes a place if one is free and nobody waits for it. */
  tryTake(): boolean;
  release(): void;
}

/**
 * Bounds how much of something goes on at once.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const slots = createSlots(1);
 * await slots.take();
 * const second = slots.take();
 * assert.equal(slots.waiting, 1);
 * slots.release();
 * await second;
 * assert.equal(slots.taken, 1);
 * ```
 */
export function createSlots(size: number): Slots {
  const queue = new Set<() => void>();
  let taken = 0;

  function tryTake(): boolean {
    if (taken >= size || queue.size > 0) return false;
    taken++;
    return true;
  }

  return {
    get taken() {
      return taken;
    },
    get waiting() {
      return queue.size;
    },
    tryTake,
    async take({ signal } = {}) {
      signal?.throwIfAborted();
      if (tryTake()) return;
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      const abort = (): void => {
        queue.delete(resolve);
        reject(signal?.reason);
      };
      queue.add(resolve);
      signal?.addEventListener('abort', abort, { once: true });
      try {
        await promise;
      } finally {
        signal?.removeEventListener('abort', abort);
      }
    },
    release() {
      // Every event releases two, and hardly ever anybody waits.
      const [next] = queue.size > 0 ? queue : [];
      if (!next) {
        taken--;
        return;
      }
      // The place goes from hand to hand, so that nobody who asks in between gets ahead.
      queue.delete(next);
      next();
    },
  };
}
