import type { Caller } from '../engine/extension.ts';
import type { GuestRequest } from '../engine/pool.ts';
import type { CodedError } from '../lib/errors.ts';
import type { Placed } from './places.ts';
import type { ThreadedApp } from './threaded-app.ts';

/** One call on its way through a thread. It settles once, and is gone once: then nothing of it is left anywhere. */
export class ThreadCall {
  readonly app: ThreadedApp;
  readonly request: GuestRequest;
  /** Why it was ended, if it was. */
  ended: CodedError | undefined;
  /** Remote calls that wait for an answer: while there are any, its guest is suspended. */
  asks = 0;
  /** Threads that were lost while it stood in them. */
  losses = 0;
  /** What ends it when it takes too long. */
  deadline: Disposable | undefined;
  /** Where it stands, while it does. */
  placed: Placed | undefined;
  readonly #outcome = Promise.withResolvers<unknown>();
  #gone: PromiseWithResolvers<void> | undefined;
  #isGone = false;
  #abort: AbortController | undefined;
  #isOver = false;

  constructor(app: ThreadedApp, request: GuestRequest) {
    this.app = app;
    this.request = request;
  }

  /** What errors and log lines say of it. */
  get names(): Readonly<Record<'app' | 'module' | 'event' | 'on', string | number>> {
    const { module, event } = this.request;
    return {
      app: this.app.app.name,
      module: this.app.identity(module).name,
      event: event.id,
      on: event.name,
    };
  }

  get outcome(): Promise<unknown> {
    return this.#outcome.promise;
  }

  /** Resolves when nothing of it is left in any thread. */
  get gone(): Promise<void> {
    if (this.#isGone) return Promise.resolve();
    this.#gone ??= Promise.withResolvers();
    return this.#gone.promise;
  }

  resolve(value: unknown): void {
    this.#outcome.resolve(value);
    this.#over(undefined);
  }

  /** Rejects with this, or with why it was ended. */
  reject(error: unknown): void {
    this.#outcome.reject(this.ended ?? error);
    this.#over(undefined);
  }

  /** Its host functions are no longer wanted, though its guest may still be there. */
  cancel(reason: CodedError): void {
    this.ended ??= reason;
    this.#over(reason);
  }

  leave(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.deadline?.[Symbol.dispose]();
    this.app.left(this);
    this.#gone?.resolve();
  }

  /** Who asks, for the main halves of extensions. The signal is made when somebody looks at it. */
  caller(): Caller {
    const { event, counter } = this.request;
    const signal = (): AbortSignal => this.#signal();
    return {
      module: this.app.identity(this.request.module),
      event,
      counter,
      get signal() {
        return signal();
      },
    };
  }

  #signal(): AbortSignal {
    if (!this.#abort) {
      this.#abort = new AbortController();
      if (this.#isOver) this.#abort.abort(this.ended);
    }
    return this.#abort.signal;
  }

  #over(reason: CodedError | undefined): void {
    this.#isOver = true;
    this.#abort?.abort(reason);
  }
}
