import { type CodedError, isCoded } from '../lib/errors.ts';
import { untilAborted } from '../lib/until-aborted.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { type ApplicationLife, createApplication, type EngineApplication } from './application.ts';
import { fail } from './errors.ts';
import { createEventQueue, type EventQueue } from './event-queue.ts';
import type {
  AttachedApp,
  Clock,
  ExtensionContext,
  ExtensionService,
  RuntimeExtension,
} from './extension.ts';
import type { Pool } from './pool.ts';
import type { QueueLimits } from './queue-limits.ts';
import { type RunningExtensions, startAll } from './start-all.ts';
import type { EngineStatus } from './status.ts';

export interface EngineOptions {
  readonly extensions: readonly RuntimeExtension[];
  /** Each extension's slice, under its name, as the operator wrote it. */
  readonly config?: Readonly<Record<string, unknown>>;
  readonly limits?: Partial<QueueLimits>;
  /** How long an application that ends itself may take to finish its events; 10 s by default. */
  readonly drainSeconds?: number;
}

export interface EngineDeps {
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** A folder of this extension's own, made on first use. */
  readonly folder: (extension: string) => Promise<string>;
}

/** Waiting for the end of what runs, no longer than the signal allows; its reason is then thrown. */
export interface DrainOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Runs applications. `drain` finishes what is under way, disposal ends it at once; disposing twice, or while
 * something drains, is harmless.
 */
export interface Engine extends AsyncDisposable {
  /** The main-thread halves of the extensions, by name. */
  readonly services: ReadonlyMap<string, ExtensionService>;
  /** Every loaded application, those that are starting or stopping too, by name. */
  readonly apps: ReadonlyMap<string, AttachedApp>;
  /** How it is now, for whoever looks at it. */
  status(): EngineStatus;
  /**
   * Resolves when the application runs. Rejects with `APP_NAME`, `APP_EXISTS`, `STOPPING`, `MODULE_INVALID`,
   * `IMPORTS_MISSING` or an extension's refusal; nothing of it is left then.
   */
  load(source: EngineApplication): Promise<AttachedApp>;
  /** Finishes the application's events, then removes it. Rejects with `APP_GONE` when there is none. */
  unload(name: string, options?: DrainOptions): Promise<void>;
  /** Takes nothing new from outside and resolves when every event has been handled. Disposal should follow. */
  drain(options?: DrainOptions): Promise<void>;
  /** The exit code, once an application has ended the engine; 0 when it was disposed before that. */
  readonly done: Promise<number>;
}

/**
 * Starts the extensions and answers an engine without applications. Rejects with what an extension's start
 * throws; those that had started are stopped then.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createClock } from '../lib/clock.ts';
 * import { createCollector } from '../telemetry/collector.ts';
 * import { createMetrics } from '../telemetry/metrics.ts';
 * const pool = {
 *   concurrency: 8,
 *   load: async () => ({ exports: [], call: async () => undefined, end() {}, async [Symbol.asyncDispose]() {} }),
 *   async [Symbol.asyncDispose]() {},
 * };
 * const deps = { pool, clock: createClock(), log: createCollector(), metrics: createMetrics() };
 * await using engine = await createEngine({ extensions: [] }, { ...deps, folder: async (name) => `/nowhere/${name}` });
 * const vfs = { stat: async () => undefined } as unknown as EngineApplication['vfs'];
 * const app = await engine.load({ name: 'files', version: '1.0.0', modules: [], vfs });
 * assert.equal(app.state, 'running');
 * ```
 */
export async function createEngine(options: EngineOptions, deps: EngineDeps): Promise<Engine> {
  const engine = new RunningEngine(options, deps);
  await engine.start();
  return engine;
}

const NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

class RunningEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #deps: EngineDeps;
  readonly #queue: EventQueue;
  readonly #stop = new AbortController();
  readonly #finished: PromiseWithResolvers<number> = Promise.withResolvers();
  readonly #lives = new Map<string, ApplicationLife>();
  /** Loads and unloads under way; disposal waits for them. */
  readonly #tasks = new Set<Promise<unknown>>();
  #extensions: RunningExtensions | undefined;
  #disposed: Promise<void> | undefined;

  constructor(options: EngineOptions, deps: EngineDeps) {
    this.#options = options;
    this.#deps = deps;
    const { pool, metrics } = deps;
    const { limits = {} } = options;
    this.#queue = createEventQueue({ limits, concurrency: pool.concurrency }, { metrics });
    metrics.gauge('hermes_apps', 'Loaded applications', () => this.#lives.size);
  }

  async start(): Promise<void> {
    this.#extensions = await startAll(this.#options.extensions, ({ name }) => this.#contextOf(name));
  }

  get done(): Promise<number> {
    return this.#finished.promise;
  }

  get services(): ReadonlyMap<string, ExtensionService> {
    return this.#extensions?.services ?? new Map();
  }

  get apps(): ReadonlyMap<string, AttachedApp> {
    return new Map([...this.#lives].map(([name, { attached }]) => [name, attached]));
  }

  status(): EngineStatus {
    return {
      state: this.#stop.signal.aborted ? 'stopping' : 'running',
      apps: [...this.#lives.values()].map((life) => life.status()),
      queue: this.#queue.status(),
    };
  }

  load(source: EngineApplication): Promise<AttachedApp> {
    return this.#track(this.#load(source));
  }

  unload(name: string, options: DrainOptions = {}): Promise<void> {
    return this.#track(this.#unload(name, options));
  }

  async drain({ signal }: DrainOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    this.#beginStop();
    const drained = Promise.all([
      ...[...this.#lives.values()].map((life) => life.drain({ signal })),
      ...[...this.services.values()].map(async (service) => service.close?.()),
      ...[...this.#tasks].map((task) => task.then(noop, noop)),
    ]);
    await untilAborted(drained.then(noop), signal);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #load(source: EngineApplication): Promise<AttachedApp> {
    const { name, version, modules } = source;
    const { log, clock } = this.#deps;
    if (this.#stop.signal.aborted) throw fail('STOPPING', { app: name });
    checkNames(source);
    if (this.#lives.has(name)) throw fail('APP_EXISTS', { app: name });
    const life: ApplicationLife = createApplication(source, {
      ...this.#deps,
      queue: this.#queue,
      services: this.services,
      stop: (reason) => this.#stopApp(life, reason),
    });
    this.#lives.set(name, life);
    const started = clock.monotonic();
    try {
      await life.start();
    } catch (error) {
      if (this.#lives.get(name) === life) this.#lives.delete(name);
      log.debug('Application was refused', { app: name }, error);
      throw error;
    }
    const ms = Number((clock.monotonic() - started) / 1_000_000n);
    log.info('Application runs', { app: name, version, modules: modules.map((module) => module.name), ms });
    return life.attached;
  }

  async #unload(name: string, options: DrainOptions): Promise<void> {
    const life = this.#lives.get(name);
    if (!life) throw fail('APP_GONE', { app: name });
    try {
      await life.drain(options);
    } finally {
      await this.#remove(name, life);
    }
    this.#deps.log.info('Application is unloaded', { app: name });
  }

  /** Removes an application at once that does harm; one that still starts is refused with the reason. */
  #stopApp(life: ApplicationLife, reason: CodedError): void {
    const { name, state } = life.attached;
    if (this.#lives.get(name) !== life) return;
    this.#deps.log.error('Application is stopped', { app: name }, reason);
    life.halt(reason);
    if (state === 'starting') return;
    this.#track(this.#remove(name, life)).catch((error: unknown) => {
      this.#deps.log.error('Application could not be removed cleanly', { app: name }, error);
    });
  }

  async #remove(name: string, life: ApplicationLife): Promise<void> {
    try {
      await life[Symbol.asyncDispose]();
    } finally {
      if (this.#lives.get(name) === life) this.#lives.delete(name);
    }
  }

  /** New loads are refused, and those under way end: an application that is half there cannot be drained. */
  #beginStop(): void {
    if (this.#stop.signal.aborted) return;
    const reason = fail('STOPPING');
    this.#stop.abort(reason);
    for (const life of this.#lives.values()) if (life.attached.state === 'starting') life.halt(reason);
  }

  async #dispose(): Promise<void> {
    this.#beginStop();
    await using stack = new AsyncDisposableStack();
    stack.defer(() => this.#finished.resolve(0));
    if (this.#extensions) stack.use(this.#extensions);
    // Loads and unloads were told to end; how they did is for whoever asked for them.
    stack.defer(async () => void (await Promise.allSettled(this.#tasks)));
    for (const life of this.#lives.values()) {
      life.halt(fail('ENGINE_DISPOSED', { app: life.attached.name }));
      stack.use(life);
    }
    this.#lives.clear();
  }

  #contextOf(extension: string): ExtensionContext {
    const { clock, log, metrics, folder } = this.#deps;
    return {
      config: this.#options.config?.[extension],
      folder: () => folder(extension),
      clock,
      log: log.child({ extension }),
      metrics,
      signal: this.#stop.signal,
      emit: this.#queue.emit,
      done: (app, code) => this.#endedBy(app, code),
    };
  }

  #endedBy(app: string, code: number): void {
    const { log } = this.#deps;
    if (!this.#lives.has(app)) return;
    if (this.#lives.size === 1) {
      log.info('Application ended the engine', { app, code });
      this.#finished.resolve(code);
      return;
    }
    log.info('Application ended itself, the others go on', { app, code });
    const signal = AbortSignal.timeout((this.#options.drainSeconds ?? 10) * 1000);
    this.unload(app, { signal }).catch((error: unknown) => {
      const gone = isCoded(error) && error.code === 'APP_GONE';
      if (!gone) log.warn('Application did not finish its events in time', { app }, error);
    });
  }

  #track<T>(task: Promise<T>): Promise<T> {
    this.#tasks.add(task);
    const forget = (): void => void this.#tasks.delete(task);
    task.then(forget, forget);
    return task;
  }
}

function noop(): void {}

function checkNames({ name, modules }: EngineApplication): void {
  const wrong = [name, ...modules.map((module) => module.name)].filter((each) => !NAME.test(each));
  const twice = modules
    .map((module) => module.name)
    .filter((each, index, all) => all.indexOf(each) !== index);
  if (wrong.length > 0 || twice.length > 0) throw fail('APP_NAME', { app: name, wrong, twice });
}
