/**
 * The contract between the engine and its runtime extensions. An extension is a folder with two halves: the
 * service lives in the main thread and owns sockets, timers and files; the guest half lives beside the guests
 * and gives them their host functions. Three lifetimes nest: service, binding (one application), call (one
 * event in one module).
 *
 * @module
 */
import type { Random } from '../lib/random.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import type { Vfs } from '../vfs/vfs.ts';
import type { GuestLimits } from './guest-limits.ts';
import type { LateFiles } from './late-files.ts';
import type { GuestSettings } from './settings.ts';

/** The time, injected, so that a test owns it. */
export interface Clock {
  now(): Temporal.Instant;
  /** Monotonic nanoseconds since some fixed moment. */
  monotonic(): bigint;
  sleepUntil(at: Temporal.Instant, options: { readonly signal: AbortSignal }): Promise<void>;
  /** Where other threads read this time; without it they have the machine's clock. */
  readonly shared?: SharedArrayBuffer;
}

/** A WIT export, as `hermes:cron/event#on-cron`. */
export type ExportName = `${string}:${string}/${string}#${string}`;

/** The key by which events are ordered: a tuple, because guest strings may hold any separator. */
export type Source = readonly [extension: string, ...key: string[]];

/** What remains of an event in those that it causes. */
export interface EventRef {
  readonly id: number;
  /** 0 for an event from outside, 1 for one caused by it, and so on. */
  readonly depth: number;
}

/** An event on its way to the modules of one application. */
export interface HostEvent {
  readonly name: ExportName;
  /** Events of one source never overlap nor swap. */
  readonly source: Source;
  /** Name of the application. */
  readonly app: string;
  /**
   * The load that this event is for; without it the one that serves. While an application is reloaded, its name
   * has two: what a load asked for itself (its ticks, its subscriptions) names it. Refused with `APP_GONE` when
   * that load has been replaced or is unloaded.
   */
  readonly to?: AttachedApp;
  /** `'exporting'`: every module that exports the function; else these, by name, if they export it. */
  readonly modules: 'exporting' | readonly string[];
  /** `'all'` runs the modules concurrently; `'first'` one after another until one answers other than `undefined`. */
  readonly reply: 'all' | 'first';
  readonly args: readonly unknown[];
  /** The event whose handler caused this one. */
  readonly cause?: EventRef;
  /** Delivered while the application starts; all others wait until it has started. */
  readonly duringStart?: true;
  /**
   * Asked once, when the event leaves the queue: its answer takes the place of `args`, `undefined` drops the
   * event, and `done` resolves to no replies. For what can grow old while it waits: a newer value takes the
   * older one's place, a cancelled tick is not delivered. Must not throw.
   */
  readonly renew?: () => readonly unknown[] | undefined;
  /** Bytes that this event holds while it waits; counted against the queue's bounds. */
  readonly bytes?: number;
}

/** What one module answered. With `reply: 'first'` there is at most one `ok` reply with a value. */
export type Reply =
  | { readonly module: string; readonly ok: true; readonly value: unknown }
  | { readonly module: string; readonly ok: false; readonly error: unknown };

export interface Queued {
  readonly queued: true;
  readonly event: EventRef;
  /** Resolves when every module has answered, in manifest order; never rejects because a guest failed. */
  readonly done: Promise<readonly Reply[]>;
}

/**
 * Throws `QUEUE_FULL`, `APP_GONE` or `CAUSE_DEPTH` at once; otherwise the event is queued. `APP_GONE` is also what
 * a stopping application says to events from outside, and what events answer that wait when it is unloaded.
 */
export type Emit = (event: HostEvent) => Queued;

export interface ExtensionContext {
  /** This extension's slice of the configuration, as the operator wrote it. */
  readonly config: unknown;
  /** A folder of this extension's own, made on first use: nothing else writes there. */
  readonly folder: () => Promise<string>;
  readonly clock: Clock;
  readonly log: Logger;
  /** Names begin with `hermes_` and the extension's name. */
  readonly metrics: Metrics;
  /** Aborts when the engine begins to stop. */
  readonly signal: AbortSignal;
  /** The only road to a guest. */
  readonly emit: Emit;
  /** Ends the engine with this exit code if it runs one application, else unloads the application. */
  readonly done: (app: string, code: number) => void;
}

/** One module of an application as extensions see it. */
export interface AttachedModule {
  readonly name: string;
  /** ULID of this load. */
  readonly id: string;
  /** Function exports, as `hermes:cron/event#on-cron`. */
  readonly exports: ReadonlySet<string>;
  /** Imported interfaces without their version, as `hermes:kv-store/api`. */
  readonly imports: ReadonlySet<string>;
  /** The module's `config.json`, checked against its schema; `undefined` without one. */
  readonly config: unknown;
}

/** One application as extensions see it. */
export interface AttachedApp {
  readonly name: string;
  readonly version: string;
  /** In manifest order. */
  readonly modules: readonly AttachedModule[];
  readonly vfs: Vfs;
  /** What it may use, by name of the extension that says what that means; the operator's word laid over its own. */
  readonly permissions: Readonly<Record<string, unknown>>;
  readonly log: Logger;
  /**
   * `replaced`: a newer load of this name serves, and this one finishes what was queued before; its timers and
   * subscriptions are to be silent.
   */
  readonly state: 'starting' | 'running' | 'replaced' | 'stopping';
}

/** Who makes a host call that reaches the main thread. */
export interface Caller {
  readonly module: { readonly id: string; readonly name: string };
  /** Give it as `cause` to events that this call emits. */
  readonly event: EventRef;
  readonly counter: number;
  /** Aborts when the event has ended. */
  readonly signal: AbortSignal;
}

/** What one application may ask of an extension's service. */
export interface AppBinding extends AsyncDisposable {
  /** Keyed by the method names of the guest half's `remote(…)`. May answer a value or a promise. */
  // biome-ignore lint/suspicious/noExplicitAny: the WIT checks these arguments before they arrive
  readonly calls: Readonly<Record<string, (caller: Caller, ...args: any[]) => unknown>>;
  /** Runs after every extension has attached; throwing refuses the application. */
  start?(): Promise<void>;
  /**
   * Runs once the application has started (every binding's `start` is over), in the turn in which its events
   * begin to run, before the first of them. Of a reload this is the moment at which the new load takes over.
   * Throwing refuses the application.
   */
  ready?(): void;
}

/**
 * Answers one request over the admin socket with what JSON can hold; parameters are a stranger's. The signal aborts
 * when nobody waits for the answer any more.
 */
export type AdminMethod = (
  params: Readonly<Record<string, unknown>>,
  options: { readonly signal: AbortSignal },
) => unknown;

/** The main-thread half of an extension; one per engine. */
export interface ExtensionService extends AsyncDisposable {
  /**
   * Throws when the application may not be served, naming every fault. A reload attaches the new load while the
   * old one of the same name serves: attach(new), start(new), then in one turn ready(new) and the old one's
   * state `replaced`, then dispose(old) when its last event is over. A new load that is refused is disposed,
   * and the old one goes on as if nothing had been. Whatever the two would share (a file, a name) is theirs
   * together from attach(new) to dispose(old).
   */
  attach(app: AttachedApp): Promise<AppBinding>;
  /** Stops taking in events from outside, so that the queue can drain. Disposal follows. */
  close?(): Promise<void>;
  /** What an operator may ask over the admin socket; no two extensions have a method of one name. */
  readonly admin?: Readonly<Record<string, AdminMethod>>;
}

/** What one call of a guest is: the first argument of every host function. */
export interface Call {
  readonly app: { readonly name: string; readonly version: string };
  readonly module: { readonly id: string; readonly name: string };
  readonly event: EventRef & { readonly name: string };
  /** How many calls this module has had since it was loaded. */
  readonly counter: number;
  readonly vfs: Vfs;
  readonly clock: Clock;
  /** The only source of chance for what a guest is given: a test may seed it. */
  readonly random: Random;
  /** What it may take, for what extensions count themselves. */
  readonly limits: GuestLimits;
  /** Environment, arguments and configuration of the module. */
  readonly settings: GuestSettings;
  /** Lines of the guest: carries application, module, event and counter. */
  readonly log: Logger;
  /** Aborts when the event has ended, however it ended. */
  readonly signal: AbortSignal;
  /** Asks the binding of the extension that the host function belongs to. */
  remote(method: string, ...args: unknown[]): Promise<unknown>;
  /** State of one extension for the length of this call: made on first use, disposed at its end. */
  state<T extends Disposable>(key: symbol, make: () => T): T;
}

/**
 * A host function that needs the main thread: the guest is suspended until the binding's method of this name
 * has answered. Every other host function runs in place and must answer a value.
 */
export class Remote {
  readonly method: string;
  constructor(method: string) {
    this.method = method;
  }
}

/** Marks a host function as remote; see {@link Remote}. */
export function remote(method: string): Remote {
  return new Remote(method);
}

/**
 * A host function that may wait beside the guest, without the main thread: it answers a promise, and the guest is
 * suspended until that settles, or the value when there is nothing to wait for. For what only takes time; see
 * {@link waiting}. A method of a resource waits when its value on the class's prototype is one; `this` is the object
 * then.
 */
export class Waiting {
  readonly run: (call: Call, ...args: never[]) => unknown;
  constructor(run: (call: Call, ...args: never[]) => unknown) {
    this.run = run;
  }
}

/** Marks a host function as one that waits; see {@link Waiting}. It must hear `call.signal`. */
export function waiting(run: Waiting['run']): Waiting {
  return new Waiting(run);
}

/** A host function: the call first, then the WIT's parameters as JavaScript values. */
// biome-ignore lint/suspicious/noExplicitAny: the WIT checks these arguments before they arrive
export type HostFunction = (call: Call, ...args: any[]) => unknown;

/** A host resource: a class whose constructor, methods and statics take the call first. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export type HostResource = abstract new (call: Call, ...args: any[]) => object;

/** Interfaces by their WIT name, functions in camelCase, resources in PascalCase. */
export type GuestImports = Readonly<
  Record<string, Readonly<Record<string, HostFunction | HostResource | Remote | Waiting>>>
>;

/** The half that lives beside the guests. */
export interface GuestHalf {
  /** Called once per thread. Interfaces that only hold types are empty objects. */
  imports(): GuestImports;
  /** Files that modules see which import from this extension. */
  readonly files?: LateFiles;
}

/** A self-contained host capability: one folder, one WIT package, one of these. */
export interface RuntimeExtension {
  /** Kebab-case; folder, configuration key, log field and metric prefix at once. */
  readonly name: string;
  /** Extensions that are started before this one and stopped after it. */
  readonly needs?: readonly string[];
  /** Module that exports `guest: GuestHalf`; every thread that runs guests imports it. */
  readonly guest: URL;
  /**
   * What the operator's slice of the configuration means, with all defaults, checked: for `--print-config`, and
   * so that the faults of all extensions are reported at once. Throws `CONFIG_INVALID`. `start` is given the
   * slice as it was written.
   */
  readonly effectiveConfig?: (config: unknown) => object;
  start(context: ExtensionContext): Promise<ExtensionService>;
}
