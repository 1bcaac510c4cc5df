/**
 * The entries of one application and their ticks.
 *
 * @module
 */
import type { AttachedApp, Clock, Emit } from '../../engine/extension.ts';
import { isCoded } from '../../lib/errors.ts';
import type { Counter } from '../../telemetry/metrics.ts';
import type { Alarm } from './alarm.ts';
import { cronExport, onCron } from './events.ts';
import type { CronTagged } from './generated/api.ts';
import { parseSchedule, type Schedule } from './schedule.ts';

/** Bytes of UTF-8 in a schedule or a tag: entries are kept, and a guest has whole megabytes of text. */
const LONGEST_TEXT = 1_024;
/** Beyond this a duration is a negative number that somebody took for a `u64`. */
const LONGEST_DELAY = 2n ** 63n - 1n;
/** How long a tick is put off that the queue has no room for. */
const RETRY = { seconds: 1 };

/** One entry; whoever holds it may compare it and hand it to {@link Entries.ring}. */
export interface Entry extends CronTagged {
  /** `undefined` for a delay. */
  readonly schedule: Schedule | undefined;
  readonly of: Entries;
  retrigger: boolean;
  /** When it is due; while its last tick waits, when it was due. */
  at: Temporal.Instant;
  /** Whether a tick is in the queue that no module has seen yet. */
  waiting: boolean;
}

/** Functions of the WIT, and what time does. */
export interface Entries {
  readonly size: number;
  add(entry: CronTagged, retrigger: boolean): boolean;
  /** `duration` in nanoseconds. */
  delay(duration: bigint, tag: string): boolean;
  ls(tag: string | undefined): [CronTagged, boolean][];
  rm(entry: CronTagged): boolean;
  /** An entry is due. Never throws. */
  ring(entry: Entry, now: Temporal.Instant): void;
  /** Removes all entries; none can be added afterwards. */
  close(): void;
}

export interface EntriesDeps {
  readonly alarm: Pick<Alarm<Entry>, 'set' | 'delete'>;
  readonly clock: Clock;
  readonly emit: Emit;
  /** How many entries the application may have. */
  readonly limit: number;
  readonly coalesced: Counter;
}

/** The entries of one application, none at first. Their alarm calls `ring`; see `startCron` for an example. */
export function createEntries(app: AttachedApp, deps: EntriesDeps): Entries {
  return new AppEntries(app, deps);
}

class AppEntries implements Entries {
  readonly #app: AttachedApp;
  readonly #deps: EntriesDeps;
  readonly #entries = new Set<Entry>();
  /** Whether a module hears the ticks, or the log has said that none does. */
  #heard: boolean;
  #closed = false;
  #refused = 0;
  #together = 0;
  #postponed = 0;

  constructor(app: AttachedApp, deps: EntriesDeps) {
    this.#app = app;
    this.#deps = deps;
    this.#heard = app.modules.some((module) => module.exports.has(cronExport));
  }

  get size(): number {
    return this.#entries.size;
  }

  add({ when, tag }: CronTagged, retrigger: boolean): boolean {
    const same = this.#matching({ when, tag }).find(({ schedule }) => schedule);
    if (same) {
      this.#retrigger(same, retrigger);
      return true;
    }
    if (!this.#fits(when, tag)) return false;
    const schedule = parseSchedule(when);
    const at = schedule?.next(this.#deps.clock.now());
    if (!schedule || !at) return this.#refuse(schedule ? 'no day matches' : 'schedule is not well-formed');
    this.#insert({ when, tag, schedule, at, retrigger });
    return true;
  }

  delay(duration: bigint, tag: string): boolean {
    if (duration > LONGEST_DELAY) return this.#refuse('duration is too long');
    if (!this.#fits('', tag)) return false;
    const at = this.#deps.clock.now().add(nanoseconds(duration));
    this.#insert({ when: whenOf(at), tag, schedule: undefined, at, retrigger: false });
    return true;
  }

  ls(tag: string | undefined): [CronTagged, boolean][] {
    return [...this.#entries]
      .filter((entry) => tag === undefined || entry.tag === tag)
      .sort((a, b) => Temporal.Instant.compare(a.at, b.at))
      .map(({ when, tag, retrigger }) => [{ when, tag }, retrigger]);
  }

  rm(wanted: CronTagged): boolean {
    const found = this.#matching(wanted);
    for (const entry of found) this.#remove(entry);
    return found.length > 0;
  }

  ring(entry: Entry, now: Temporal.Instant): void {
    // The version that serves has entries of its own; ticks that wait are still this one's.
    if (this.#app.state === 'replaced') return;
    if (entry.retrigger) this.#arm(entry, now);
    if (entry.waiting) this.#coalesce(entry);
    else this.#send(entry, now);
  }

  close(): void {
    this.#closed = true;
    for (const entry of this.#entries) this.#remove(entry);
  }

  #send(entry: Entry, now: Temporal.Instant): void {
    const { when, tag } = entry;
    const app = this.#app.name;
    entry.waiting = true;
    const renew = () => this.#leave(entry);
    try {
      const { done } = this.#deps.emit({ ...onCron({ app, when, tag, renew }), to: this.#app });
      void done.then((replies) => {
        if (replies.some((reply) => reply.ok && reply.value === false)) this.#remove(entry);
      });
    } catch (error) {
      entry.waiting = false;
      this.#unsent(entry, now, error);
    }
  }

  /** The tick leaves the queue: what its modules are told, or nothing if the entry was removed meanwhile. */
  #leave(entry: Entry): readonly unknown[] | undefined {
    entry.waiting = false;
    if (!this.#entries.has(entry)) return undefined;
    const { when, tag, retrigger } = entry;
    if (!retrigger) this.#remove(entry);
    return [{ when, tag }, !retrigger];
  }

  #unsent(entry: Entry, now: Temporal.Instant, error: unknown): void {
    const { log } = this.#app;
    if (!isCoded(error) || error.code !== 'QUEUE_FULL') {
      log.debug('Application takes no ticks any more, its cron entries are removed', {}, error);
      this.close();
      return;
    }
    this.#set(entry, now.add(RETRY));
    if (!doubled(++this.#postponed)) return;
    const { when, tag } = entry;
    log.warn('Tick put off, the queue is full', { when, tag, postponed: this.#postponed }, error);
  }

  #coalesce({ when, tag }: Entry): void {
    this.#deps.coalesced.add();
    if (!doubled(++this.#together)) return;
    const fields = { when, tag, coalesced: this.#together };
    this.#app.log.warn('Tick is one with the waiting tick of its entry, the application is behind', fields);
  }

  #retrigger(entry: Entry, retrigger: boolean): void {
    const revived = retrigger && !entry.retrigger && entry.waiting;
    entry.retrigger = retrigger;
    // What was to be its last tick is in the queue, so nothing would ring it again.
    if (revived) this.#arm(entry, this.#deps.clock.now());
  }

  /** Lets an entry ring at its next time; without one, what it has left is its last tick. */
  #arm(entry: Entry, now: Temporal.Instant): void {
    const at = entry.schedule?.next(now);
    if (at) this.#set(entry, at);
    else entry.retrigger = false;
  }

  #insert(made: Omit<Entry, 'of' | 'waiting'>): void {
    const entry: Entry = { ...made, of: this, waiting: false };
    this.#entries.add(entry);
    this.#set(entry, entry.at);
    if (this.#heard) return;
    this.#heard = true;
    this.#app.log.warn('Cron entry added, but no module exports what it calls', { cronExport });
  }

  #set(entry: Entry, at: Temporal.Instant): void {
    entry.at = at;
    this.#deps.alarm.set(entry, at);
  }

  #remove(entry: Entry): void {
    this.#entries.delete(entry);
    this.#deps.alarm.delete(entry);
  }

  #matching({ when, tag }: CronTagged): readonly Entry[] {
    return [...this.#entries].filter((entry) => entry.when === when && entry.tag === tag);
  }

  #fits(when: string, tag: string): boolean {
    if (this.#closed) return false;
    if (Math.max(Buffer.byteLength(when), Buffer.byteLength(tag)) > LONGEST_TEXT) {
      return this.#refuse('schedule or tag is too long');
    }
    return this.size < this.#deps.limit || this.#refuse('too many entries');
  }

  /** A guest can ask thousands of times in a second: only every doubling is a line. */
  #refuse(reason: string): false {
    const { limit } = this.#deps;
    const fields = { reason, entries: this.size, limit, refused: ++this.#refused };
    if (doubled(this.#refused)) this.#app.log.warn('Cron entry refused', fields);
    return false;
  }
}

function doubled(count: number): boolean {
  return (count & (count - 1)) === 0;
}

function nanoseconds(duration: bigint): Temporal.DurationLike {
  return { seconds: Number(duration / 1_000_000_000n), nanoseconds: Number(duration % 1_000_000_000n) };
}

/** The schedule that a delay shows: its minute in UTC, Monday is 1 and Sunday 7. */
function whenOf(at: Temporal.Instant): string {
  const { minute, hour, day, month, dayOfWeek } = at.toZonedDateTimeISO('UTC');
  return `${minute} ${hour} ${day} ${month} ${dayOfWeek}`;
}
