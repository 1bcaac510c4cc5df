/**
 * What the event queue keeps for one application: a lane per source, which lanes are ready, and how much waits. A lane
 * is a ring of tickets, kept by its last one, because a request is usually a lane of one event; lanes that are ready
 * are linked through their first ones.
 *
 * @module
 */
import type { Ticket } from './ticket.ts';

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
  /** The last ticket of each lane. */
  readonly #lanes = new Map<string, Ticket>();
  state: AccountState = 'held';
  /** Events waiting and running, and the bytes that they hold. */
  events = 0;
  bytes = 0;
  running = 0;
  /** Whether it stands in the queue's round. */
  listed = false;
  #firstReady: Ticket | undefined;
  #lastReady: Ticket | undefined;
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
  add(ticket: Ticket, ready: boolean): void {
    const { key } = ticket;
    const last = this.#lanes.get(key);
    if (last) {
      ticket.length = last.length + 1;
      ticket.next = last.next;
      last.next = ticket;
    }
    this.#lanes.set(key, ticket);
    this.events++;
    this.bytes += ticket.bytes;
    if (ready && !last) this.#offer(ticket);
  }

  /** Takes the oldest event of the next lane that is ready; the lane is running from now on. */
  take(): Ticket | undefined {
    const ticket = this.#firstReady;
    if (!ticket) return undefined;
    this.#firstReady = ticket.nextLane;
    if (!ticket.nextLane) this.#lastReady = undefined;
    ticket.nextLane = undefined;
    ticket.running = true;
    this.running++;
    return ticket;
  }

  /** This event, which ran, is over: the next one of its lane, if any, gets ready behind the other lanes. */
  finish(ticket: Ticket): void {
    ticket.running = false;
    this.running--;
    this.#release(ticket);
    const last = this.#lanes.get(ticket.key);
    if (last && last !== ticket) {
      last.length--;
      last.next = ticket.next;
      ticket.next = ticket;
      this.#makeReady(last.next);
    } else this.#end(ticket.key);
    this.#settleIdle();
  }

  /** Makes every waiting lane ready, in the order in which the lanes began. */
  open(): void {
    this.state = 'open';
    for (const { next: first } of this.#lanes.values()) {
      const listed = first.nextLane !== undefined || this.#lastReady === first;
      if (!first.running && !listed) this.#offer(first);
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
    for (const [key, { next: first, length }] of [...this.#lanes]) {
      let ticket = first.running ? first.next : first;
      for (let left = first.running ? length - 1 : length; left > 0; left--) {
        const { next } = ticket;
        ticket.nextLane = undefined;
        this.#release(ticket);
        yield ticket;
        ticket = next;
      }
      if (first.running) this.#keepAlone(first);
      else this.#end(key);
    }
    this.#settleIdle();
  }

  /** What runs stays in its lane until it is over. */
  #keepAlone(ticket: Ticket): void {
    ticket.next = ticket;
    ticket.length = 1;
    this.#lanes.set(ticket.key, ticket);
  }

  /** Resolves when nothing waits or runs; at once if that is so now. */
  idle(): Promise<void> {
    if (this.events === 0) return Promise.resolve();
    this.#idle ??= Promise.withResolvers();
    return this.#idle.promise;
  }

  /** Makes a lane ready unless an older load still has events of its source. */
  #offer(first: Ticket): void {
    if (!this.#before?.has(first.key)) this.#makeReady(first);
  }

  /** Whether this load or an older one has events of a source. */
  has(key: string): boolean {
    return this.#lanes.has(key) || this.#before?.has(key) === true;
  }

  #end(key: string): void {
    this.#lanes.delete(key);
    if (!this.#before?.has(key)) this.#after?.passOn(key);
  }

  /** Every older load has ended with this source: it is ours, or that of who comes after us. */
  passOn(key: string): void {
    const first = this.#lanes.get(key)?.next;
    if (!first) this.#after?.passOn(key);
    else if (!first.running) this.#makeReady(first);
  }

  /** Nothing of this load is left: its neighbours wait for each other. */
  #unlink(): void {
    if (this.#after) this.#after.#before = this.#before;
    if (this.#before) this.#before.#after = this.#after;
    this.#before = undefined;
    this.#after = undefined;
  }

  #makeReady(first: Ticket): void {
    if (this.#lastReady) this.#lastReady.nextLane = first;
    else this.#firstReady = first;
    this.#lastReady = first;
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
