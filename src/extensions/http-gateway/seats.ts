/**
 * Connections and who has them. When there are too many, those go first that are of whoever has most and cost nobody
 * an answer; some are kept free for applications that have few.
 *
 * @module
 */

/** What a connection does. One that rests has no request; the request of one that waits has not begun. */
type State = 'rests' | 'waits' | 'works';

/** The place of one connection. */
export interface Seat {
  /** A request has come. */
  works(): void;
  /** Its request is for this application, and begins. */
  begins(app: string): void;
  /** Its request is for this application and has to wait; `refuse` ends that. */
  waits(app: string, refuse: () => void): void;
  /** No request is left. */
  rests(): void;
  /** The connection is closed. */
  leave(): void;
}

export interface Seats {
  /** A place for a new connection, which may cost another one its place; `undefined` when it has to go itself. */
  take(connection: Seated): Seat | undefined;
  /** Whether an application may begin with one more request. */
  mayBegin(app: string): boolean;
}

/** A connection as far as it is known here. */
export interface Seated {
  /** Of the client. */
  readonly address: string;
  /** Closes it while it rests. */
  readonly close: () => void;
}

export interface SeatsOptions {
  /** Connections at one time. In a quarter more, requests begin for applications that have less than half of them. */
  readonly max: number;
  /** Called when an application may begin that could not. */
  readonly freed: () => void;
}

/**
 * Places for so many connections.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const closed: string[] = [];
 * const seats = createSeats({ max: 2, freed: () => undefined });
 * const take = (name: string) => seats.take({ address: '::1', close: () => closed.push(name) });
 * take('first');
 * take('second')?.begins('shop');
 * take('third');
 * take('fourth');
 * assert.deepEqual(closed, ['first']);
 * ```
 */
export function createSeats(options: SeatsOptions): Seats {
  const book = new Book(options);
  return {
    take: (connection) => book.take(connection),
    mayBegin: (app) => book.mayBegin(app),
  };
}

interface Entry extends Seated {
  /** Of the latest request; empty before there was one. */
  app: string;
  state: State;
  refuse: (() => void) | undefined;
}

class Book {
  readonly #max: number;
  readonly #reserve: number;
  readonly #freed: () => void;
  /** Those that changed last are last. */
  readonly #entries = new Set<Entry>();
  /** Connections by application, and by application and client. */
  readonly #held = new Counts();
  /** Requests that have begun, by application. */
  readonly #working = new Counts();
  readonly #half: number;

  constructor({ max, freed }: SeatsOptions) {
    this.#max = max;
    this.#reserve = Math.ceil(max / 4);
    this.#half = Math.ceil(max / 2);
    this.#freed = freed;
  }

  get #isCrowded(): boolean {
    return this.#entries.size > this.#max;
  }

  mayBegin(app: string): boolean {
    return !this.#isCrowded || this.#working.of(app) < this.#half;
  }

  take(connection: Seated): Seat | undefined {
    if (!this.#hasRoom()) return undefined;
    const entry: Entry = { ...connection, app: '', state: 'rests', refuse: undefined };
    this.#entries.add(entry);
    this.#hold(entry, 1);
    return {
      works: () => this.#change(entry, 'works'),
      begins: (app) => this.#change(entry, 'works', app),
      waits: (app, refuse) => {
        this.#change(entry, 'waits', app);
        entry.refuse = refuse;
      },
      rests: () => this.#change(entry, 'rests'),
      leave: () => this.#remove(entry),
    };
  }

  /** Makes it where there is none. While there is some nobody has to go: who is sent away comes back at once. */
  #hasRoom(): boolean {
    return this.#entries.size < this.#max + this.#reserve || this.#clear();
  }

  /** Takes its place from one of those who have most. */
  #clear(): boolean {
    const entry = this.#victim();
    if (!entry) return false;
    const { refuse } = entry;
    if (entry.state === 'rests') {
      this.#remove(entry);
      entry.close();
    } else {
      // It has an answer to give, and is gone after that.
      this.#change(entry, 'works');
      refuse?.();
    }
    return true;
  }

  #victim(): Entry | undefined {
    let found: Entry | undefined;
    let rank: Rank = [0, 0, 0];
    for (const entry of this.#entries) {
      const { app, state } = entry;
      if (state === 'works') continue;
      const mine: Rank = [this.#held.of(app), this.#held.of(clientOf(entry)), state === 'rests' ? 1 : 0];
      const order = mine[0] - rank[0] || mine[1] - rank[1] || mine[2] - rank[2];
      // The oldest of those that rest; the youngest of those that wait, because the others have waited longer.
      if (order < 0 || (order === 0 && found && state === 'rests')) continue;
      found = entry;
      rank = mine;
    }
    return found;
  }

  #change(entry: Entry, state: State, app = entry.app): void {
    if (!this.#entries.delete(entry)) return;
    this.#entries.add(entry);
    const was = entry.state;
    if (was === 'works') this.#working.add(entry.app, -1);
    if (state === 'works') this.#working.add(app, 1);
    entry.state = state;
    entry.refuse = undefined;
    if (entry.app !== app) {
      this.#hold(entry, -1);
      entry.app = app;
      this.#hold(entry, 1);
    }
    if (was === 'works' && state !== 'works' && this.#isCrowded) this.#freed();
  }

  #remove(entry: Entry): void {
    if (!this.#entries.delete(entry)) return;
    this.#hold(entry, -1);
    if (entry.state === 'works') this.#working.add(entry.app, -1);
    // Who had to wait because there were too many, or because its application had half of them.
    if (this.#entries.size >= this.#max) this.#freed();
  }

  #hold(entry: Entry, by: number): void {
    this.#held.add(entry.app, by);
    this.#held.add(clientOf(entry), by);
  }
}

/** Connections of its application, those of the same client among them, and whether it rests. */
type Rank = readonly [app: number, client: number, rests: number];

/** No name of an application has a space. */
function clientOf({ app, address }: Entry): string {
  return `${app} ${address}`;
}

class Counts {
  readonly #counts = new Map<string, number>();

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  add(key: string, by: number): void {
    const count = this.of(key) + by;
    if (count === 0) this.#counts.delete(key);
    else this.#counts.set(key, count);
  }
}
