/**
 * A pool whose guests run in threads of their own: a guest that never ends costs its thread, which is replaced, and
 * nothing else.
 *
 * @module
 */
import { fail as engineFail } from '../engine/errors.ts';
import type { Pool, PooledApp, PoolLoad } from '../engine/pool.ts';
import type { CodedError } from '../lib/errors.ts';
import { createSlots, type Slots } from '../lib/slots.ts';
import type { Counter } from '../telemetry/metrics.ts';
import { createCallLimit } from './call-limit.ts';
import { type ComponentCache, createComponentCache } from './component-cache.ts';
import { createDeadlines, type Deadlines } from './deadlines.ts';
import { createDispatcher, type Dispatcher } from './dispatcher.ts';
import { fail } from './errors.ts';
import { IDLE_INSTANCES } from './guest-runner.ts';
import { instanceLimit } from './instance-limit.ts';
import { meterPool } from './meter.ts';
import { createNumbers } from './numbers.ts';
import { compileAll, compiler } from './prepare.ts';
import { createShortage, pagesEach, type Shortage } from './room.ts';
import { chooseThread } from './schedule.ts';
import { Thread } from './thread.ts';
import type { ThreadCall } from './thread-call.ts';
import type { Doom, ThreadOwner } from './thread-owner.ts';
import { type AppOwner, ThreadedApp } from './threaded-app.ts';
import type { ThreadedPoolDeps, ThreadedPoolOptions } from './threads-options.ts';
import { startWatch } from './watch.ts';

/**
 * Starts the threads. Rejects with `WORKER_START` when one of them cannot be started; none is left then.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createClock } from '../lib/clock.ts';
 * import { createCollector } from '../telemetry/collector.ts';
 * import { createMetrics } from '../telemetry/metrics.ts';
 * const deps = { clock: createClock(), metrics: createMetrics(), log: createCollector() };
 * await using pool = await createThreadedPool({ halves: [], workers: 1, instances: 8 }, deps);
 * assert.equal(pool.concurrency, 8);
 * ```
 */
export async function createThreadedPool(
  options: ThreadedPoolOptions,
  deps: ThreadedPoolDeps,
): Promise<ThreadedPool> {
  const { workers, instances = 256 } = options;
  const pool = new RunningPool(
    options,
    deps,
    Math.min(workers * instances, await instanceLimit(workers * IDLE_INSTANCES)),
  );
  try {
    await pool.start();
  } catch (error) {
    await pool[Symbol.asyncDispose]();
    throw error;
  }
  return pool;
}

/** A pool that tests may hurt. */
export interface ThreadedPool extends Pool {
  /** The threads that are there now; `terminate()` ends one as if it had died, and another takes its place. */
  readonly threads: readonly Thread[];
}

/** Threads that a call may lose before its guest is entered: what it brings may be what ends them. */
const MOST_LOSSES = 3;
/** How long to wait before a thread is started again that did not start. */
const RETRY_MS = 1_000;

class RunningPool implements ThreadedPool, AppOwner, ThreadOwner {
  readonly concurrency: number;
  readonly slots: Slots;
  readonly share: number;
  readonly shortage: Shortage;
  readonly #options: ThreadedPoolOptions;
  readonly #deps: ThreadedPoolDeps;
  readonly #cache: ComponentCache;
  readonly #numbers = createNumbers();
  readonly #deadlines: Deadlines;
  readonly #lost: Counter;
  readonly #apps = new Map<ThreadedApp, DisposableStack>();
  readonly #dispatcher: Dispatcher<ThreadCall>;
  /** Why threads are being replaced, and which call is to blame. */
  readonly #doomed = new Map<Thread, Doom>();
  #threads: Thread[] = [];
  /** Those that will take the place of lost ones. */
  readonly #starting = new Set<Thread>();
  #watch: Disposable | undefined;
  readonly #retries = new Set<NodeJS.Timeout>();
  #disposed: Promise<void> | undefined;

  constructor(options: ThreadedPoolOptions, deps: ThreadedPoolDeps, instances: number) {
    this.#options = options;
    this.#deps = deps;
    this.concurrency = instances;
    this.slots = createSlots(instances);
    this.share = Math.max(1, Math.floor(instances / 2));
    const { clock, metrics } = deps;
    this.shortage = createShortage(deps);
    this.#deadlines = createDeadlines(clock);
    const limit = createCallLimit({ clock, deadlines: this.#deadlines });
    this.#dispatcher = createDispatcher({
      find: ({ app }) => chooseThread(app, this.#threads, app.othersRun(this.#apps.keys())),
      start: (call, thread) => {
        // First, because it may be over when it has started.
        limit(call, thread);
        thread.start(call);
      },
    });
    this.#cache = createComponentCache({
      compile: compiler(options.unmetered),
      link: () => {
        throw new TypeError('Components are linked in the threads');
      },
    });
    const waiting = () => this.#apps.keys().map((app) => app.waiting);
    meterPool(metrics, { slots: this.slots, components: this.#cache, waiting });
    metrics.gauge('hermes_workers', 'Threads that run guests', () => this.#threads.length);
    this.#lost = metrics.counter('hermes_workers_lost_total', 'Threads that were lost or replaced');
  }

  get deadlineMs(): number {
    return this.#options.deadlineMs ?? 30_000;
  }

  get threads(): readonly Thread[] {
    return this.#threads;
  }

  async start(): Promise<void> {
    const started = Array.from({ length: this.#options.workers }, () => this.#createThread());
    this.#threads.push(...started);
    await Promise.all(started.map((thread) => thread.ready));
    const { everyMs, misses } = this.#options.watch ?? { everyMs: 1_000, misses: 10 };
    this.#watch = startWatch({ everyMs }, (onTime) => {
      this.#deadlines.check();
      for (const thread of [...this.#threads]) this.#listen(thread, { late: !onTime, misses });
    });
  }

  /** A thread that is silent runs a guest that does not end: what stands behind it goes elsewhere, if it can. */
  #listen(thread: Thread, { late, misses }: { readonly late: boolean; readonly misses: number }): void {
    thread.tick(late);
    if (thread.silent === 0) return;
    const reason = (): CodedError => fail('DEADLINE', { ...thread.running?.names, silent: thread.silent });
    if (thread.silent >= misses) this.stuck(thread, thread.running, reason());
    else if (this.#threads.some((other) => other.silent === 0))
      for (const call of thread.takeBack()) this.dispatch(call);
  }

  async load(load: PoolLoad): Promise<PooledApp> {
    const { recipe } = load.vfs;
    if (!recipe) throw fail('FILES_STAY', { app: load.app.name });
    const stack = new DisposableStack();
    try {
      const cached = await compileAll(load, this.#cache, stack);
      if (this.#disposed) throw engineFail('APP_UNLOADED', { app: load.app.name });
      const components = cached.map(({ component }) => [this.#numbers.of(component), component] as const);
      const app = new ThreadedApp({ number: this.#numbers.next(), load, files: recipe, components }, this);
      this.#apps.set(app, stack);
      for (const thread of this.#threads) thread.load(app);
      await app.ready.catch((error: unknown) => {
        this.unload(app);
        throw error;
      });
      return app;
    } catch (error) {
      stack.dispose();
      throw error;
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  dispatch(call: ThreadCall): void {
    this.#dispatcher.dispatch(call);
  }

  end(call: ThreadCall, reason: CodedError): void {
    if (!this.#dispatcher.remove(call)) {
      for (const thread of this.#threads) thread.end(call, reason);
      return;
    }
    call.reject(reason);
    call.leave();
  }

  unload(app: ThreadedApp): void {
    const stack = this.#apps.get(app);
    if (!stack) return;
    this.#apps.delete(app);
    for (const thread of this.#threads) thread.unload(app);
    stack.dispose();
  }

  roomier(): void {
    this.#dispatcher.roomier();
  }

  stuck(thread: Thread, culprit: ThreadCall | undefined, reason: CodedError): void {
    if (this.#doomed.has(thread)) return;
    this.#doomed.set(thread, { culprit, reason });
    void thread.terminate();
  }

  gone(thread: Thread, cause: unknown): void {
    const index = this.#threads.indexOf(thread);
    if (index < 0) return;
    this.#threads.splice(index, 1);
    const doom = this.#doomed.get(thread);
    this.#doomed.delete(thread);
    const found = doom ? doom.culprit : thread.running;
    const calls = thread.clear();
    // It may have ended in its last moment.
    const culprit = calls.some(({ call }) => call === found) ? found : undefined;
    // One that never was ready is no loss: the pool does not start then.
    const live = this.#watch !== undefined && !this.#disposed;
    if (live) {
      this.#lost.add();
      this.#replace();
    }
    for (const { call, started } of calls) {
      if (!started && !call.ended && live && ++call.losses < MOST_LOSSES) {
        this.dispatch(call);
        continue;
      }
      const detail = { ...call.names, culprit: call === culprit };
      call.reject(call === culprit && doom ? doom.reason : fail('WORKER_LOST', detail, cause));
      call.leave();
    }
    if (live) this.#report(culprit, { cause: doom?.reason ?? cause, calls: calls.length });
  }

  #report(culprit: ThreadCall | undefined, { cause, calls }: { cause: unknown; calls: number }): void {
    const { log, clock } = this.#deps;
    const fields = { calls, ...culprit?.names };
    log.warn('Worker thread lost, another one takes its place', fields, cause);
    if (!culprit?.app.cost(clock.monotonic())) return;
    culprit.app.stop(fail('WORKER_TWICE', culprit.names, cause));
  }

  #createThread(): Thread {
    const { halves, seed, instances = 256, heapMb = 512, graceMs = 500, ...more } = this.#options;
    const pages = pagesEach(more.workers, more.memoryBytes);
    const clock = this.#deps.clock.shared;
    return new Thread({ halves, clock, seed, pages, instances, heapMb, graceMs }, this);
  }

  /** Starts a thread in the place of a lost one. */
  #replace(): void {
    const thread = this.#createThread();
    this.#starting.add(thread);
    thread.ready.then(
      () => {
        this.#starting.delete(thread);
        if (this.#disposed) return;
        this.#threads.push(thread);
        for (const app of this.#apps.keys()) thread.load(app);
      },
      (error: unknown) => {
        this.#starting.delete(thread);
        if (this.#disposed) return;
        this.#deps.log.error('Worker thread cannot be replaced, trying again', { ms: RETRY_MS }, error);
        const retry = setTimeout(() => {
          this.#retries.delete(retry);
          this.#replace();
        }, RETRY_MS);
        this.#retries.add(retry);
      },
    );
  }

  async #dispose(): Promise<void> {
    await Promise.all([...this.#apps.keys()].map((app) => app[Symbol.asyncDispose]()));
    this.#watch?.[Symbol.dispose]();
    for (const retry of this.#retries) clearTimeout(retry);
    this.#deadlines[Symbol.dispose]();
    await Promise.all([...this.#threads, ...this.#starting].map((thread) => thread.terminate()));
  }
}
