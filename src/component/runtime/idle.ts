/**
 * Instances that wait for their next event, of all components of a thread: few enough, and not for ever.
 *
 * @module
 */
import { createGarbage, type Garbage } from './garbage.ts';

export interface IdleBounds {
  /** Instances of all components together. */
  readonly instances?: number;
  /** Bytes of their memories, as large as they are, touched or not. */
  readonly bytes?: number;
  /** Of these, what one component may have. */
  readonly perComponent?: { readonly instances?: number; readonly bytes?: number };
}

/** What may be kept by one thread. Give one to several linkers, and they share it. */
export interface Idle {
  readonly instances: number;
  readonly bytes: number;
  /** What was dropped here, or not kept in the first place. */
  readonly garbage: Garbage;
  /** A place for the instances of one component. */
  shelf<T>(): Shelf<T>;
  /**
   * To be called every so often: drops what has lain here since the call before the last, but one instance of each
   * component.
   */
  age(): void;
  /** Drops everything, as when there is no room for what is needed now. */
  clear(): void;
}

/** The newest is taken first: one that lay here for long is in no cache any more. */
export interface Shelf<T> extends Disposable {
  /** Whether anything is kept here: no more after disposal. */
  readonly open: boolean;
  readonly size: number;
  take(): T | undefined;
  /** Keeps it, and drops what lay longest where that is too much. */
  give(instance: T, bytes: number): void;
}

const DEFAULTS = { instances: 128, bytes: 256 * 2 ** 20 };

/**
 * Room for idle instances: 128 and 256 MiB unless given, and half of that for one component.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const idle = createIdle({ instances: 2, perComponent: { instances: 2 } });
 * const shelf = idle.shelf<string>();
 * for (const name of ['a', 'b', 'c']) shelf.give(name, 65_536);
 * assert.deepEqual([shelf.take(), shelf.take(), shelf.take()], ['c', 'b', undefined]);
 * ```
 */
export function createIdle(bounds: IdleBounds = {}): Idle {
  return new BoundedIdle(bounds);
}

interface Entry {
  readonly instance: unknown;
  readonly bytes: number;
  /** When it was put here, in calls of `age`. */
  readonly since: number;
}

interface Stack {
  /** The oldest first. */
  readonly entries: Entry[];
  bytes: number;
}

class BoundedIdle implements Idle {
  readonly #instances: number;
  readonly #bytes: number;
  readonly #own: { readonly instances: number; readonly bytes: number };
  readonly #stacks = new Set<Stack>();
  readonly garbage: Garbage = createGarbage();
  #age = 0;
  instances = 0;
  bytes = 0;

  constructor({ instances = DEFAULTS.instances, bytes = DEFAULTS.bytes, perComponent = {} }: IdleBounds) {
    this.#instances = instances;
    this.#bytes = bytes;
    this.#own = { instances: Math.ceil(instances / 2), bytes: Math.ceil(bytes / 2), ...perComponent };
  }

  shelf<T>(): Shelf<T> {
    const stack: Stack = { entries: [], bytes: 0 };
    this.#stacks.add(stack);
    const open = (): boolean => this.#stacks.has(stack);
    return {
      get open() {
        return open();
      },
      get size() {
        return stack.entries.length;
      },
      take: () => this.#take(stack)?.instance as T | undefined,
      give: (instance, bytes) => {
        if (open()) this.#give(stack, { instance, bytes, since: this.#age });
      },
      [Symbol.dispose]: () => {
        while (stack.entries.length > 0) this.#drop(stack);
        this.#stacks.delete(stack);
      },
    };
  }

  age(): void {
    this.#age += 1;
    for (const stack of this.#stacks) {
      while (stack.entries.length > 1 && (stack.entries[0] as Entry).since < this.#age - 1) this.#drop(stack);
    }
  }

  clear(): void {
    for (const stack of this.#stacks) while (stack.entries.length > 0) this.#drop(stack);
  }

  #take(stack: Stack): Entry | undefined {
    const entry = stack.entries.pop();
    if (entry !== undefined) this.#count(stack, entry, -1);
    return entry;
  }

  #give(stack: Stack, entry: Entry): void {
    if (entry.bytes > Math.min(this.#own.bytes, this.#bytes)) {
      this.#discard(entry);
      return;
    }
    stack.entries.push(entry);
    this.#count(stack, entry, 1);
    while (stack.entries.length > this.#own.instances || stack.bytes > this.#own.bytes) this.#drop(stack);
    while (this.instances > this.#instances || this.bytes > this.#bytes) this.#drop(this.#oldest(stack));
  }

  /** The stack whose first entry lies there longest; this one when there is no other. */
  #oldest(given: Stack): Stack {
    let found = given;
    for (const stack of this.#stacks) {
      const [first, best] = [stack.entries[0], found.entries[0]];
      if (first !== undefined && best !== undefined && first.since < best.since) found = stack;
    }
    return found;
  }

  #drop(stack: Stack): void {
    const entry = stack.entries.shift();
    if (entry === undefined) return;
    this.#count(stack, entry, -1);
    this.#discard(entry);
  }

  #discard({ instance, bytes }: Entry): void {
    if (typeof instance === 'object' && instance !== null) this.garbage.add(instance, bytes);
  }

  #count(stack: Stack, { bytes }: Entry, sign: 1 | -1): void {
    this.instances += sign;
    this.bytes += sign * bytes;
    stack.bytes += sign * bytes;
  }
}
