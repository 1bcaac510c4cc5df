import type { CodedError } from '../lib/errors.ts';
import { ulid } from '../lib/ulid.ts';
import { untilAborted } from '../lib/until-aborted.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Counter, Histogram, Metrics } from '../telemetry/metrics.ts';
import type { EngineApplication } from './engine-application.ts';
import { fail } from './errors.ts';
import type { EventQueue } from './event-queue.ts';
import type {
  AppBinding,
  AttachedApp,
  AttachedModule,
  Clock,
  Emit,
  EventRef,
  ExtensionService,
  HostEvent,
} from './extension.ts';
import { meterFuel } from './guest-limits.ts';
import type { AnswerRemote, Pool, PooledApp } from './pool.ts';
import type { QueuedApp } from './queued-app.ts';
import { createReactor } from './reactor.ts';
import { settingsOf } from './settings.ts';
import { type AppStatus, ModuleRecord, outcomeOf } from './status.ts';

export type { EngineApplication } from './engine-application.ts';

export interface ApplicationDeps {
  readonly pool: Pool;
  readonly queue: EventQueue;
  /** In the order in which they were started. */
  readonly services: ReadonlyMap<string, ExtensionService>;
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** Asks that the application be removed, because it does harm. */
  readonly stop: (reason: CodedError) => void;
}

/** One load of one application. Disposal ends what runs and undoes everything, the last first. */
export interface ApplicationLife extends AsyncDisposable {
  readonly attached: AttachedApp;
  status(): AppStatus;
  /** Events for this load, whether it serves or not; `APP_GONE` when it has no place in the queue. */
  readonly emit: Emit;
  /**
   * Loads the modules, attaches every extension, runs their starts, and opens the queue, which replaces an older
   * load of this name; `serving` is called in that very moment and must not throw. When any of it fails, what
   * had been done is undone in reverse, and the error goes on. Called once.
   */
  start(serving?: () => void): Promise<void>;
  /** A newer load has taken its place: what it has is finished. Drain and disposal are to follow. */
  replaced(): void;
  /** Takes nothing new from outside and resolves when all events have been handled; ends a start under way. */
  drain(options: { readonly signal?: AbortSignal | undefined }): Promise<void>;
  /** Ends every event at once; a start under way fails with the reason. Disposal must follow. */
  halt(reason: CodedError): void;
}

/**
 * The life of one application: load → attach → start → running → drain → dispose.
 *
 * `createEngine` makes these; see there for an example.
 */
export function createApplication(source: EngineApplication, deps: ApplicationDeps): ApplicationLife {
  return new Life(source, deps);
}

class Life implements ApplicationLife {
  readonly #source: EngineApplication;
  readonly #deps: ApplicationDeps;
  readonly #modules: AttachedModule[] = [];
  readonly #bindings = new Map<string, AppBinding>();
  /** Of each module. */
  readonly #records: readonly ModuleRecord[];
  readonly #seconds: readonly Histogram[];
  /** Of each module: by outcome. */
  readonly #calls: readonly Map<string, Counter>[];
  /** By extension and outcome. */
  readonly #counters = new Map<string, Counter>();
  readonly attached: AttachedApp & { state: AttachedApp['state'] };
  #pooled: PooledApp | undefined;
  #place: QueuedApp | undefined;
  #halted: CodedError | undefined;
  #running: AsyncDisposableStack | undefined;
  #started: Promise<void> | undefined;
  #disposed: Promise<void> | undefined;

  constructor(source: EngineApplication, deps: ApplicationDeps) {
    const { name, version, modules, vfs, permissions = {} } = source;
    this.#source = source;
    this.#deps = deps;
    this.#records = modules.map(() => new ModuleRecord());
    this.#calls = modules.map(() => new Map());
    const help = 'Time of calls of modules, waiting for a place included';
    this.#seconds = modules.map((module) =>
      deps.metrics.histogram('hermes_module_call_seconds', help, { app: name, module: module.name }),
    );
    const log = deps.log.child({ app: name });
    this.attached = { name, version, modules: this.#modules, vfs, permissions, log, state: 'starting' };
  }

  status(): AppStatus {
    const { name, version, state } = this.attached;
    const modules = this.#source.modules.map((module, index) =>
      (this.#records[index] ?? new ModuleRecord()).status(module.name),
    );
    const queue = this.#place?.status() ?? { waiting: 0, running: 0, bytes: 0 };
    return { name, version, state, modules, queue };
  }

  readonly emit: Emit = (event) => {
    if (!this.#place) throw fail('APP_GONE', { app: event.app, event: event.name });
    return this.#place.emit(event);
  };

  start(serving?: () => void): Promise<void> {
    this.#started = this.#start(serving);
    return this.#started;
  }

  replaced(): void {
    this.attached.state = 'replaced';
  }

  async #start(serving?: () => void): Promise<void> {
    await using stack = new AsyncDisposableStack();
    try {
      await this.#startWith(stack, serving);
    } catch (error) {
      this.halt(fail('APP_UNLOADED', { app: this.attached.name }, error));
      throw error;
    }
    this.#running = stack.move();
  }

  async drain({ signal }: { readonly signal?: AbortSignal | undefined }): Promise<void> {
    // Half an application has nothing to finish.
    if (this.attached.state === 'starting') this.halt(fail('APP_UNLOADED', { app: this.attached.name }));
    if (this.attached.state === 'running') this.attached.state = 'stopping';
    this.#place?.close();
    if (this.#place) await untilAborted(this.#place.idle(), signal);
  }

  halt(reason: CodedError): void {
    if (this.attached.state !== 'replaced') this.attached.state = 'stopping';
    this.#halted ??= reason;
    this.#place?.remove(fail('APP_GONE', { app: this.attached.name }, this.#halted));
    this.#pooled?.end(this.#halted);
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#disposed ??= this.#dispose();
    return this.#disposed;
  }

  async #dispose(): Promise<void> {
    // Why a start failed is for whoever asked for it.
    await Promise.allSettled([this.#started]);
    await this.#running?.disposeAsync();
  }

  async #startWith(stack: AsyncDisposableStack, serving?: () => void): Promise<void> {
    await this.#load(stack);
    await this.#attach(stack);
    // Undone before the bindings are: no event may run that meets half of them.
    stack.defer(() => this.#end());
    for (const binding of this.#bindings.values()) {
      await binding.start?.();
      this.#throwIfHalted();
    }
    this.attached.state = 'running';
    // The last that may fail, and in one turn with what makes this load the one that serves.
    for (const binding of this.#bindings.values()) binding.ready?.();
    this.#throwIfHalted();
    serving?.();
    this.#place?.open();
  }

  async #load(stack: AsyncDisposableStack): Promise<void> {
    const { pool, queue, clock, stop, metrics } = this.#deps;
    const { name, version, modules, vfs, limits, settings: operator } = this.#source;
    const identified = modules.map(({ name: module, bytes, config }) => ({
      name: module,
      bytes,
      id: ulid(clock.now().epochMilliseconds),
      settings: settingsOf({ app: name, module, config, operator }),
    }));
    const spent = meterFuel(metrics, name, modules);
    const more = { log: this.attached.log, answer: this.#answer, stop, spent, ...(limits && { limits }) };
    const pooled = stack.use(await pool.load({ app: { name, version }, modules: identified, vfs, ...more }));
    this.#pooled = pooled;
    for (const [index, { name, id }] of identified.entries()) {
      const exports = pooled.exports[index] ?? new Set<string>();
      const imports = pooled.imports[index] ?? new Set<string>();
      this.#modules.push({ name, id, exports, imports, config: modules[index]?.config });
    }
    this.#place = queue.add(name, createReactor(this.#modules, this.#invoke.bind(this)));
    stack.defer(() => this.#end());
    this.#throwIfHalted();
  }

  async #attach(stack: AsyncDisposableStack): Promise<void> {
    for (const [extension, service] of this.#deps.services) {
      this.#bindings.set(extension, stack.use(await service.attach(this.attached)));
      this.#throwIfHalted();
    }
  }

  async #end(): Promise<void> {
    this.halt(this.#halted ?? fail('APP_UNLOADED', { app: this.attached.name }));
    await this.#place?.idle();
  }

  #throwIfHalted(): void {
    if (this.#halted) throw this.#halted;
  }

  #invoke(module: AttachedModule, event: HostEvent, { id, depth }: EventRef): Promise<unknown> {
    const { clock } = this.#deps;
    const { name: app, log } = this.attached;
    const index = this.#modules.indexOf(module);
    const record = this.#records[index] ?? new ModuleRecord();
    const counter = record.begin();
    const started = clock.monotonic();
    const { name, source } = event;
    log.trace('Event given to module', { module: module.name, event: id, on: name, counter, source });
    const over = (outcome: string): void => {
      const seconds = Number(clock.monotonic() - started) / 1e9;
      this.#callsOf(index, outcome).add();
      this.#seconds[index]?.observe(seconds);
      const ms = Math.round(seconds * 1e5) / 100;
      log.debug('Event handled', { module: module.name, event: id, on: name, counter, outcome, ms });
    };
    const request = { module: index, event: { id, depth, name }, counter, args: event.args };
    return (this.#pooled?.call(request) ?? Promise.reject(fail('APP_GONE', { app }))).then(
      (value) => {
        over('ok');
        return value;
      },
      (error: unknown) => {
        record.fail(error, clock.now());
        // Whoever asks for the first reply answers somebody, and knows more to say about what went wrong.
        const level = this.#halted || event.reply === 'first' ? 'debug' : 'warn';
        const fields = { module: module.name, event: id, on: name, counter };
        log[level]('Module failed to handle event', fields, error);
        over(outcomeOf(error));
        throw error;
      },
    );
  }

  /** Made once for each: labels are not to be put together for every event. */
  #callsOf(module: number, outcome: string): Counter {
    const counters = this.#calls[module];
    const known = counters?.get(outcome);
    if (known) return known;
    const labels = { app: this.attached.name, module: this.#source.modules[module]?.name ?? '', outcome };
    const made = this.#deps.metrics.counter('hermes_module_calls_total', 'Calls of modules', labels);
    counters?.set(outcome, made);
    return made;
  }

  #hostCallsOf(extension: string, outcome: string): Counter {
    const labels = { app: this.attached.name, extension, outcome };
    const help = 'Calls of host functions that reached the main thread';
    return this.#counters.getOrInsertComputed(`${extension} ${outcome}`, () =>
      this.#deps.metrics.counter('hermes_host_calls_total', help, labels),
    );
  }

  readonly #answer: AnswerRemote = async (extension, method, caller, args) => {
    let outcome = 'ok';
    try {
      const calls = this.#bindings.get(extension)?.calls ?? {};
      const run = Object.hasOwn(calls, method) ? calls[method] : undefined;
      if (!run) throw fail('REMOTE_UNKNOWN', { extension, method });
      return await run(caller, ...args);
    } catch (error) {
      outcome = outcomeOf(error);
      throw error;
    } finally {
      this.#hostCallsOf(extension, outcome).add();
    }
  };
}
