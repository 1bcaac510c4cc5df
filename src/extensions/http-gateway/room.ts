/**
 * Room for requests: memory for their bodies, and connections for those that begin. Who finds none waits for a while
 * with its body unread, because a client that is refused at once comes again at once.
 *
 * @module
 */
import type { Seat, Seats } from './seats.ts';

export interface RoomOptions {
  /** Bytes of all bodies; one application has at most half of them. */
  readonly maxBytes: number;
  /** Who has waited this long is refused. */
  readonly waitMs: number;
  readonly seats: Pick<Seats, 'mayBegin'>;
}

export interface Room {
  /**
   * Takes room for a request and so many bytes of its body; the seat hears what becomes of it. Who has to wait gets
   * a {@link Waiting}; `undefined` says that so much never has room.
   */
  enter(asking: Asking): Held | Waiting | undefined;
  /** Requests that wait. */
  readonly waiting: number;
  /** Lets those in for whom there is room now. */
  wake(): void;
}

export interface Asking {
  readonly app: string;
  readonly bytes: number;
  readonly seat: Pick<Seat, 'begins' | 'waits'>;
}

/** Memory that a request holds. */
export interface Held {
  /** Takes more; whether there was room. */
  grow(bytes: number): boolean;
  /** Gives all of it back. */
  release(): void;
}

/** A request that waits. */
export interface Waiting {
  /** `undefined` when it is refused. */
  readonly held: Promise<Held | undefined>;
  readonly refuse: () => void;
}

/** Bodies up to this came with their head, most of them, and do not stand behind larger ones. */
const SMALL_BYTES = 64 * 1024;
/** From one whose time is over to the next: what came together would be refused together, and come again together. */
const REFUSE_EVERY_MS = 50;

/**
 * Shares room out.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const room = createRoom({ maxBytes: 100, waitMs: 1_000, seats: { mayBegin: () => true } });
 * const seat = { begins: () => undefined, waits: () => undefined };
 * const first = room.enter({ app: 'shop', bytes: 50, seat });
 * const second = room.enter({ app: 'shop', bytes: 1, seat });
 * assert.ok(first && 'release' in first && second && 'refuse' in second);
 * first.release();
 * assert.ok(await second.held);
 * ```
 */
export function createRoom(options: RoomOptions): Room {
  const all = new All(options);
  return {
    enter: (asking) => all.enter(asking),
    get waiting() {
      return all.waiting;
    },
    wake: () => all.wake(),
  };
}

interface Waiter extends Asking {
  readonly until: number;
  readonly settle: (held: Held | undefined) => void;
}

class All {
  readonly #maxBytes: number;
  readonly #half: number;
  readonly #waitMs: number;
  readonly #mayBegin: (app: string) => boolean;
  readonly #held = new Map<string, number>();
  #bytes = 0;
  /** By application, in the order in which they came. */
  readonly #waiters = new Map<string, Set<Waiter>>();
  /** All of them: who came first is refused first. */
  readonly #inOrder = new Set<Waiter>();
  #timer: NodeJS.Timeout | undefined;

  constructor({ maxBytes, waitMs, seats }: RoomOptions) {
    this.#maxBytes = maxBytes;
    this.#half = Math.floor(maxBytes / 2);
    this.#waitMs = waitMs;
    this.#mayBegin = (app) => seats.mayBegin(app);
  }

  enter(asking: Asking): Held | Waiting | undefined {
    const { app, bytes } = asking;
    if (bytes > this.#half) return undefined;
    const isFirst = bytes <= SMALL_BYTES || !this.#waiters.has(app);
    return isFirst && this.#fits(app, bytes) ? this.#hold(asking) : this.#wait(asking);
  }

  get waiting(): number {
    return this.#inOrder.size;
  }

  wake(): void {
    for (const [app, waiters] of [...this.#waiters]) {
      for (const waiter of waiters) {
        if (!this.#fits(app, waiter.bytes)) break;
        this.#remove(waiter);
        waiter.settle(this.#hold(waiter));
      }
      // Whoever comes first has had its turn.
      if (this.#waiters.delete(app) && waiters.size > 0) this.#waiters.set(app, waiters);
    }
  }

  #fits(app: string, bytes: number): boolean {
    const own = this.#held.get(app) ?? 0;
    const isRoom = bytes === 0 || (own + bytes <= this.#half && this.#bytes + bytes <= this.#maxBytes);
    return isRoom && this.#mayBegin(app);
  }

  #hold({ app, bytes, seat }: Asking): Held {
    let mine = 0;
    seat.begins(app);
    const take = (more: number): void => {
      if (more === 0) return;
      mine += more;
      this.#bytes += more;
      this.#held.set(app, (this.#held.get(app) ?? 0) + more);
    };
    take(bytes);
    return {
      grow: (more) => {
        const own = this.#held.get(app) ?? 0;
        if (own + more > this.#half || this.#bytes + more > this.#maxBytes) return false;
        take(more);
        return true;
      },
      release: () => {
        if (mine === 0) return;
        take(-mine);
        if (this.#held.get(app) === 0) this.#held.delete(app);
        this.wake();
      },
    };
  }

  #wait(asking: Asking): Waiting {
    const { promise, resolve } = Promise.withResolvers<Held | undefined>();
    const { app, seat } = asking;
    const waiter: Waiter = { ...asking, until: performance.now() + this.#waitMs, settle: resolve };
    const refuse = (): void => this.#refuse(waiter);
    this.#waiters.getOrInsertComputed(app, () => new Set()).add(waiter);
    this.#inOrder.add(waiter);
    this.#watch(this.#waitMs);
    seat.waits(app, refuse);
    return { held: promise, refuse };
  }

  #refuse(waiter: Waiter): void {
    if (!this.#remove(waiter)) return;
    waiter.settle(undefined);
    // It may have stood before one that needs less.
    this.wake();
  }

  #remove(waiter: Waiter): boolean {
    const { app } = waiter;
    const waiters = this.#waiters.get(app);
    waiters?.delete(waiter);
    if (waiters?.size === 0) this.#waiters.delete(app);
    return this.#inOrder.delete(waiter);
  }

  #watch(ms: number): void {
    // Whoever waits has a connection, and that keeps the process alive.
    this.#timer ??= setTimeout(() => this.#refuseLate(), ms).unref();
  }

  #refuseLate(): void {
    this.#timer = undefined;
    const [first] = this.#inOrder;
    if (!first) return;
    const left = first.until - performance.now();
    if (left <= 0) this.#refuse(first);
    this.#watch(Math.max(REFUSE_EVERY_MS, left));
  }
}
