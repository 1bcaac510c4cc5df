/**
 * What the component runtime offers. See `index.ts` for the functions.
 *
 * @module
 */
import type { FuncType } from './types.ts';

/** One function export. */
export interface ExportInfo {
  /** `interface#function` for a function of an exported instance, else the function's own name. */
  readonly name: string;
  readonly type: FuncType;
  /** Whether `call` answers a promise once linked is decided by {@link InstancePre.suspends}. */
}

/** One import of the component: an interface with its functions and resources, or a lone function. */
export interface ImportInfo {
  /** As written, version included: `wasi:cli/environment@0.2.3`. */
  readonly name: string;
  readonly functions: readonly { readonly name: string; readonly type: FuncType }[];
  readonly resources: readonly string[];
}

/** A decoded, checked and compiled component. A plain value: it can be posted to a thread. */
export interface Component {
  readonly imports: readonly ImportInfo[];
  readonly exports: readonly ExportInfo[];
  /** Why some of its code runs without fuel and bounds, as sentences; empty unless it was compiled to run so. */
  readonly unmetered: readonly string[];
}

/**
 * A host function: the instance's current call first, then the WIT's parameters. It answers a value; a WIT
 * `err` is thrown as an error with a `payload`. Whatever else it throws is a trap for the guest.
 */
// biome-ignore lint/suspicious/noExplicitAny: the component's types say what arrives
export type HostFunction<C = any> = (call: C, ...args: any[]) => unknown;

/**
 * A host resource: a class. Its constructor, methods and statics take the call first; dropping the last handle
 * calls `[Symbol.dispose]()` when there is one.
 */
// biome-ignore lint/suspicious/noExplicitAny: as above
export type HostResource = abstract new (...args: any[]) => object;

/** Wraps a host function that answers a promise: the guest's stack is suspended until it settles (JSPI). */
// biome-ignore lint/suspicious/noExplicitAny: the call is whatever the host hands to `acquire`
export class Suspending<C = any> {
  readonly run: HostFunction<C>;
  constructor(run: HostFunction<C>) {
    this.run = run;
  }
}

export type HostInterface = Readonly<Record<string, HostFunction | HostResource | Suspending>>;

/** What a guest may pass in one call, as arguments of an import or as the result of an export. */
export interface LiftLimits {
  /** Bytes of all strings and lists together. */
  readonly bytes: number;
  /** Strings and list elements; a list of numbers counts as one. */
  readonly values: number;
}

export interface Linker {
  /** Offers an interface. `name` may carry a version: `wasi:io/error@0.2.0` serves every `@0.2.x`. */
  define(name: string, functions: HostInterface): Linker;
  /** Binds every import once. Throws `LINK` naming all that are missing or of the wrong kind. */
  link(component: Component): InstancePre;
}

/** What one use of an instance may take; without a number, all that there is. */
export interface CallLimits {
  /**
   * Units of computing; about 2,500 to 5,000 of them are a microsecond. Each core module of the component may use so
   * many (all together at most sixteen times as many), and so may its host calls. What is over ends with `FUEL`.
   */
  readonly fuel?: number;
  /** Pages of 64 KiB, all memories together: growth beyond them fails, as the guest can tell. */
  readonly pages?: number;
  /** Handles that it may hold at a time, of all its component instances; one more is a trap: `LIMIT_HANDLES`. */
  readonly handles?: number;
  /** What it may pass in one call of the host, in the place of what the linker was made with. */
  readonly lift?: LiftLimits;
}

/**
 * A component whose imports are bound: ready to give instances. Disposing it drops those that nobody uses, and keeps
 * none from then on.
 */
export interface InstancePre extends Disposable {
  readonly component: Component;
  /** Pages of 64 KiB that an instance begins with. */
  readonly pages: number;
  /** Whether `call` of this export answers a promise: it can reach a {@link Suspending} import. */
  suspends(exportName: string): boolean;
  /**
   * Why each instance has to be made anew, as sentences; empty when one that was disposed serves again. What only
   * instantiation shows is known after the first one.
   */
  readonly obstacles: readonly string[];
  /**
   * Makes ready for the first event: calls every export once where nobody hears it, with empty arguments and a host
   * that does nothing, so that V8 has compiled what it needs, and makes an instance ahead. Takes milliseconds.
   * Throws what a start function traps with.
   */
  warm(): void;
  /**
   * A pristine instance. `call` is handed to every host function as its first argument. Throws `LIMIT_MEMORY` when the
   * component begins with more memory than it may have, and what a start function traps with.
   */
  acquire(call?: unknown, limits?: CallLimits): Instance;
}

export interface Instance extends Disposable {
  /**
   * Calls an export. Answers its value, or a promise of it when `suspends(exportName)`. A WIT `err` result is
   * answered as `{ tag: 'err', val }`. Throws (or rejects with) a `CodedError` of blame `guest` when the guest
   * traps; the instance is then poisoned and every later call throws the same.
   */
  call(exportName: string, args: readonly unknown[]): unknown;
  /**
   * Ends whatever runs or is suspended here: the promise that the guest waits for is rejected with a real trap,
   * and every later host call throws it. Late answers touch nothing.
   */
  end(reason: Error): void;
  /** The trap that ended this instance, if one did. */
  readonly trapped: Error | undefined;
  /** Pages of 64 KiB that its memories have now, all together. */
  readonly pages: number;
  /** Lets its memories grow by so many pages from now on, whatever the limits said. */
  allow(pages: number): void;
  /** Units of fuel taken since it was acquired: the same for the same calls, wherever they run. */
  readonly fuelUsed: number;
}
