/**
 * What one instance of a component is while it lives.
 *
 * @module
 */
import { GuestResource } from './guest-resource.ts';
import { Part } from './handles.ts';
import { describeTrap, type Where } from './traps.ts';

export class State {
  /** First argument of every host function. */
  call: unknown;
  /** The outcome, once the instance was trapped or ended. */
  trapped: Error | undefined;
  /** While core modules are instantiated. */
  starting = true;
  /** What is being lifted or lowered: a parameter by index, or one of the marks in `traps.ts`. */
  at = 0;
  /** Whether the guest now runs on a stack that can be suspended. */
  suspendable = false;
  readonly parts: readonly Part[];
  readonly fault: Error;
  /** Runs the destructor of a guest resource; set by the instance. Refuses one that may suspend unless awaited. */
  destroy: (resource: number, rep: number, awaited: boolean) => unknown = () => undefined;
  #abort: ((reason: Error) => void) | undefined;

  constructor(fault: Error, parts: number, call: unknown) {
    this.fault = fault;
    this.parts = Array.from({ length: parts }, () => new Part());
    this.call = call;
  }

  /**
   * Poisons the instance with what this failure amounts to, unless it is poisoned already, and answers what to
   * throw into the guest.
   */
  trap(error: unknown, where: Where, at: number): Error {
    this.trapped ??= describeTrap(error, where, at);
    return this.fault;
  }

  /**
   * Waits for a host function's promise on behalf of a suspended guest. The wait ends with the instance; an
   * answer that comes later settles nothing.
   */
  suspend(promise: unknown): Promise<unknown> {
    if (this.trapped !== undefined) return Promise.reject(this.fault);
    const { promise: settled, resolve, reject } = Promise.withResolvers();
    this.#abort = reject;
    Promise.resolve(promise).then(resolve, reject);
    return settled;
  }

  /** Ends what runs or is suspended here, with this outcome. */
  end(reason: Error): void {
    this.trapped ??= reason;
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

  /** Ends everything and disposes the host resources that the guest still held: all, even when one throws. */
  dispose(ended: Error): void {
    this.end(ended);
    const alive = this.parts.flatMap((part) => part.handles.clear());
    if (alive.length === 0) return;
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
