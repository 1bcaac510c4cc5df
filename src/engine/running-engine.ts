/**
 * The engine at work; `createEngine` of engine.ts makes one.
 *
 * @module
 */
import { type CodedError, isCoded } from '../lib/errors.ts';
import { untilAborted } from '../lib/until-aborted.ts';
import { type ApplicationLife, createApplication, type EngineApplication } from './application.ts';
import { checkNames } from './check-names.ts';
import { drainAll } from './drain-all.ts';
import type { DrainOptions, Engine, EngineDeps, EngineOptions } from './engine.ts';
import { fail } from './errors.ts';
import { createEventQueue, type EventQueue } from './event-queue.ts';
import type { AttachedApp, Emit, ExtensionContext, ExtensionService, HostEvent } from './extension.ts';
import { type RunningExtensions, startAll } from './start-all.ts';
import type { EngineStatus } from './status.ts';

/** Runs applications; see {@link Engine}. */
export class RunningEngine implements Engine {
  readonly #options: EngineOptions;
  readonly #deps: EngineDeps;
  readonly #queue: EventQueue;
  readonly #stop = new AbortController();
  readonly #finished: PromiseWithResolvers<number> = Promise.withResolvers();
  /** Those that serve, or are loaded for the first time. */
  readonly #lives = new Map<string, ApplicationLife>();
  /** Those of reloads: on their way to serve, or replaced and not finished. */
  readonly #others = new Set<ApplicationLife>();
  /** The newest reload of each name that is not over. */
  readonly #reloads = new Map<string, Promise<unknown>>();
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

  reload(source: EngineApplication): Promise<AttachedApp> {
    const { name } = source;
    const before = this.#reloads.get(name) ?? Promise.resolve();
    const task = this.#track(before.then(noop, noop).then(() => this.#reload(source)));
    this.#reloads.set(name, task);
    const over = (): void => {
      if (this.#reloads.get(name) === task) this.#reloads.delete(name);
    };
    task.then(over, over);
    return task;
  }

  unload(name: string, options: DrainOptions = {}): Promise<void> {
    return this.#track(this.#unload(name, options));
  }

  async drain({ signal }: DrainOptions = {}): Promise<void> {
    signal?.throwIfAborted();
    this.#beginStop();
    const drained = Promise.all([
      drainAll(this.#all(), { signal }),
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
    const { name } = source;
    if (this.#stop.signal.aborted) throw fail('STOPPING', { app: name });
    checkNames(source);
    if (this.#lives.has(name)) throw fail('APP_EXISTS', { app: name });
    const life = this.#create(source);
    this.#lives.set(name, life);
    try {
      await this.#start(life);
    } catch (error) {
      if (this.#lives.get(name) === life) this.#lives.delete(name);
      throw error;
    }
    return life.attached;
  }

  async #reload(source: EngineApplication): Promise<AttachedApp> {
    const { name } = source;
    if (this.#stop.signal.aborted) throw fail('STOPPING', { app: name });
    checkNames(source);
    if (this.#lives.get(name)?.attached.state !== 'running') throw fail('APP_GONE', { app: name });
    const life = this.#create(source);
    this.#others.add(life);
    try {
      await this.#start(life, () => this.#swap(life));
    } finally {
      this.#others.delete(life);
    }
    return life.attached;
  }

  #create(source: EngineApplication): ApplicationLife {
    const life: ApplicationLife = createApplication(source, {
      ...this.#deps,
      queue: this.#queue,
      services: this.services,
      stop: (reason) => this.#stopApp(life, reason),
    });
    return life;
  }

  /** Removes an application at once that does harm; a load that still starts is refused with the reason. */
  #stopApp(life: ApplicationLife, reason: CodedError): void {
    const { name, state } = life.attached;
    if (!this.#all().includes(life)) return;
    this.#deps.log.error('Application is stopped', { app: name }, reason);
    life.halt(reason);
    if (state === 'starting') return;
    this.#track(this.#remove(life)).catch((error: unknown) => {
      this.#deps.log.error('Application could not be removed cleanly', { app: name }, error);
    });
  }

  async #remove(life: ApplicationLife): Promise<void> {
    try {
      await life[Symbol.asyncDispose]();
    } finally {
      const { name } = life.attached;
      this.#others.delete(life);
      if (this.#lives.get(name) === life) this.#lives.delete(name);
    }
  }

  async #start(life: ApplicationLife, serving?: () => void): Promise<void> {
    const { log, clock } = this.#deps;
    const { name, version, modules } = life.attached;
    const started = clock.monotonic();
    try {
      await life.start(serving);
    } catch (error) {
      log.debug('Application was refused', { app: name }, error);
      throw error;
    }
    const ms = Number((clock.monotonic() - started) / 1_000_000n);
    const text = serving ? 'Application is reloaded' : 'Application runs';
    log.info(text, { app: name, version, modules: modules.map((module) => module.name), ms });
  }

  /** In one turn with the opening of the new load's place in the queue. */
  #swap(life: ApplicationLife): void {
    const { name } = life.attached;
    const before = this.#lives.get(name);
    this.#others.delete(life);
    this.#lives.set(name, life);
    if (before) void this.#track(this.#retire(before));
  }

  /** Lets a replaced load finish what it has, then removes it. */
  async #retire(life: ApplicationLife): Promise<void> {
    life.replaced();
    this.#others.add(life);
    try {
      await life.drain({ signal: this.#drainSignal() });
    } catch (error) {
      life.attached.log.warn('Events of the replaced version were ended, they took too long', {}, error);
    } finally {
      await life[Symbol.asyncDispose]();
      this.#others.delete(life);
    }
  }

  async #unload(name: string, options: DrainOptions): Promise<void> {
    const life = this.#lives.get(name);
    if (!life) throw fail('APP_GONE', { app: name });
    const all = this.#all().filter(({ attached }) => attached.name === name);
    try {
      await Promise.all(all.map((each) => each.drain(options)));
    } finally {
      await Promise.all(all.map((each) => each[Symbol.asyncDispose]()));
      if (this.#lives.get(name) === life) this.#lives.delete(name);
    }
    this.#deps.log.info('Application is unloaded', { app: name });
  }

  #all(): readonly ApplicationLife[] {
    return [...this.#lives.values(), ...this.#others];
  }

  #emit(event: HostEvent): ReturnType<Emit> {
    const { app, to } = event;
    if (this.#others.size === 0 && to === undefined) return this.#queue.emit(event);
    const starting = event.duringStart && [...this.#others].find((life) => isStarting(life, app));
    const life = to ? this.#all().find(({ attached }) => attached === to) : starting;
    if (life) return life.emit(event);
    if (to) throw fail('APP_GONE', { app, event: event.name });
    return this.#queue.emit(event);
  }

  #drainSignal(): AbortSignal {
    return AbortSignal.timeout((this.#options.drainSeconds ?? 10) * 1000);
  }

  /** New loads are refused, and those under way end: an application that is half there cannot be drained. */
  #beginStop(): void {
    if (this.#stop.signal.aborted) return;
    const reason = fail('STOPPING');
    this.#stop.abort(reason);
    for (const life of this.#all()) if (life.attached.state === 'starting') life.halt(reason);
  }

  async #dispose(): Promise<void> {
    this.#beginStop();
    await using stack = new AsyncDisposableStack();
    stack.defer(() => this.#finished.resolve(0));
    if (this.#extensions) stack.use(this.#extensions);
    // Loads and unloads were told to end; how they did is for whoever asked for them.
    stack.defer(async () => void (await Promise.allSettled(this.#tasks)));
    for (const life of this.#all()) {
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
      emit: (event) => this.#emit(event),
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
    this.unload(app, { signal: this.#drainSignal() }).catch((error: unknown) => {
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

function isStarting({ attached }: ApplicationLife, app: string): boolean {
  return attached.name === app && attached.state === 'starting';
}
