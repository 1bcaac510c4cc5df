import type { Component } from '../component/api.ts';
import { fail as engineFail } from '../engine/errors.ts';
import type { GuestLimits } from '../engine/guest-limits.ts';
import type { AnswerRemote, GuestRequest, PooledApp, PoolLoad } from '../engine/pool.ts';
import type { CodedError } from '../lib/errors.ts';
import { createSlots, type Slots } from '../lib/slots.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { VfsRecipe } from '../vfs/vfs.ts';
import { allLimits } from './guest-limits.ts';
import { interfacesOf } from './interfaces-of.ts';
import { type ModuleFault, refusal } from './prepare.ts';
import type { WireModule } from './protocol.ts';
import type { Shortage } from './room.ts';
import type { Thread } from './thread.ts';
import { ThreadCall } from './thread-call.ts';

/** What an application needs of its pool. */
export interface AppOwner {
  /** Places of the whole pool. */
  readonly slots: Slots;
  /** Places that one application may have. */
  readonly share: number;
  /** How long a call may take, unless its application says otherwise. */
  readonly deadlineMs: number;
  readonly shortage: Shortage;
  dispatch(call: ThreadCall): void;
  end(call: ThreadCall, reason: CodedError): void;
  unload(app: ThreadedApp): void;
}

export interface ThreadedAppOptions {
  readonly number: number;
  readonly load: PoolLoad;
  readonly files: VfsRecipe;
  /** Of each module: its component, and the number under which all threads know it. */
  readonly components: readonly (readonly [number: number, component: Component])[];
}

/** Lost threads in this time are too many. */
const REMEMBERED_NS = 600_000_000_000n;

/** One load of one application, in every thread of a pool. */
export class ThreadedApp implements PooledApp {
  readonly number: number;
  readonly app: PoolLoad['app'];
  readonly modules: readonly WireModule[];
  readonly components: ThreadedAppOptions['components'];
  readonly files: VfsRecipe;
  readonly limits: GuestLimits;
  readonly log: Logger;
  readonly answer: AnswerRemote;
  readonly exports: readonly ReadonlySet<string>[];
  readonly imports: readonly ReadonlySet<string>[];
  readonly #load: PoolLoad;
  readonly #owner: AppOwner;
  readonly #own: Slots;
  readonly #ready = Promise.withResolvers<void>();
  #isReady = false;
  readonly #end = new AbortController();
  readonly #calls = new Set<ThreadCall>();
  /** Calls that run, by thread. */
  readonly #active = new Map<Thread, number>();
  /** When it cost a thread, in monotonic nanoseconds. */
  #costs: readonly bigint[] = [];

  constructor({ number, load, files, components }: ThreadedAppOptions, owner: AppOwner) {
    this.number = number;
    this.app = load.app;
    this.log = load.log;
    this.answer = load.answer;
    this.files = files;
    this.limits = allLimits(load.limits, owner.deadlineMs);
    // Two modules may have one component, which is sent once.
    this.components = [...new Map(components)];
    this.modules = load.modules.map(({ id, name, settings }, index) => ({
      id,
      name,
      settings,
      component: components[index]?.[0] ?? -1,
    }));
    this.exports = components.map(([, { exports }]) => new Set(exports.map(({ name }) => name)));
    this.imports = components.map(([, { imports }]) => interfacesOf(imports));
    this.#load = load;
    this.#owner = owner;
    this.#own = createSlots(owner.share);
    // Whoever loads it waits for `ready`; but it may be ended before anybody does.
    this.#ready.promise.catch(() => undefined);
  }

  /** Resolves when a thread has it; rejects when one refuses it, or when it is ended before. */
  get ready(): Promise<void> {
    return this.#ready.promise;
  }

  /** Calls that wait for a place of its own. */
  get waiting(): number {
    return this.#own.waiting;
  }

  /** Threads in which its guests run. */
  get threads(): ReadonlyMap<Thread, number> {
    return this.#active;
  }

  /** Whether guests of another one of these run. */
  othersRun(apps: Iterable<ThreadedApp>): boolean {
    for (const other of apps) if (other !== this && other.threads.size > 0) return true;
    return false;
  }

  identity(module: number): { readonly id: string; readonly name: string } {
    const { id = '', name = '' } = this.modules[module] ?? {};
    return { id, name };
  }

  /** What its guests had open there is closed. */
  threadGone(thread: number): void {
    this.#load.vfs.threadGone?.(thread);
  }

  loaded(): void {
    this.#isReady = true;
    this.#ready.resolve();
  }

  /** Once it runs, only a thread that takes the place of a lost one can find it changed: its folder may be gone. */
  refused(faults: readonly ModuleFault[]): void {
    const reason = refusal(this.app.name, faults);
    if (this.#isReady) this.stop(reason);
    else this.#ready.reject(reason);
  }

  activate(thread: Thread, by: 1 | -1): void {
    const active = (this.#active.get(thread) ?? 0) + by;
    if (active === 0) this.#active.delete(thread);
    else this.#active.set(thread, active);
  }

  /** It took a thread down; answers whether that is once too often. */
  cost(now: bigint): boolean {
    this.#costs = [...this.#costs.filter((at) => now - at < REMEMBERED_NS), now];
    return this.#costs.length === 2;
  }

  /** A call of it found no memory in its thread. */
  short(): void {
    this.#owner.shortage(this.app.name, this.log);
  }

  stop(reason: CodedError): void {
    this.#load.stop?.(reason);
  }

  /** A call of one of its modules has taken so much fuel. */
  spent(module: number, fuel: number): void {
    this.#load.spent?.(module, fuel);
  }

  call(request: GuestRequest): Promise<unknown> {
    const { signal } = this.#end;
    if (!this.modules[request.module])
      return Promise.reject(new RangeError(`There is no module ${request.module}`));
    if (signal.aborted) return Promise.reject(signal.reason);
    // First of its own: an application that waits for a place must hold none that another could use.
    if (!this.#own.tryTake()) return this.#whenOwn(request);
    return this.#owner.slots.tryTake() ? this.#begin(request) : this.#whenFree(request);
  }

  /** Of one of its calls nothing is left. */
  left(call: ThreadCall): void {
    this.#calls.delete(call);
    this.#owner.slots.release();
    this.#own.release();
  }

  async #whenOwn(request: GuestRequest): Promise<unknown> {
    await this.#own.take({ signal: this.#end.signal });
    return this.#owner.slots.tryTake() ? this.#begin(request) : this.#whenFree(request);
  }

  async #whenFree(request: GuestRequest): Promise<unknown> {
    try {
      await this.#owner.slots.take({ signal: this.#end.signal });
    } catch (error) {
      this.#own.release();
      throw error;
    }
    return this.#begin(request);
  }

  /** Both places are this call's. */
  #begin(request: GuestRequest): Promise<unknown> {
    const call = new ThreadCall(this, request);
    this.#calls.add(call);
    // It may have ended between the moment that gave it a place and this one.
    if (this.#end.signal.aborted) {
      call.reject(this.#end.signal.reason);
      call.leave();
    } else this.#owner.dispatch(call);
    return call.outcome;
  }

  end(reason: CodedError): void {
    this.#end.abort(reason);
    this.#ready.reject(reason);
    for (const call of [...this.#calls]) this.#owner.end(call, reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.end(engineFail('APP_UNLOADED', { app: this.app.name }));
    await Promise.all([...this.#calls].map((call) => call.gone));
    this.#owner.unload(this);
  }
}
