import type { CallLimits, InstancePre } from '../component/api.ts';
import { fail as engineFail } from '../engine/errors.ts';
import type { Caller, Clock } from '../engine/extension.ts';
import type { GuestLimits } from '../engine/guest-limits.ts';
import type { GuestRequest, PooledApp, PoolLoad } from '../engine/pool.ts';
import type { CodedError } from '../lib/errors.ts';
import type { Slots } from '../lib/slots.ts';
import type { Deadlines } from './deadlines.ts';
import { fail } from './errors.ts';
import type { CallFacts, CallSlot } from './guest-call.ts';
import { allLimits, callLimits } from './guest-limits.ts';
import type { GuestRun, GuestRunner, GuestTaskHost } from './guest-runner.ts';
import { interfacesOf } from './interfaces-of.ts';
import type { Freed, Shortage } from './room.ts';

export interface InlineAppOptions {
  readonly load: PoolLoad;
  /** Of each module. */
  readonly modules: readonly InstancePre[];
  /** How long one call may take. */
  readonly deadlineMs: number;
}

export interface InlineAppDeps {
  readonly runner: GuestRunner;
  readonly clock: Clock;
  readonly deadlines: Deadlines;
  /** Places of the whole pool, and of this application; a call needs one of both. */
  readonly slots: Slots;
  readonly own: Slots;
  /** Rings when a call of any application is over. */
  readonly freed: Freed;
  readonly shortage: Shortage;
  /** It is disposed: lets go of what it was made of. */
  readonly gone: () => void;
}

/** One load of one application whose guests run in this thread. */
export class InlineApp implements PooledApp {
  readonly exports: readonly ReadonlySet<string>[];
  readonly imports: readonly ReadonlySet<string>[];
  readonly #options: InlineAppOptions;
  readonly #deps: InlineAppDeps;
  readonly #identities: readonly { readonly id: string; readonly name: string }[];
  readonly #guest: GuestLimits;
  readonly #limits: CallLimits;
  readonly #end = new AbortController();
  /** Calls whose guests wait. */
  readonly #waiting = new Set<InlineCall>();

  constructor(options: InlineAppOptions, deps: InlineAppDeps) {
    this.#options = options;
    this.#guest = allLimits(options.load.limits, options.deadlineMs);
    this.#limits = callLimits(this.#guest);
    this.#deps = deps;
    const { modules, load } = options;
    this.#identities = load.modules.map(({ id, name }) => ({ id, name }));
    this.exports = modules.map(({ component }) => new Set(component.exports.map(({ name }) => name)));
    this.imports = modules.map(({ component }) => interfacesOf(component.imports));
  }

  call(request: GuestRequest): Promise<unknown> {
    const { slots, own } = this.#deps;
    if (this.#end.signal.aborted) return Promise.reject(this.#end.signal.reason);
    // First of its own: an application that waits for a place must hold none that another could use.
    if (!own.tryTake()) return this.#whenOwn(request);
    return slots.tryTake() ? this.#run(request) : this.#whenFree(request);
  }

  end(reason: CodedError): void {
    this.#end.abort(reason);
    this.#deps.freed.wake();
    for (const call of this.#waiting) call.end(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end(engineFail('APP_UNLOADED', { app: this.#options.load.app.name }));
    await Promise.allSettled([...this.#waiting].map((call) => call.outcome));
    this.#deps.gone();
  }

  async #whenOwn(request: GuestRequest): Promise<unknown> {
    const { slots, own } = this.#deps;
    await own.take({ signal: this.#end.signal });
    return slots.tryTake() ? this.#run(request) : this.#whenFree(request);
  }

  async #whenFree(request: GuestRequest): Promise<unknown> {
    const { slots, own } = this.#deps;
    try {
      await slots.take({ signal: this.#end.signal });
    } catch (error) {
      own.release();
      throw error;
    }
    return this.#run(request);
  }

  /** There is no memory for it now. */
  async #whenRoom(request: GuestRequest, pre: InstancePre): Promise<unknown> {
    const { runner, freed, shortage } = this.#deps;
    const { app, log } = this.#options.load;
    shortage(app.name, log);
    while (!this.#end.signal.aborted && !runner.fits(pre, app.name)) await freed.wait();
    return this.#run(request);
  }

  /** Both places are this call's. */
  #run(request: GuestRequest): Promise<unknown> {
    const { runner, clock, deadlines } = this.#deps;
    const { load, modules } = this.#options;
    const limits = this.#guest;
    const [pre, module] = [modules[request.module], this.#identities[request.module]];
    const { aborted } = this.#end.signal;
    if (pre && !aborted && !runner.fits(pre, load.app.name)) return this.#whenRoom(request, pre);
    const call = new InlineCall({ load, module: request.module }, (ended) => this.#leave(ended));
    // It may have ended between the moment that gave it a place and this one.
    if (aborted) call.threw(this.#end.signal.reason, 0);
    else if (!pre || !module) call.threw(new RangeError(`There is no module ${request.module}`), 0);
    else {
      const { event, counter, args } = request;
      const { settings } = load.modules[request.module] ?? {};
      const { app, vfs, log } = load;
      const facts = { app, module, event, counter, vfs, settings, log, limits };
      const started = pre.suspends(event.name) ? clock.monotonic() : 0n;
      const run = runner.run({ pre, facts, args, limits: this.#limits, host: call });
      if (!call.isOver) {
        this.#waiting.add(call);
        call.waits(run);
        call.deadline = deadlines.add(started + BigInt(limits.wallClockMs) * 1_000_000n, () => {
          call.end(deadlineOf(facts, limits.wallClockMs));
          return undefined;
        });
      }
    }
    return call.outcome;
  }

  #leave(call: InlineCall): void {
    this.#waiting.delete(call);
    this.#deps.slots.release();
    this.#deps.own.release();
    this.#deps.freed.wake();
  }
}

/** One call in this thread. */
class InlineCall implements GuestTaskHost {
  readonly #load: PoolLoad;
  readonly #module: number;
  readonly #leave: (call: InlineCall) => void;
  readonly #outcome = Promise.withResolvers<unknown>();
  #run: GuestRun | undefined;
  deadline: Disposable | undefined;
  isOver = false;

  constructor(of: { readonly load: PoolLoad; readonly module: number }, leave: (call: InlineCall) => void) {
    this.#load = of.load;
    this.#module = of.module;
    this.#leave = leave;
  }

  get outcome(): Promise<unknown> {
    return this.#outcome.promise;
  }

  /** Its guest waits, and can be ended. */
  waits(run: GuestRun): void {
    this.#run = run;
  }

  end(reason: CodedError): void {
    this.#run?.end(reason);
  }

  async ask(extension: string, method: string, slot: CallSlot, args: readonly unknown[]): Promise<unknown> {
    return slot.fair(await this.#load.answer(extension, method, callerOf(slot), args));
  }

  returned(value: unknown, fuel: number): void {
    this.#over(fuel);
    this.#outcome.resolve(value);
  }

  threw(error: unknown, fuel: number): void {
    this.#over(fuel);
    this.#outcome.reject(error);
  }

  #over(fuel: number): void {
    this.isOver = true;
    this.#load.spent?.(this.#module, fuel);
    this.deadline?.[Symbol.dispose]();
    this.#leave(this);
  }
}

/** Few services look at the signal, so it is made when one does. */
function callerOf(slot: CallSlot): Caller {
  const { module, event, counter } = slot;
  return {
    module,
    event,
    counter,
    get signal() {
      return slot.signal;
    },
  };
}

function deadlineOf({ app, module, event }: CallFacts, ms: number): CodedError {
  const names = { app: app.name, module: module.name, event: event.id, on: event.name };
  return fail('DEADLINE', { ...names, ms });
}
