/**
 * The handle table of one component instance (CanonicalABI: Table State, Resource State).
 *
 * @module
 */
import { Violation } from './errors.ts';
import type { BorrowScope, Lender } from './memory.ts';

/** As many as the specification lets one component instance have. */
export const ALL_HANDLES: number = 2 ** 28 - 1;

/** One entry: an owned or borrowed resource. */
export class Handle implements Lender {
  /** Index of the resource type in the plan. */
  readonly resource: number;
  /** The guest's representation, or the host's object. */
  readonly rep: unknown;
  readonly own: boolean;
  readonly scope: BorrowScope | undefined;
  lends = 0;

  constructor(resource: number, rep: unknown, own: boolean, scope: BorrowScope | undefined) {
    this.resource = resource;
    this.rep = rep;
    this.own = own;
    this.scope = scope;
  }

  endLoan(): void {
    this.lends -= 1;
  }
}

/** How many handles the component instances of one call have together. */
export class HandleCount {
  most: number = ALL_HANDLES;
  alive = 0;
}

/** What a component instance has of its own: its handles, and whether it may be entered or left. */
export class Part {
  mayEnter = true;
  mayLeave = true;
  readonly handles: HandleTable;

  constructor(count: HandleCount) {
    this.handles = new HandleTable(count);
  }
}

/** Indices start at 1 and the one freed last is used first, as the specification has it. */
export class HandleTable {
  readonly #entries: (Handle | undefined)[] = [undefined];
  readonly #free: number[] = [];
  readonly #count: HandleCount;

  constructor(count: HandleCount = new HandleCount()) {
    this.#count = count;
  }

  add(handle: Handle): number {
    if (this.#count.alive >= this.#count.most)
      throw new Violation('LIMIT_HANDLES', { handles: this.#count.most });
    this.#count.alive += 1;
    const reused = this.#free.pop();
    if (reused !== undefined) {
      this.#entries[reused] = handle;
      return reused;
    }
    const index = this.#entries.length;
    this.#entries.push(handle);
    return index;
  }

  /** Traps unless the handle exists and is of this type. */
  get(index: number, resource: number): Handle {
    const handle = this.#entries[index >>> 0];
    if (handle === undefined)
      throw new Violation('TRAP_HANDLE', { handle: index >>> 0, reason: 'unknown handle' });
    if (handle.resource !== resource) {
      throw new Violation('TRAP_HANDLE', { handle: index >>> 0, reason: 'of another resource type' });
    }
    return handle;
  }

  /** Takes a handle out; traps when it is lent. */
  remove(index: number, resource: number): Handle {
    const handle = this.get(index, resource);
    if (handle.lends !== 0)
      throw new Violation('TRAP_HANDLE', { handle: index >>> 0, reason: 'lent to a call' });
    this.#entries[index >>> 0] = undefined;
    this.#free.push(index >>> 0);
    this.#count.alive -= 1;
    return handle;
  }

  /** How many handles are alive. */
  get size(): number {
    return this.#entries.length - 1 - this.#free.length;
  }

  /** Whether no handle was ever made, so that the next one is the first. */
  get unused(): boolean {
    return this.#entries.length === 1;
  }

  /** Empties the table and answers what was in it. */
  clear(): Handle[] {
    const alive = this.#entries.filter((entry) => entry !== undefined);
    this.#entries.length = 1;
    this.#free.length = 0;
    this.#count.alive -= alive.length;
    return alive;
  }
}
