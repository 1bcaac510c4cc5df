import type { CodedError } from '../lib/errors.ts';
import type { CallSlot } from './guest-call.ts';
import type { GuestRun, GuestTaskHost } from './guest-runner.ts';
import type { WireCall } from './protocol.ts';

/** What a guest needs of the thread that it runs in. */
export interface GuestThread {
  /** A guest that waited goes on. Throws when it must not. */
  entering(guest: RunningGuest): void;
  /** Brings a host call to the main thread, which answers it by this number. */
  ask(guest: RunningGuest, ask: number, wanted: Wanted): void;
  returned(guest: RunningGuest, value: unknown, fuel: number): void;
  threw(guest: RunningGuest, error: unknown, fuel: number): void;
}

/** A method of the main half of an extension. */
export interface Wanted {
  readonly extension: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** A call in this thread, by the numbers that both sides know. */
export class RunningGuest implements GuestTaskHost {
  readonly call: number;
  readonly slot: number;
  /** WIT name of its export. */
  readonly on: string;
  readonly #thread: GuestThread;
  #run: GuestRun | undefined;
  /** Made by the first question: most guests ask nothing. */
  #asks: Map<number, PromiseWithResolvers<unknown>> | undefined;
  #lastAsk = 0;

  constructor(thread: GuestThread, { call, slot, event }: Omit<WireCall, 'args'>) {
    this.#thread = thread;
    this.call = call;
    this.slot = slot;
    this.on = event.name;
  }

  started(run: GuestRun): void {
    this.#run = run;
  }

  end(reason: CodedError): void {
    this.#run?.end(reason);
  }

  entering(): void {
    this.#thread.entering(this);
  }

  ask(extension: string, method: string, _: CallSlot, args: readonly unknown[]): Promise<unknown> {
    const ask = ++this.#lastAsk;
    const asked = Promise.withResolvers<unknown>();
    this.#asks ??= new Map();
    this.#asks.set(ask, asked);
    this.#thread.ask(this, ask, { extension, method, args });
    return asked.promise;
  }

  /** Takes out who waits for this answer. */
  take(ask: number): PromiseWithResolvers<unknown> | undefined {
    const asked = this.#asks?.get(ask);
    this.#asks?.delete(ask);
    return asked;
  }

  returned(value: unknown, fuel: number): void {
    this.#thread.returned(this, value, fuel);
  }

  threw(error: unknown, fuel: number): void {
    this.#thread.threw(this, error, fuel);
  }
}
