/** What may wait of one peer: seconds of work. */
const WAITING = { messages: 5_000, bytes: 33_554_432 };
/** Bytes that wait of all peers; beyond them whoever has more than its share gets no more, and beyond twice as many nobody. */
const ALL = 134_217_728;
/** What a message takes beside its bytes, with its promise and its place in the list. */
const EACH = 2_048;
/** After so many the list of what waits is made shorter. */
const DONE = 1_000;
/** Milliseconds that messages may be looked at before everything else of the thread gets its turn. */
const SLICE_MS = 5;

/** Work of peers, in slices. Disposal forgets what waits. */
export interface Turns extends Disposable {
  /**
   * Runs this, at once when there is time left in this turn of the event loop, else in a later one: in order for each
   * peer, and one peer after another. Settles as that does; `undefined` when too much of this peer waits already, and
   * this will not be run. `wait` is called before it has to wait, to let go of what is larger than it.
   */
  take(peer: string, bytes: number, run: () => Promise<void>, wait?: () => void): Promise<void> | undefined;
  /** Drops what waits of a peer. */
  forget(peer: string): void;
  /** What waits, of all peers. */
  readonly size: number;
}

interface Waiting {
  readonly run: () => Promise<void>;
  readonly done: (running: Promise<void>) => void;
  readonly bytes: number;
}

/** What waits of one peer. */
class Queue {
  readonly #waiting: (Waiting | undefined)[] = [];
  /** Those before it have run. */
  #next = 0;
  #bytes = 0;

  get size(): number {
    return this.#waiting.length - this.#next;
  }

  get bytes(): number {
    return this.#bytes;
  }

  full(more: number): boolean {
    if (this.size === 0) return false;
    return this.size >= WAITING.messages || this.#bytes + more > WAITING.bytes;
  }

  push(waiting: Waiting): void {
    this.#waiting.push(waiting);
    this.#bytes += waiting.bytes;
  }

  shift(): Waiting | undefined {
    const first = this.#waiting[this.#next];
    // Nothing holds on to what is done, however long the list stays.
    this.#waiting[this.#next++] = undefined;
    this.#bytes -= first?.bytes ?? 0;
    if (this.#next >= DONE) this.#waiting.splice(0, this.#next);
    if (this.#next >= DONE) this.#next = 0;
    return first;
  }
}

/**
 * To prove a signature takes so long that the messages of one read from one peer, of which there may be thousands, would
 * stop the thread for seconds: its timers, its other peers, and the pings by which it is known to be alive. `now` is in
 * milliseconds.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * let now = 0;
 * using turns = createTurns(() => now);
 * const ran: string[] = [];
 * const take = (peer: string, what: string) => turns.take(peer, 1, async () => { now += 3; ran.push(what); });
 * const last = ['a1', 'a2', 'a3', 'a4'].map((what) => take('12D3KooWA', what)).at(-1);
 * await take('12D3KooWB', 'b1');
 * assert.deepEqual(ran, ['a1', 'a2', 'a3', 'b1']);
 * await last;
 * assert.deepEqual(ran, ['a1', 'a2', 'a3', 'b1', 'a4']);
 * ```
 */
export function createTurns(now: () => number = () => performance.now()): Turns {
  const queues = new Map<string, Queue>();
  /** Bytes that wait in all of them. */
  let total = 0;
  /** When the slice of this turn of the event loop began. */
  let since: number | undefined;

  function begin(): void {
    if (since !== undefined) return;
    since = now();
    setImmediate(() => {
      since = undefined;
      if (queues.size > 0) pump();
    });
  }
  /** Whether this peer has to stand back because all peers together have too much waiting. */
  const crowded = (queue: Queue, more: number): boolean =>
    total + more > 2 * ALL || (total + more > ALL && queue.bytes > ALL / queues.size);
  const over = (): boolean => since !== undefined && now() - since >= SLICE_MS;

  function pump(): void {
    begin();
    // Whose turn it was comes last again, so that this ends when there is none or the time is over.
    for (const [peer, queue] of queues) {
      if (over()) return;
      queues.delete(peer);
      const first = queue.shift();
      total -= first?.bytes ?? 0;
      if (queue.size > 0) queues.set(peer, queue);
      first?.done(first.run());
    }
  }

  return {
    get size() {
      return queues.values().reduce((sum, { size }) => sum + size, 0);
    },
    take(peer, length, run, wait = () => {}) {
      const bytes = EACH + length;
      begin();
      if (!over() && !queues.has(peer)) return run();
      const queue = queues.getOrInsertComputed(peer, () => new Queue());
      if (queue.full(bytes) || crowded(queue, bytes)) return undefined;
      wait();
      const { promise, resolve } = Promise.withResolvers<void>();
      queue.push({ run, done: resolve, bytes });
      total += bytes;
      return promise;
    },
    forget(peer) {
      total -= queues.get(peer)?.bytes ?? 0;
      queues.delete(peer);
    },
    [Symbol.dispose]() {
      total = 0;
      queues.clear();
    },
  };
}
