import type { CodedError } from '../lib/errors.ts';
import type { Counter, Metrics } from '../telemetry/metrics.ts';
import { Account } from './account.ts';
import { fail } from './errors.ts';
import type { Emit, HostEvent, Reply } from './extension.ts';
import { type Bounds, boundsOf, type QueueLimits, queueDefaults } from './queue-limits.ts';
import type { Handler, QueuedApp } from './queued-app.ts';
import { encodeSource } from './source.ts';
import type { EngineStatus, QueueStatus } from './status.ts';
import { Ticket } from './ticket.ts';
import { createTurnBudget, type TurnBudgetOptions } from './turn-budget.ts';

/** Causes in a row before an event is refused. */
const CAUSE_DEPTH = 32;

/** Events started in one turn of the event loop. */
const BATCH: TurnBudgetOptions = { least: 8, milliseconds: 0.5, most: 64 };

export interface EventQueueOptions {
  readonly limits?: Partial<QueueLimits>;
  /** Events that may be with their modules at once; one application may have half of them, at least one. */
  readonly concurrency: number;
}

export interface EventQueue {
  readonly emit: Emit;
  /** Events waiting and running. */
  readonly size: number;
  status(): EngineStatus['queue'];
  /**
   * Takes events for an application; they wait until it is opened, except those of its start. When one of this
   * name is there, the new place is its successor: until it is opened it has only what its own `emit` takes.
   */
  add(app: string, handler: Handler): QueuedApp;
}

/**
 * Orders events: two of one source (of one application) neither overlap nor swap, two sources never wait for
 * each other, applications take turns. Both bounds hold at once, and reaching one throws `QUEUE_FULL`; an event
 * is delivered at most once.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createMetrics } from '../telemetry/metrics.ts';
 * const queue = createEventQueue({ concurrency: 8 }, { metrics: createMetrics() });
 * const app = queue.add('shop', {
 *   run: async (event) => [{ module: 'api', ok: true, value: event.args[0] }],
 *   refuse: () => [],
 * });
 * app.open();
 * const { done } = queue.emit({
 *   name: 'hermes:cron/event#on-cron', source: ['cron', 'shop', 'nightly'], app: 'shop',
 *   modules: 'exporting', reply: 'all', args: [7],
 * });
 * assert.deepEqual(await done, [{ module: 'api', ok: true, value: 7 }]);
 * ```
 */
export function createEventQueue(
  options: EventQueueOptions,
  { metrics }: { readonly metrics: Metrics },
): EventQueue {
  const queue = new Queue(options, metrics);
  return {
    emit: (event) => queue.push(event),
    get size() {
      return queue.events;
    },
    status: () => queue.status(),
    add: (app, handler) => queue.add(app, handler),
  };
}

interface Member {
  readonly account: Account;
  readonly handler: Handler;
  readonly taken: Counter;
  /** The load that has taken its place. */
  successor: Member | undefined;
  /** By {@link Outcome}. */
  readonly handled: Map<Outcome, Counter>;
}

/** `failed` when a module failed, `dropped` when its sender took it back, `refused` when it never ran. */
type Outcome = 'ok' | 'failed' | 'dropped' | 'refused';

class Queue {
  readonly #limits: Bounds;
  readonly #concurrency: number;
  readonly #share: number;
  readonly #members = new Map<string, Member>();
  /** Applications with something to run, in the order of their turns. */
  readonly #round: Member[] = [];
  readonly #metrics: Metrics;
  events = 0;
  #bytes = 0;
  #running = 0;
  #lastId = 0;
  readonly #budget = createTurnBudget(BATCH);
  #scheduled = false;

  constructor({ limits = {}, concurrency }: EventQueueOptions, metrics: Metrics) {
    this.#limits = boundsOf({ ...queueDefaults, ...limits });
    this.#concurrency = concurrency;
    this.#share = Math.max(1, Math.floor(concurrency / 2));
    this.#metrics = metrics;
    metrics.gauge('hermes_events_queued', 'Events waiting or running', () => this.events);
    metrics.gauge('hermes_events_running', 'Events running', () => this.#running);
    metrics.gauge('hermes_events_queued_bytes', 'Bytes held by queued events', () => this.#bytes);
  }

  add(app: string, handler: Handler): QueuedApp {
    const account = new Account(app);
    const taken = this.#metrics.counter('hermes_events_total', 'Events taken into the queue', { app });
    const member: Member = { account, handler, taken, handled: new Map(), successor: undefined };
    if (!this.#members.has(app)) this.#members.set(app, member);
    return {
      emit: (event) => this.#take(event, member),
      open: () => this.#open(member),
      close: () => {
        if (account.state === 'open') account.state = 'closing';
      },
      remove: (reason) => this.#remove(member, reason),
      idle: () => account.idle(),
      status: () => statusOf(account),
    };
  }

  status(): EngineStatus['queue'] {
    const { events, bytes } = this.#limits;
    const totals = { events: this.events, running: this.#running, bytes: this.#bytes };
    return { ...statusOf(totals), limits: { events, bytes } };
  }

  push(event: HostEvent): ReturnType<Emit> {
    return this.#take(event, this.#members.get(event.app));
  }

  #open(member: Member): void {
    const { account } = member;
    if (account.state !== 'held') return;
    const before = this.#members.get(account.name);
    this.#members.set(account.name, member);
    if (before && before !== member) {
      before.successor = member;
      account.replace(before.account);
    } else account.open();
    this.#enlist(member);
  }

  #take(event: HostEvent, member: Member | undefined): ReturnType<Emit> {
    const depth = event.cause ? event.cause.depth + 1 : 0;
    const bytes = event.bytes !== undefined && event.bytes > 0 ? event.bytes : 0;
    const source = encodeSource(event.source);
    // Events of the start overtake those that wait for its end, so they have lanes of their own.
    const key = event.duringStart ? `start ${source}` : source;
    const refusal = this.#refusal(event, member?.account, { depth, bytes, key });
    if (!member || refusal) {
      const error = refusal ?? fail('APP_GONE', { app: event.app, event: event.name });
      const labels = { code: error.code };
      this.#metrics.counter('hermes_events_refused_total', 'Events refused by the queue', labels).add();
      throw error;
    }
    const ticket = new Ticket(event, { id: ++this.#lastId, depth, bytes, key });
    const ready = event.duringStart === true || member.account.state !== 'held';
    this.events++;
    this.#bytes += bytes;
    member.account.add(ticket, ready);
    member.taken.add();
    this.#enlist(member);
    return ticket.receipt();
  }

  /** Why this event may not be queued, if it may not. */
  #refusal(
    event: HostEvent,
    account: Account | undefined,
    { depth, bytes, key }: { readonly depth: number; readonly bytes: number; readonly key: string },
  ): CodedError | undefined {
    const { app, name, source, cause } = event;
    if (!account) return undefined;
    if (account.state === 'replaced' || account.state === 'gone')
      return fail('APP_GONE', { app, event: name, state: account.state });
    if (depth > CAUSE_DEPTH) return fail('CAUSE_DEPTH', { app, event: name, depth, limit: CAUSE_DEPTH });
    if (account.state === 'closing' && !cause)
      return fail('APP_GONE', { app, event: name, state: 'stopping' });
    const bound = this.#brokenBound(account, bytes, key);
    return bound && fail('QUEUE_FULL', { app, event: name, source, bound, limit: this.#limits[bound] });
  }

  /** The first bound that one more event of this size would break. */
  #brokenBound(account: Account, bytes: number, key: string): keyof Bounds | undefined {
    const limits = this.#limits;
    // A source has no more events than its application.
    if (account.events >= limits.eventsPerSource && account.lengthOf(key) >= limits.eventsPerSource)
      return 'eventsPerSource';
    if (account.events >= limits.eventsPerApp) return 'eventsPerApp';
    if (account.bytes + bytes > limits.bytesPerApp) return 'bytesPerApp';
    if (this.events >= limits.events) return 'events';
    if (this.#bytes + bytes > limits.bytes) return 'bytes';
    return undefined;
  }

  #remove(member: Member, reason: CodedError): void {
    const { account, handler } = member;
    if (this.#members.get(account.name) === member) this.#members.delete(account.name);
    for (const ticket of account.drop()) {
      this.#release(ticket);
      this.#count(member, 'refused');
      ticket.settle(handler.refuse(ticket.event, reason));
    }
    this.#enlistSuccessors(member);
  }

  /** What this load has ended with may be what a newer one waits for. */
  #enlistSuccessors(member: Member): void {
    for (let next = member.successor; next; next = next.successor) this.#enlist(next);
  }

  /** Gives the application a place in the round when it has something that may run. */
  #enlist(member: Member): void {
    const { account } = member;
    if (account.listed || !account.ready || account.running >= this.#share) return;
    account.listed = true;
    this.#round.push(member);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || this.#running >= this.#concurrency) return;
    this.#scheduled = true;
    // Never at once: whoever emits is often inside a host call, and the guest that it caused would run there.
    if (this.#budget.left) queueMicrotask(() => this.#pump());
    else setImmediate(() => this.#pump());
  }

  #pump(): void {
    this.#scheduled = false;
    while (this.#running < this.#concurrency) {
      const member = this.#round.shift();
      if (!member) return;
      member.account.listed = false;
      const ticket = member.account.running < this.#share ? member.account.take() : undefined;
      if (ticket) this.#begin(member, ticket);
      this.#enlist(member);
      if (!this.#budget.left) break;
    }
    if (this.#round.length > 0) this.#schedule();
  }

  #begin(member: Member, ticket: Ticket): void {
    this.#running++;
    this.#budget.spend();
    const event = renewed(ticket.event);
    const answered = event ? member.handler.run(event, ticket.ref) : Promise.resolve([]);
    answered.then((replies) => this.#over(member, ticket, event ? outcomeOf(replies) : 'dropped', replies));
  }

  #over(member: Member, ticket: Ticket, outcome: Outcome, replies: readonly Reply[]): void {
    this.#running--;
    this.#release(ticket);
    this.#count(member, outcome);
    ticket.settle(replies);
    member.account.finish(ticket);
    this.#enlist(member);
    this.#enlistSuccessors(member);
    if (this.#round.length > 0) this.#schedule();
  }

  #count({ account: { name: app }, handled }: Member, outcome: Outcome): void {
    let counter = handled.get(outcome);
    if (!counter) {
      const help = 'Events that left the queue';
      counter = this.#metrics.counter('hermes_events_handled_total', help, { app, outcome });
      handled.set(outcome, counter);
    }
    counter.add();
  }

  #release(ticket: Ticket): void {
    this.events--;
    this.#bytes -= ticket.bytes;
  }
}

function statusOf({ events, running, bytes }: Pick<Account, 'events' | 'running' | 'bytes'>): QueueStatus {
  return { waiting: events - running, running, bytes };
}

function outcomeOf(replies: readonly Reply[]): Outcome {
  return replies.every(({ ok }) => ok) ? 'ok' : 'failed';
}

/** The event as it is now that it leaves the queue; `undefined` when its sender dropped it. */
function renewed(event: HostEvent): HostEvent | undefined {
  if (!event.renew) return event;
  const args = event.renew();
  return args && { ...event, args };
}
