import type { Call, Clock, EventRef } from '../engine/extension.ts';
import { type GuestLimits, guestDefaults } from '../engine/guest-limits.ts';
import { type GuestSettings, settingsOf } from '../engine/settings.ts';
import { failures } from '../lib/errors.ts';
import { createRandom, type Random } from '../lib/random.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Vfs } from '../vfs/vfs.ts';

export const errors = {
  CALL_ENDED: { blame: 'host', text: 'Cannot make host call: the event that it belongs to has ended' },
  CALL_OF_NOBODY: {
    blame: 'host',
    text: 'Cannot make remote call: a method of an object that its extension made itself must use the call that made it',
  },
  CALL_ASKS: {
    blame: 'host',
    text: 'Cannot make remote call: too many of this event wait already; its extension must wait for their answers',
  },
} as const;
const fail = failures(errors);

/** What is known of a call before it runs. */
export interface CallFacts {
  readonly app: { readonly name: string; readonly version: string };
  readonly module: { readonly id: string; readonly name: string };
  readonly event: EventRef & { readonly name: string };
  readonly counter: number;
  readonly vfs: Vfs;
  /** Without them the module is told its name and that of its application. */
  readonly settings?: GuestSettings | undefined;
  /** The defaults, unless given. */
  readonly limits?: GuestLimits | undefined;
  /** Of the application's guests. */
  readonly log: Logger;
}

/** Remote calls of one event that may wait at once. A guest waits for one; only extensions make more. */
const MOST_ASKS = 64;
/** Answers without a turn of the event loop. */
const MOST_AT_ONCE = 256;

/** What stands behind one call of a guest. */
export interface GuestHost {
  /** Brings a host call to the extension's binding. */
  ask(extension: string, method: string, slot: CallSlot, args: readonly unknown[]): Promise<unknown>;
  /** The guest is about to be entered again, after it waited. Throws when it must not be. */
  entering?(): void;
  /** The guest is about to wait. */
  leaving?(): void;
}

/** What the slots of one thread have in common. */
export interface SlotDeps {
  readonly clock: Clock;
  /** Makes chance repeatable: each call has its own, by its application, module and counter. */
  readonly seed?: string | undefined;
}

/**
 * One call of one guest, shared by all extensions: it lies in the instance's slot, and each extension gets its
 * own view of it. It is a call itself, but of no extension, so `remote` fails: methods of resources that a host
 * function made, and not the guest, are given the slot. Everything that costs is made on first use: most events
 * log nothing and keep no state.
 */
export class CallSlot implements Call, Disposable {
  readonly facts: CallFacts;
  readonly #host: GuestHost;
  readonly #deps: SlotDeps;
  #random: Random | undefined;
  #views: CallView[] | undefined;
  #states: Map<symbol, Disposable> | undefined;
  #abort: AbortController | undefined;
  #log: Logger | undefined;
  #asks = 0;
  #atOnce = 0;
  #ended = false;

  constructor(facts: CallFacts, host: GuestHost, deps: SlotDeps) {
    this.facts = facts;
    this.#host = host;
    this.#deps = deps;
  }

  get app(): Call['app'] {
    return this.facts.app;
  }

  get module(): Call['module'] {
    return this.facts.module;
  }

  get event(): Call['event'] {
    return this.facts.event;
  }

  get counter(): number {
    return this.facts.counter;
  }

  get vfs(): Vfs {
    return this.facts.vfs;
  }

  get clock(): Clock {
    return this.#deps.clock;
  }

  get limits(): GuestLimits {
    return this.facts.limits ?? guestDefaults;
  }

  /** The call as the extension of this number and name sees it. */
  view(index: number, extension: string): Call {
    this.#views ??= [];
    const known = this.#views[index];
    if (known) return known;
    const made = new CallView(this, extension);
    this.#views[index] = made;
    return made;
  }

  get settings(): GuestSettings {
    const { app, module, settings } = this.facts;
    return settings ?? settingsOf({ app: app.name, module: module.name });
  }

  get random(): Random {
    const { app, module, counter } = this.facts;
    const seed = this.#deps.seed && JSON.stringify([this.#deps.seed, app.name, module.name, counter]);
    this.#random ??= createRandom(seed);
    return this.#random;
  }

  get log(): Logger {
    const { module, event, counter } = this.facts;
    this.#log ??= this.facts.log.child({ module: module.name, event: event.id, on: event.name, counter });
    return this.#log;
  }

  get signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#ended) this.#abort.abort(this.#endReason());
    }
    return this.#abort.signal;
  }

  async remote(method: string): Promise<never> {
    throw fail('CALL_OF_NOBODY', { method });
  }

  async ask(extension: string, method: string, args: readonly unknown[]): Promise<unknown> {
    if (this.#ended) throw this.#endReason();
    if (this.#asks >= MOST_ASKS) throw fail('CALL_ASKS', { extension, method, max: MOST_ASKS });
    this.#asks++;
    try {
      return await this.waited(this.#host.ask(extension, method, this, args));
    } finally {
      this.#asks--;
    }
  }

  /**
   * An answer for which nobody had to wait. A guest that gets one after the other would never let the event loop
   * have its turn, nor its own deadline be heard: every so often such an answer is a promise.
   */
  fair<T>(answer: T): T | Promise<T> {
    if (++this.#atOnce % MOST_AT_ONCE !== 0) return answer;
    return new Promise((resolve) => setImmediate(() => resolve(answer)));
  }

  /** What a suspended guest waits for: whoever watches over guests hears that this one goes on. */
  async waited<T>(promise: Promise<T>): Promise<T> {
    if (!this.#ended) this.#host.leaving?.();
    try {
      return await promise;
    } finally {
      if (!this.#ended) this.#host.entering?.();
    }
  }

  state<T extends Disposable>(key: symbol, make: () => T): T {
    if (this.#ended) throw this.#endReason();
    this.#states ??= new Map();
    // Keyed by the extension's own symbol, so it holds what that extension's `make` returned.
    return this.#states.getOrInsertComputed(key, make) as T;
  }

  /** The event has ended: aborts the signal, then disposes what was made for it, the newest first. */
  [Symbol.dispose](): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#abort?.abort(this.#endReason());
    if (!this.#states) return;
    using stack = new DisposableStack();
    for (const state of this.#states.values()) stack.use(state);
  }

  #endReason(): Error {
    const { app, module, event } = this.facts;
    return fail('CALL_ENDED', { app: app.name, module: module.name, event: event.name });
  }
}

class CallView implements Call {
  readonly #slot: CallSlot;
  readonly #extension: string;

  constructor(slot: CallSlot, extension: string) {
    this.#slot = slot;
    this.#extension = extension;
  }

  get app(): Call['app'] {
    return this.#slot.app;
  }

  get module(): Call['module'] {
    return this.#slot.module;
  }

  get event(): Call['event'] {
    return this.#slot.event;
  }

  get counter(): number {
    return this.#slot.counter;
  }

  get vfs(): Vfs {
    return this.#slot.vfs;
  }

  get clock(): Clock {
    return this.#slot.clock;
  }

  get settings(): GuestSettings {
    return this.#slot.settings;
  }

  get limits(): GuestLimits {
    return this.#slot.limits;
  }

  get random(): Random {
    return this.#slot.random;
  }

  get log(): Logger {
    return this.#slot.log;
  }

  get signal(): AbortSignal {
    return this.#slot.signal;
  }

  remote(method: string, ...args: unknown[]): Promise<unknown> {
    return this.#slot.ask(this.#extension, method, args);
  }

  state<T extends Disposable>(key: symbol, make: () => T): T {
    return this.#slot.state(key, make);
  }
}
