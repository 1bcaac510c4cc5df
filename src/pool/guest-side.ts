/**
 * What a worker does with its messages. Whatever goes on in microtasks has the rest of its turn for itself: a guest
 * that goes on runs in the turn that let it, so that the board always names the one that runs.
 *
 * @module
 */
import type { CallLimits, Component, InstancePre } from '../component/api.ts';
import type { Clock } from '../engine/extension.ts';
import type { CodedError } from '../lib/errors.ts';
import { fromWire, toWire } from '../lib/wire.ts';
import type { Vfs } from '../vfs/vfs.ts';
import type { Board } from './board.ts';
import { fail } from './errors.ts';
import { callLimits } from './guest-limits.ts';
import type { GuestRunner } from './guest-runner.ts';
import { createLineLogger } from './lines.ts';
import { noteObstacles } from './note-obstacles.ts';
import type { Outbox } from './outbox.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import { type GuestThread, RunningGuest, type Wanted } from './running-guest.ts';

/**
 * What the main thread should know of before a guest runs that may never end: answers older than this. Sooner would
 * cost it as much for a message as for what most messages say.
 */
const FRESH_MS = 3;

export interface GuestSideDeps {
  readonly runner: GuestRunner;
  readonly board: Board;
  readonly clock: Clock;
  readonly outbox: Outbox<FromWorker>;
  readonly openFiles: (recipe: LoadMessage['files']) => Promise<Vfs>;
}

type Message<T extends ToWorker['type']> = Extract<ToWorker, { readonly type: T }>;
type LoadMessage = Message<'load'>;
type CallMessage = Message<'call'>;

interface Linked {
  readonly component: Component;
  pre: InstancePre | undefined;
  users: number;
}

interface Load {
  readonly message: LoadMessage;
  readonly modules: readonly InstancePre[];
  readonly limits: CallLimits;
  readonly vfs: Vfs;
  readonly log: ReturnType<typeof createLineLogger>;
}

/** Runs guests as the main thread says. */
export class GuestSide implements GuestThread {
  readonly #deps: GuestSideDeps;
  readonly #components = new Map<number, Linked>();
  readonly #loading = new Set<number>();
  readonly #loads = new Map<number, Load>();
  /** By the numbers of their calls. */
  readonly #running = new Map<number, RunningGuest>();
  #leaving = false;

  constructor(deps: GuestSideDeps) {
    this.#deps = deps;
  }

  async load(message: LoadMessage): Promise<void> {
    const { load } = message;
    const { outbox, openFiles } = this.#deps;
    this.#loading.add(load);
    for (const [number, component] of message.components)
      this.#components.set(number, { component, pre: undefined, users: 0 });
    const faults: { readonly module: string; readonly thrown: ReturnType<typeof toWire> }[] = [];
    const modules: InstancePre[] = [];
    for (const { name, component } of message.modules) {
      try {
        const pre = this.#link(component);
        modules.push(pre);
        noteObstacles(createLineLogger(load, outbox), name, pre);
      } catch (error) {
        faults.push({ module: name, thrown: toWire(error) });
      }
    }
    try {
      const vfs = await openFiles(message.files);
      const limits = callLimits(message.limits);
      this.#loads.set(load, { message, modules, limits, vfs, log: createLineLogger(load, outbox) });
    } catch (error) {
      faults.push({ module: '', thrown: toWire(error) });
    }
    // Unloaded before it was loaded: nobody waits for the answer.
    const wanted = this.#loading.delete(load);
    if (faults.length > 0 || !wanted) this.#forget(message);
    outbox.send(faults.length > 0 ? { type: 'unloadable', load, faults } : { type: 'loaded', load });
  }

  unload({ load }: Message<'unload'>): void {
    if (this.#loading.delete(load)) return;
    const found = this.#loads.get(load);
    if (found) this.#forget(found.message);
  }

  /** Answers whether the call is over. */
  call(message: CallMessage): boolean {
    const { outbox, runner } = this.#deps;
    const { call, slot, event, counter, args } = message;
    const found = this.#loads.get(message.load);
    const pre = found?.modules[message.module];
    const module = found?.message.modules[message.module];
    if (!found || !pre || !module) {
      const thrown = toWire(new RangeError(`There is no module ${message.module}`));
      outbox.send({ type: 'threw', call, thrown, fuel: 0 });
      return true;
    }
    outbox.flushOlderThan(FRESH_MS);
    if (!runner.fits(pre, found.message.app.name)) {
      outbox.send({ type: 'declined', call, full: true });
      return true;
    }
    if (!this.#enter(slot)) {
      outbox.send({ type: 'declined', call, full: false });
      return true;
    }
    const { log, vfs } = found;
    const { limits } = found.message;
    const { id, name, settings } = module;
    const facts = {
      app: found.message.app,
      module: { id, name },
      event,
      counter,
      vfs,
      settings,
      log,
      limits,
    };
    const guest = new RunningGuest(this, message);
    this.#running.set(call, guest);
    guest.started(runner.run({ pre, facts, args, limits: found.limits, host: guest }));
    return !this.#running.has(call);
  }

  entering({ slot, on }: RunningGuest): void {
    this.#deps.outbox.flushOlderThan(FRESH_MS);
    if (!this.#enter(slot)) throw fail('DEADLINE', { event: on });
  }

  ask({ call }: RunningGuest, ask: number, wanted: Wanted): void {
    this.#deps.outbox.send({ type: 'ask', call, ask, ...wanted });
  }

  returned({ call }: RunningGuest, value: unknown, fuel: number): void {
    this.#running.delete(call);
    this.#deps.outbox.send({ type: 'done', call, value, fuel });
  }

  threw({ call }: RunningGuest, error: unknown, fuel: number): void {
    this.#running.delete(call);
    this.#deps.outbox.send({ type: 'threw', call, thrown: toWire(error), fuel });
  }

  end({ call, reason }: Message<'end'>): void {
    this.#running.get(call)?.end(fromWire(reason) as CodedError);
  }

  answer({ call, ask, value }: Message<'answer'>): void {
    this.#running.get(call)?.take(ask)?.resolve(value);
  }

  refusal({ call, ask, thrown }: Message<'refusal'>): void {
    this.#running.get(call)?.take(ask)?.reject(fromWire(thrown));
  }

  /** What could not be posted: its call hears it. */
  refused(message: FromWorker, error: unknown): void {
    const { outbox } = this.#deps;
    const crossing = fail('CANNOT_CROSS', {}, error);
    switch (message.type) {
      case 'ask':
        this.#running.get(message.call)?.take(message.ask)?.reject(crossing);
        return;
      case 'done':
      case 'threw':
        outbox.send({ type: 'threw', call: message.call, thrown: toWire(crossing), fuel: message.fuel });
        return;
      case 'line':
        outbox.send({ ...message, fields: {}, thrown: toWire(crossing) });
        return;
      default:
        throw crossing;
    }
  }

  #link(number: number): InstancePre {
    const linked = this.#components.get(number);
    if (!linked) throw new RangeError(`There is no component ${number}`);
    linked.users++;
    linked.pre ??= this.#deps.runner.link(linked.component);
    return linked.pre;
  }

  #forget({ load, modules }: LoadMessage): void {
    this.#loads.delete(load);
    for (const { component } of modules) {
      const linked = this.#components.get(component);
      if (!linked || --linked.users > 0) continue;
      linked.pre?.[Symbol.dispose]();
      this.#components.delete(component);
    }
  }

  #enter(slot: number): boolean {
    const { board, clock } = this.#deps;
    if (!this.#leaving) {
      this.#leaving = true;
      setImmediate(() => {
        this.#leaving = false;
        board.leave();
      });
    }
    return board.enter(slot, clock.monotonic());
  }
}
