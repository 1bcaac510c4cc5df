/**
 * What one instance of a component is while it lives.
 *
 * @module
 */
import type { LiftLimits } from '../api.ts';
import { fail } from './errors.ts';
import type { Fuel } from './fuel.ts';
import { GuestResource } from './guest-resource.ts';
import { HandleCount, Part } from './handles.ts';
import { describeTrap, type Where } from './traps.ts';

export class State {
  /** First argument of every host function. */
  call: unknown;
  /** The outcome, once the instance was trapped or ended. */
  trapped: Error | undefined;
  /** While core modules are instantiated. */
  starting = true;
  /** Whether a guest that calls the host must be looked at first: see {@link look}. */
  alert = true;
  /** Whether the guest called the host, or another component, while it started. */
  called = false;
  /** Set while nobody is to hear the guest: what each call of the host ends it with. */
  deaf: Error | undefined;
  /** Which use of the instance this is: resources in the hands of the host are of one use only. */
  lease = 0;
  /** What is being lifted or lowered: a parameter by index, or one of the marks in `traps.ts`. */
  at = 0;
  /** Whether the guest now runs on a stack that can be suspended. */
  suspendable = false;
  readonly parts: readonly Part[];
  readonly handles: HandleCount = new HandleCount();
  /** What may be lifted in one call. */
  lift: LiftLimits = { bytes: 0, values: 0 };
  /** Addresses below this are seldom written; what we write there sets `touched`, as guests set globals of theirs. */
  quietBelow = 0;
  touched = false;
  readonly fault: Error;
  readonly fuel: Fuel;
  /** Runs the destructor of a guest resource; set by the instance. Refuses one that may suspend unless awaited. */
  destroy: (resource: number, rep: number, awaited: boolean) => unknown = () => undefined;
  #abort: ((reason: Error) => void) | undefined;

  constructor(fault: Error, parts: number, fuel: Fuel) {
    this.fault = fault;
    this.fuel = fuel;
    this.parts = Array.from({ length: parts }, () => new Part(this.handles));
  }

  /** All core modules are instantiated. */
  started(): void {
    this.starting = false;
    this.alert = this.deaf !== undefined || this.trapped !== undefined;
  }

  /** Somebody hears the guest from now on. */
  hear(): void {
    this.deaf = undefined;
    this.alert = this.trapped !== undefined;
  }

  /** What a guest's call of the host meets while {@link alert} is set: throws when it must not go on. */
  look(): void {
    if (this.starting) this.called = true;
    if (this.deaf !== undefined) this.#poison(this.deaf);
    if (this.trapped !== undefined) throw this.fault;
  }

  /**
   * Poisons the instance with what this failure amounts to, unless it is poisoned already, and answers what to
   * throw into the guest.
   */
  trap(error: unknown, where: Where, at: number): Error {
    if (this.trapped === undefined) this.#poison(this.#describe(error, where, at));
    return this.fault;
  }

  #describe(error: unknown, where: Where, at: number): Error {
    if (!(error instanceof WebAssembly.RuntimeError) || !this.fuel.exhausted) {
      return describeTrap(error, where, at);
    }
    const { params: _, ...names } = where;
    return fail('FUEL', names, error);
  }

  #poison(outcome: Error): void {
    this.trapped ??= outcome;
    this.alert = true;
  }

  /**
   * Waits for a host function's promise on behalf of a suspended guest. The wait ends with the instance; an
   * answer that comes later settles nothing. A value that is no promise goes on in this turn, so nothing can end it
   * meanwhile.
   */
  suspend(promise: unknown): unknown {
    if (this.trapped !== undefined) return Promise.reject(this.fault);
    if (typeof (promise as Partial<PromiseLike<unknown>> | null | undefined)?.then !== 'function')
      return promise;
    const { promise: settled, resolve, reject } = Promise.withResolvers();
    this.#abort = reject;
    Promise.resolve(promise).then(resolve, reject);
    return settled;
  }

  /** Ends what runs or is suspended here, with this outcome. */
  end(reason: Error): void {
    this.#poison(reason);
    const abort = this.#abort;
    this.#abort = undefined;
    abort?.(this.fault);
  }

  /** An owned resource of the guest, handed to the host. */
  adopt(resource: number, rep: unknown): GuestResource {
    return new GuestResource(this, resource, rep as number, true);
  }

  /** Whether the host may pass this as a resource of the guest; throws when it is spent. */
  holds(value: unknown, resource: number): boolean {
    return value instanceof GuestResource && value.belongsTo(this, resource);
  }

  /** Whether nothing runs or is suspended here, and nothing went wrong. */
  get clean(): boolean {
    return this.trapped === undefined && this.parts.every(({ mayEnter }) => mayEnter);
  }

  /**
   * Ends this use: resources in the hands of the host are void from now on, and host resources that the guest still
   * held are disposed, all of them, even when one throws.
   */
  release(): void {
    this.lease += 1;
    this.call = undefined;
    this.#abort = undefined;
    for (const { handles } of this.parts) {
      if (handles.unused) continue;
      this.#releaseHandles();
      return;
    }
  }

  #releaseHandles(): void {
    const alive = this.parts.flatMap((part) => part.handles.clear());
    using held = new DisposableStack();
    for (const { own, rep } of alive.reverse()) {
      if (own && typeof rep === 'object') held.defer(() => disposeHostObject(rep));
    }
  }
}

/** Calls `[Symbol.dispose]` of a host resource, when it has one. */
export function disposeHostObject(value: unknown): void {
  (value as Partial<Disposable>)[Symbol.dispose]?.();
}
