import type { Component } from '../component/api.ts';
import { fail as engineFail } from '../engine/errors.ts';
import type { AnswerRemote, GuestRequest, PooledApp, PoolLoad } from '../engine/pool.ts';
import type { CodedError } from '../lib/errors.ts';
import { createSlots, type Slots } from '../lib/slots.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { VfsRecipe } from '../vfs/vfs.ts';
import { type ModuleFault, refusal } from './prepare.ts';
import type { WireModule } from './protocol.ts';
import type { Thread } from './thread.ts';
import { ThreadCall } from './thread-call.ts';

/** What an application needs of its pool. */
export interface AppOwner {
  /** Places of the whole pool. */
  readonly slots: Slots;
  /** Places that one application may have. */
  readonly share: number;
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
  readonly log: Logger;
  readonly answer: AnswerRemote;
  readonly exports: readonly ReadonlySet<string>[];
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
    // Two modules may have one component, which is sent once.
    this.components = [...new Map(components)];
    this.modules = load.modules.map(({ id, name, settings }, index) => ({
      id,
      name,
      settings,
      component: components[index]?.[0] ?? -1,
    }));
    this.exports = components.map(([, { exports }]) => new Set(exports.map(({ name }) => name)));
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

  identity(module: number): { readonly id: string; readonly name: string } {
    const { id = '', name = '' } = this.modules[module] ?? {};
    return { id, name };
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

  stop(reason: CodedError): void {
    this.#load.stop?.(reason);
  }

  async call(request: GuestRequest): Promise<unknown> {
    const { signal } = this.#end;
    const { slots } = this.#owner;
    if (!this.modules[request.module]) throw new RangeError(`There is no module ${request.module}`);
    signal.throwIfAborted();
    // First of its own: an application that waits for a place must hold none that another could use.
    if (!this.#own.tryTake()) await this.#own.take({ signal });
    const stack = new DisposableStack();
    stack.defer(() => this.#own.release());
    try {
      if (!slots.tryTake()) await slots.take({ signal });
      stack.defer(() => slots.release());
      // It may have ended between the moment that gave it a place and this one.
      signal.throwIfAborted();
    } catch (error) {
      stack.dispose();
      throw error;
    }
    const call = new ThreadCall(this, request);
    this.#calls.add(call);
    void call.gone.then(() => {
      this.#calls.delete(call);
      stack.dispose();
    });
    this.#owner.dispatch(call);
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
