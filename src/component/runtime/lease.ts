/**
 * The use of an instance by one event.
 *
 * @module
 */
import type { CallLimits, Instance } from '../api.ts';
import { fail } from './errors.ts';
import type { Snapshot } from './hidden-state.ts';
import { createInstance, type LiveInstance } from './instance.ts';
import type { Linked } from './instance-pre.ts';

/** Takes a pristine instance from the shelf, or makes one. */
export function acquire(linked: Linked, call: unknown, limits: CallLimits): Instance {
  checkPages(linked, limits);
  const live = linked.shelf.take() ?? make(linked, call);
  live.begin(call, limits);
  return new Lease(live);
}

/**
 * Puts one pristine instance on the shelf, if instances can be used again; throws what a start function trapped with.
 * One that calls the host would tell it of an event that is none, so it is ended instead.
 */
export function stock(linked: Linked): void {
  const { shelf, pristine } = linked;
  if (shelf.size > 0 || pristine.obstacles.length > 0) return;
  try {
    const live = createInstance(linked, undefined, linked.ended);
    live.state.hear();
    live.retire();
  } catch (error) {
    // Then it is that call which ended it.
    if (pristine.obstacles.length === 0) throw error;
  }
}

/** What an instance looks like inside, for whoever compares two. */
export function snapshotOf(instance: Instance): Snapshot | undefined {
  return (instance as Lease).snapshot();
}

/** After its disposal the instance may serve somebody else, so nothing here may reach it any more. */
class Lease implements Instance {
  #live: LiveInstance | undefined;
  #trapped: Error | undefined;
  #fuelUsed = 0;

  constructor(live: LiveInstance) {
    this.#live = live;
  }

  call(name: string, args: readonly unknown[]): unknown {
    if (this.#live === undefined) throw this.#trapped;
    return this.#live.call(name, args);
  }

  end(reason: Error): void {
    this.#live?.state.end(reason);
  }

  get trapped(): Error | undefined {
    return this.#live === undefined ? this.#trapped : this.#live.state.trapped;
  }

  get fuelUsed(): number {
    return this.#live === undefined ? this.#fuelUsed : this.#live.state.fuel.used;
  }

  get pages(): number {
    return this.#live?.pages ?? 0;
  }

  allow(pages: number): void {
    this.#live?.allow(pages);
  }

  snapshot(): Snapshot | undefined {
    return this.#live?.snapshot();
  }

  [Symbol.dispose](): void {
    const live = this.#live;
    if (live === undefined) return;
    this.#live = undefined;
    this.#trapped = live.state.trapped ?? live.linked.ended;
    this.#fuelUsed = live.state.fuel.used;
    live.retire();
  }
}

/** Where there is no room for one more, idle ones of other components make some. */
function make(linked: Linked, call: unknown): LiveInstance {
  linked.idle.garbage.tidy();
  try {
    return createInstance(linked, call);
  } catch (error) {
    if (linked.idle.instances === 0 || !isOutOfMemory(error)) throw error;
    linked.idle.clear();
    return createInstance(linked, call);
  }
}

/** V8 says so with a RangeError of its own; there is no code. */
function isOutOfMemory(error: unknown): boolean {
  const { cause } = error as { readonly cause?: unknown };
  return cause instanceof RangeError && /out of memory|could not allocate/i.test(cause.message);
}

function checkPages({ pages }: Linked, { pages: limit }: CallLimits): void {
  if (limit !== undefined && pages > limit) throw fail('LIMIT_MEMORY', { pages, limit });
}
