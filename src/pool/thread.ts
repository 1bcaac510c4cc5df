import type { CodedError } from '../lib/errors.ts';
import { createUsers } from '../lib/users.ts';
import { fromWire, toWire } from '../lib/wire.ts';
import { type Board, createBoard } from './board.ts';
import { fail } from './errors.ts';
import { createHearing, type Hearing } from './hearing.ts';
import { type Placed, Places } from './places.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import type { ThreadCall } from './thread-call.ts';
import type { ThreadOwner } from './thread-owner.ts';
import type { ThreadedApp } from './threaded-app.ts';
import { createWorkerLink, type WorkerLink } from './worker-link.ts';

export interface ThreadOptions {
  readonly halves: readonly { readonly name: string; readonly guest: URL }[];
  readonly clock: SharedArrayBuffer | undefined;
  readonly seed: string | undefined;
  /** Pages of 64 KiB that all instances in it may have together. */
  readonly pages: number;
  /** Calls that may be in the thread. */
  readonly instances: number;
  readonly heapMb: number;
  /** How long a call may take to end that was told to. */
  readonly graceMs: number;
}

/** One worker, the calls that are in it and the applications that it knows. */
export class Thread {
  readonly board: Board;
  readonly #options: ThreadOptions;
  readonly #owner: ThreadOwner;
  readonly #link: WorkerLink;
  readonly #places: Places;
  readonly #components = createUsers<number>();
  readonly #hearing: Hearing;
  readonly #loading = new Map<number, ThreadedApp>();
  readonly #loaded = new Map<number, ThreadedApp>();
  /** Those for which there is no memory here until a call is over. */
  readonly #full = new Set<ThreadedApp>();
  /** Calls whose guests run or are about to: those that wait for an answer do not count. */
  active = 0;
  /** No new calls: it is being replaced. */
  closed = false;

  constructor(options: ThreadOptions, owner: ThreadOwner) {
    const { halves, clock, seed, pages, instances, heapMb } = options;
    this.#options = options;
    this.#owner = owner;
    this.board = createBoard(instances);
    this.#places = new Places(instances);
    const start = {
      halves: halves.map(({ name, guest }) => ({ name, guest: guest.href })),
      board: this.board.memory,
      clock,
      seed,
      pages,
    };
    this.#hearing = createHearing((ping) => this.#link.send({ type: 'ping', ping }));
    this.#link = createWorkerLink(
      { start, heapMb },
      {
        received: (message) => this.#receive(message),
        refused: (message, error) => this.#refused(message, error),
        gone: (cause) => {
          this.closed = true;
          for (const app of [...this.#loading.values(), ...this.#loaded.values()])
            app.threadGone(this.#link.thread);
          owner.gone(this, cause);
        },
      },
    );
  }

  get ready(): Promise<void> {
    return this.#link.ready;
  }

  get inFlight(): number {
    return this.#places.taken;
  }

  /** Whether a call of this application may be started here. */
  takes(app: ThreadedApp): boolean {
    return !this.closed && this.#places.hasFree && this.#loaded.has(app.number) && !this.#full.has(app);
  }

  load(app: ThreadedApp): void {
    this.#loading.set(app.number, app);
    const components = app.components.filter(([number]) => this.#components.add(number));
    this.#link.send({
      type: 'load',
      load: app.number,
      app: app.app,
      modules: app.modules,
      components,
      files: app.files,
      limits: app.limits,
    });
  }

  unload(app: ThreadedApp): void {
    if (!this.#loading.delete(app.number) && !this.#loaded.delete(app.number)) return;
    this.#full.delete(app);
    this.#release(app);
    this.#link.send({ type: 'unload', load: app.number });
  }

  start(call: ThreadCall): void {
    const { number, slot } = this.#places.take(call);
    this.board.reset(slot);
    const { module, event, counter, args } = call.request;
    this.#activate(call, 1);
    const load = call.app.number;
    this.#link.send({ type: 'call', call: number, slot, load, module, event, counter, args });
  }

  /** When its guest was first entered. */
  startedAt(call: ThreadCall): bigint | undefined {
    const placed = this.#places.of(call);
    return placed && this.board.startedAt(placed.slot);
  }

  /** The call whose guest runs now. */
  get running(): ThreadCall | undefined {
    const slot = this.board.running;
    if (slot === undefined) return undefined;
    return this.board.startedAt(slot) === undefined ? undefined : this.#places.at(slot)?.call;
  }

  /**
   * Ends a call: its guest is not entered again. It settles when the worker says so; or after the grace, and a worker
   * whose guest still runs then is stuck.
   */
  end(call: ThreadCall, reason: CodedError): void {
    const placed = this.#places.of(call);
    if (!placed || call.ended) return;
    call.cancel(reason);
    this.board.end(placed.slot);
    this.#link.send({ type: 'end', call: placed.number, reason: toWire(reason) });
    placed.grace = setTimeout(() => {
      if (this.running === call) this.#owner.stuck(this, call, reason);
      else call.reject(reason);
    }, this.#options.graceMs);
  }

  /** How often in a row it did not answer. */
  get silent(): number {
    return this.#hearing.misses;
  }

  /** Once in a while: asks whether it hears, while it has calls. `late` when the main thread itself is. */
  tick(late: boolean): void {
    if (this.closed || this.inFlight === 0) this.#hearing.rest();
    else this.#hearing.ask(late);
  }

  /** Takes those calls away whose guests were not entered and now will not be: they may run elsewhere. */
  takeBack(): readonly ThreadCall[] {
    const taken: ThreadCall[] = [];
    for (const placed of this.#places.standing()) {
      if (placed.call.ended || !this.board.take(placed.slot)) continue;
      this.#detach(placed);
      taken.push(placed.call);
    }
    return taken;
  }

  /** Takes its calls away, with whether their guests had been entered. The worker must be gone. */
  clear(): readonly { readonly call: ThreadCall; readonly started: boolean }[] {
    return this.#places.standing().map((placed) => {
      this.#remove(placed);
      return { call: placed.call, started: this.board.startedAt(placed.slot) !== undefined };
    });
  }

  async terminate(): Promise<void> {
    this.closed = true;
    await this.#link.terminate();
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'done':
      case 'threw':
      case 'declined':
        this.#over(message);
        return;
      case 'ask':
        this.#ask(message);
        return;
      case 'line': {
        const app = this.#loaded.get(message.load) ?? this.#loading.get(message.load);
        const error = message.thrown === undefined ? undefined : fromWire(message.thrown);
        app?.log[message.level](message.message, message.fields, error);
        return;
      }
      case 'loaded': {
        const app = this.#loading.get(message.load);
        if (!app || !this.#loading.delete(message.load)) return;
        this.#loaded.set(message.load, app);
        app.loaded();
        this.#owner.roomier();
        return;
      }
      case 'unloadable': {
        const app = this.#loading.get(message.load);
        if (!app || !this.#loading.delete(message.load)) return;
        this.#release(app);
        app.refused(message.faults.map(({ module, thrown }) => ({ module, error: fromWire(thrown) })));
        return;
      }
      case 'pong':
        this.#hearing.answered(message.ping);
        return;
      case 'ready':
        return;
    }
  }

  #over(message: Extract<FromWorker, { readonly type: 'done' | 'threw' | 'declined' }>): void {
    const placed = this.#places.numbered(message.call);
    if (!placed) return;
    const { call } = placed;
    // Of one that was taken back only the place is left.
    const taken = call.placed !== placed;
    this.#remove(placed);
    if (message.type !== 'declined') {
      this.#full.clear();
      call.app.spent(call.request.module, message.fuel);
    } else if (message.full) {
      this.#full.add(call.app);
      call.app.short();
    }
    if (!taken && message.type === 'declined' && !call.ended) this.#owner.dispatch(call);
    else if (!taken) {
      if (message.type === 'done') call.resolve(message.value);
      else call.reject(message.type === 'threw' ? fromWire(message.thrown) : undefined);
      call.leave();
    }
    this.#owner.roomier();
  }

  /** Answers a guest. When its event has ended meanwhile nobody hears it. */
  #ask({ call: number, ask, extension, method, args }: Extract<FromWorker, { readonly type: 'ask' }>): void {
    const placed = this.#places.numbered(number);
    if (!placed || placed.call.ended) return;
    const { call } = placed;
    if (call.asks++ === 0) this.#activate(call, -1);
    this.#owner.roomier();
    const answered = (message: ToWorker): void => {
      if (this.#places.numbered(number) !== placed) return;
      if (--call.asks === 0) this.#activate(call, 1);
      if (!call.ended) this.#link.send(message);
    };
    Promise.try(() => call.app.answer(extension, method, call.caller(), args)).then(
      (value) => answered({ type: 'answer', call: number, ask, value }),
      (error: unknown) => answered({ type: 'refusal', call: number, ask, thrown: toWire(error) }),
    );
  }

  #refused(message: ToWorker, error: unknown): void {
    const crossing = fail('CANNOT_CROSS', {}, error);
    if (message.type === 'call')
      this.#receive({ type: 'threw', call: message.call, thrown: toWire(crossing), fuel: 0 });
    else if (message.type === 'answer' || message.type === 'refusal') {
      const { call, ask } = message;
      this.#link.send({ type: 'refusal', call, ask, thrown: toWire(crossing) });
    } else if (message.type === 'load') {
      const faults = [{ module: '', thrown: toWire(crossing) }];
      this.#receive({ type: 'unloadable', load: message.load, faults });
    }
  }

  #remove(placed: Placed): void {
    if (placed.call.placed === placed) this.#detach(placed);
    this.#places.release(placed);
  }

  /** The call is no longer here, though its place is taken until the worker has said so. */
  #detach({ call, grace }: Placed): void {
    clearTimeout(grace);
    if (call.asks === 0) this.#activate(call, -1);
    call.asks = 0;
    call.placed = undefined;
  }

  #activate(call: ThreadCall, by: 1 | -1): void {
    this.active += by;
    call.app.activate(this, by);
  }

  #release(app: ThreadedApp): void {
    for (const [number] of app.components) this.#components.remove(number);
  }
}
