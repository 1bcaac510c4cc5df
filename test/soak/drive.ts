import type { Sample } from './slope.ts';
import type { SoakWorld } from './world.ts';

/** Events and requests under way at the same time. */
const DEPTH = 64;
const RELOAD_MS = 1_000;

export interface DriveOptions {
  readonly events: number;
  /** Events between two looks at the memory. */
  readonly round: number;
  /** Reloads come once in a second, and at least after so many events. */
  readonly reloadEvents: number;
  readonly collect: () => void;
  /** Is told of each sample when it is taken. */
  readonly looked?: (sample: Sample) => void;
}

export interface Driven {
  readonly samples: readonly Sample[];
  readonly reloads: number;
}

/** Sends events until so many were handled; looks at the memory between two rounds, when nothing is under way. */
export async function drive(world: SoakWorld, options: DriveOptions): Promise<Driven> {
  const { events, round, reloadEvents, collect, looked } = options;
  const samples: Sample[] = [];
  const reloads = new Reloads(world, reloadEvents);
  while (world.handled < events) {
    const until = world.handled + Math.min(round, events - world.handled);
    const lane = async (): Promise<void> => {
      while (world.handled < until) {
        await world.one();
        reloads.due();
      }
    };
    await Promise.all(Array.from({ length: DEPTH }, lane));
    await reloads.over();
    collect();
    const sample = { events: world.handled, rss: process.memoryUsage.rss() };
    samples.push(sample);
    looked?.(sample);
  }
  return { samples, reloads: reloads.times };
}

/** Reloads one application after another, whenever it is time. */
class Reloads {
  readonly #world: SoakWorld;
  readonly #events: number;
  #last: { readonly at: number; readonly handled: number };
  #task: Promise<void> | undefined;
  #failed: { readonly error: unknown } | undefined;
  times = 0;

  constructor(world: SoakWorld, events: number) {
    this.#world = world;
    this.#events = events;
    this.#last = { at: performance.now(), handled: world.handled };
  }

  due(): void {
    if (this.#task) return;
    const { handled } = this.#world;
    const { at, handled: before } = this.#last;
    if (performance.now() - at < RELOAD_MS && handled - before < this.#events) return;
    this.#last = { at: performance.now(), handled };
    this.times++;
    this.#task = this.#reload();
  }

  /** Resolves when none is under way; rejects when one has failed. */
  async over(): Promise<void> {
    await this.#task;
    if (this.#failed) throw this.#failed.error;
  }

  async #reload(): Promise<void> {
    try {
      await this.#world.reload();
    } catch (error) {
      this.#failed ??= { error };
    } finally {
      this.#task = undefined;
    }
  }
}
