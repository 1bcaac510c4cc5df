import type { Clock } from '../../engine/extension.ts';
import { failures } from '../../lib/errors.ts';
import { after } from './after.ts';
import type { DatabaseProcess } from './database-process.ts';
import { errors } from './errors.ts';

const fail = failures(errors);

export interface LeasesOptions {
  /** How many processes there may be. */
  readonly most: number;
  readonly start: () => DatabaseProcess;
}

export interface LeasesDeps {
  readonly clock: Clock;
}

/** The database processes of one application. Disposal ends them all. */
export interface Leases extends AsyncDisposable {
  /** A process for one event alone. Waits while all are taken; throws the reason of the signal. */
  take(options: { readonly signal: AbortSignal }): Promise<DatabaseProcess>;
  /** Gives it back, dead or alive. Nothing of the event must be left in it. */
  give(process: DatabaseProcess): void;
  /** Processes that are there, taken or not. */
  readonly size: number;
}

/** Seconds after which a process that nobody wants is ended; one is always kept. */
const IDLE_SECONDS = 30;
/** Seconds that a process has to fold its log into the database. */
const QUIT_SECONDS = 5;

/**
 * Lends processes, one to each event. They are started one after another, only while somebody waits: a burst of
 * short events is served by those that come back meanwhile.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createClock } from '../../lib/clock.ts';
 * import { startDatabaseProcess } from './database-process.ts';
 * const files = { lasting: '/nowhere/a.sqlite', memory: '/nowhere/b.sqlite' };
 * const start = () => startDatabaseProcess({ files, maxBytes: 1e6, maxValue: 1e6, maxMemory: 2e8 });
 * await using leases = createLeases({ most: 2, start }, { clock: createClock() });
 * const { signal } = new AbortController();
 * const first = await leases.take({ signal });
 * leases.give(first);
 * assert.equal(await leases.take({ signal }), first);
 * ```
 */
export function createLeases(options: LeasesOptions, { clock }: LeasesDeps): Leases {
  return new Lent(options, clock);
}

/** An event that has no process yet. */
interface Waiting {
  readonly resolve: (process: DatabaseProcess) => void;
  readonly reject: (error: unknown) => void;
}

class Lent implements Leases {
  readonly #options: LeasesOptions;
  readonly #clock: Clock;
  readonly #all = new Set<DatabaseProcess>();
  /** The last one that came back is the first to be taken. */
  readonly #idle: DatabaseProcess[] = [];
  readonly #waiting = new Set<Waiting>();
  readonly #end = new AbortController();
  #starting = false;
  /** While some have nothing to do. */
  #resting: Disposable | undefined;

  constructor(options: LeasesOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
  }

  get size(): number {
    return this.#all.size;
  }

  async take({ signal }: { readonly signal: AbortSignal }): Promise<DatabaseProcess> {
    const stop = AbortSignal.any([signal, this.#end.signal]);
    stop.throwIfAborted();
    const ready = this.#takeIdle();
    if (ready) return ready;
    const { promise, ...waiter } = Promise.withResolvers<DatabaseProcess>();
    const abort = (): void => {
      if (this.#waiting.delete(waiter)) waiter.reject(stop.reason);
    };
    this.#waiting.add(waiter);
    stop.addEventListener('abort', abort, { once: true });
    this.#grow();
    try {
      return await promise;
    } finally {
      stop.removeEventListener('abort', abort);
    }
  }

  give(process: DatabaseProcess): void {
    const [next] = this.#waiting;
    if (next) {
      this.#waiting.delete(next);
      next.resolve(process);
    } else if (process.alive) {
      this.#idle.push(process);
      if (this.#idle.length > 1) this.#rest();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end.abort(fail('SQLITE_CLOSED'));
    this.#resting?.[Symbol.dispose]();
    await Promise.all([...this.#all].map((process) => this.#quit(process)));
  }

  /** Starts one if somebody waits, and then looks again. */
  #grow(): void {
    const { most, start } = this.#options;
    if (this.#starting || this.#all.size >= most) return;
    if (this.#waiting.size === 0 || this.#end.signal.aborted) return;
    let process: DatabaseProcess;
    try {
      process = start();
    } catch (error) {
      for (const { reject } of this.#waiting) reject(error);
      this.#waiting.clear();
      return;
    }
    this.#starting = true;
    this.#all.add(process);
    void process.gone.then(() => this.#forget(process));
    // An empty message is answered as soon as it runs; if it never does, whoever gets it is told.
    const started = (): void => {
      this.#starting = false;
      this.give(process);
      this.#grow();
    };
    process.ask(new Uint8Array()).then(started, started);
  }

  #forget(process: DatabaseProcess): void {
    this.#all.delete(process);
    const at = this.#idle.indexOf(process);
    if (at >= 0) this.#idle.splice(at, 1);
    this.#grow();
  }

  #takeIdle(): DatabaseProcess | undefined {
    const process = this.#idle.pop();
    if (this.#idle.length < 2) {
      this.#resting?.[Symbol.dispose]();
      this.#resting = undefined;
    }
    return process;
  }

  /** Ends those that nobody wants for a while. */
  #rest(): void {
    if (this.#resting || this.#end.signal.aborted) return;
    const over = (): void => {
      this.#resting = undefined;
      for (const process of this.#idle.splice(0, this.#idle.length - 1)) void this.#quit(process);
    };
    this.#resting = after(this.#clock, { seconds: IDLE_SECONDS }, over);
  }

  async #quit(process: DatabaseProcess): Promise<void> {
    using _ = after(this.#clock, { seconds: QUIT_SECONDS }, () => process.kill());
    await process.quit();
  }
}
