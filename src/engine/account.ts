/**
 * What the event queue keeps for one application: a lane per source, which lanes are ready, and how much waits.
 * Lists are linked through their items, because a request is usually a lane of one event.
 *
 * @module
 */
import type { Ticket } from './ticket.ts';

/** The events of one source, the oldest first. */
export interface Lane {
  readonly key: string;
  /** Waiting and running. */
  length: number;
  running: boolean;
  first: Ticket | undefined;
  last: Ticket | undefined;
  /** The lane behind this one among those that are ready. */
  next: Lane | undefined;
}

/**
 * How the queue treats an application: `held` until it has started, `closing` takes caused events only,
 * `replaced` takes none and finishes what it has.
 */
export type AccountState = 'held' | 'open' | 'closing' | 'replaced' | 'gone';

/**
 * Lanes of one load of an application. Knows nothing of bounds, of other applications or of running. A load that
 * has taken another's place begins with a source only when the other has ended with it.
 */
export class Account {
  readonly name: string;
  readonly #lanes = new Map<string, Lane>();
  state: AccountState = 'held';
  /** Events waiting and running, and the bytes that they hold. */
  events = 0;
  bytes = 0;
  running = 0;
  /** Whether it stands in the queue's round. */
  listed = false;
  #firstReady: Lane | undefined;
  #lastReady: Lane | undefined;
  #idle: PromiseWithResolvers<void> | undefined;
  /** The load whose place this one has taken, while that has events; and the one that has taken this one's. */
  #before: Account | undefined;
  #after: Account | undefined;

  constructor(name: string) {
    this.name = name;
  }

  get ready(): boolean {
    return this.#firstReady !== undefined;
  }

  /** Waiting and running events of one source. */
  lengthOf(key: string): number {
    return this.#lanes.get(key)?.length ?? 0;
  }

  /** Puts an event behind those of its source. While the application is held, only a start lane gets ready. */
  add(key: string, ticket: Ticket, ready: boolean): void {
    let lane = this.#lanes.get(key);
    if (!lane) {
      lane = { key, length: 0, running: false, first: undefined, last: undefined, next: undefined };
      this.#lanes.set(key, lane);
    }
    lane.length++;
    this.events++;
    this.bytes += ticket.bytes;
    if (lane.last) lane.last.next = ticket;
    else lane.first = ticket;
    lane.last = ticket;
    if (ready && !lane.running && lane.first === ticket) this.#offer(lane);
  }

  /** Takes the next lane that is ready, with its oldest event; the lane is running from now on. */
  take(): { readonly lane: Lane; readonly ticket: Ticket } | undefined {
    const lane = this.#firstReady;
    const ticket = lane?.first;
    if (!lane || !ticket) return undefined;
    this.#firstReady = lane.next;
    if (!lane.next) this.#lastReady = undefined;
    lane.next = undefined;
    lane.first = ticket.next;
    if (!ticket.next) lane.last = undefined;
    ticket.next = undefined;
    lane.running = true;
    this.running++;
    return { lane, ticket };
  }

  /** The running event of this lane is over: its next one, if any, gets ready behind the other lanes. */
  finish(lane: Lane, ticket: Ticket): void {
    lane.running = false;
    lane.length--;
    this.running--;
    this.#release(ticket);
    if (lane.first) this.#makeReady(lane);
    else this.#end(lane);
    this.#settleIdle();
  }

  /** Makes every waiting lane ready, in the order in which the lanes began. */
  open(): void {
    this.state = 'open';
    for (const lane of this.#lanes.values()) {
      const listed = lane.next !== undefined || this.#lastReady === lane;
      if (lane.first && !lane.running && !listed) this.#offer(lane);
    }
  }

  /** Opens this account in the place of another, which takes nothing more and keeps what it has. */
  replace(before: Account): void {
    before.state = 'replaced';
    // One that has nothing left is passed over; what stands before it may still have events.
    const last = before.events > 0 ? before : before.#before;
    if (last !== before) before.#before = undefined;
    if (last) {
      this.#before = last;
      last.#after = this;
    }
    this.open();
  }

  /** Takes out every event that waits, the oldest of each lane first. */
  *drop(): Generator<Ticket> {
    this.state = 'gone';
    this.#firstReady = undefined;
    this.#lastReady = undefined;
    for (const lane of [...this.#lanes.values()]) {
      lane.next = undefined;
      for (let ticket = lane.first; ticket; ticket = ticket.next) {
        lane.length--;
        this.#release(ticket);
        yield ticket;
      }
      lane.first = undefined;
      lane.last = undefined;
      if (!lane.running) this.#end(lane);
    }
    this.#settleIdle();
  }

  /** Resolves when nothing waits or runs; at once if that is so now. */
  idle(): Promise<void> {
    if (this.events === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  /** Makes a lane ready unless an older load still has events of its source. */
  #offer(lane: Lane): void {
    if (!this.#before?.has(lane.key)) this.#makeReady(lane);
  }

  /** Whether this load or an older one has events of a source. */
  has(key: string): boolean {
    return this.#lanes.has(key) || this.#before?.has(key) === true;
  }

  #end({ key }: Lane): void {
    this.#lanes.delete(key);
    if (!this.#before?.has(key)) this.#after?.passOn(key);
  }

  /** Every older load has ended with this source: it is ours, or that of who comes after us. */
  passOn(key: string): void {
    const lane = this.#lanes.get(key);
    if (!lane) this.#after?.passOn(key);
    else if (lane.first && !lane.running) this.#makeReady(lane);
  }

  /** Nothing of this load is left: its neighbours wait for each other. */
  #unlink(): void {
    if (this.#after) this.#after.#before = this.#before;
    if (this.#before) this.#before.#after = this.#after;
    this.#before = undefined;
    this.#after = undefined;
  }

  #makeReady(lane: Lane): void {
    if (this.#lastReady) this.#lastReady.next = lane;
    else this.#firstReady = lane;
    this.#lastReady = lane;
  }

  #release(ticket: Ticket): void {
    this.events--;
    this.bytes -= ticket.bytes;
  }

  #settleIdle(): void {
    if (this.events > 0) return;
    if (this.#after) this.#unlink();
    this.#idle?.resolve();
    this.#idle = undefined;
  }
}
