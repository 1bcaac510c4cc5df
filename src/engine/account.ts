/**
 * What the event queue keeps for one application: a lane per source, which lanes are ready, and how much waits.
 * Lists are linked through their items, because a request is usually a lane of one event.
 *
 * @module
 */
import type { EventRef, HostEvent, Reply } from './extension.ts';

/** An event that waits or runs. */
export interface Ticket {
  readonly event: HostEvent;
  readonly ref: EventRef;
  readonly bytes: number;
  readonly settle: (replies: readonly Reply[]) => void;
  next: Ticket | undefined;
}

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

/** How the queue treats an application: `held` until it has started, `closing` takes caused events only. */
export type AccountState = 'held' | 'open' | 'closing' | 'gone';

/** Lanes of one application. Knows nothing of bounds, of other applications or of running. */
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
    if (ready && !lane.running && lane.first === ticket) this.#makeReady(lane);
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
    else this.#lanes.delete(lane.key);
    this.#settleIdle();
  }

  /** Makes every waiting lane ready, in the order in which the lanes began. */
  open(): void {
    this.state = 'open';
    for (const lane of this.#lanes.values()) {
      const listed = lane.next !== undefined || this.#lastReady === lane;
      if (lane.first && !lane.running && !listed) this.#makeReady(lane);
    }
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
      if (!lane.running) this.#lanes.delete(lane.key);
    }
    this.#settleIdle();
  }

  /** Resolves when nothing waits or runs; at once if that is so now. */
  idle(): Promise<void> {
    if (this.events === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
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
    this.#idle?.resolve();
    this.#idle = undefined;
  }
}
