import { totalmem } from 'node:os';
import type { Clock } from '../engine/extension.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { Counter, Metrics } from '../telemetry/metrics.ts';

/** What the memories of the instances in one thread take together, in pages of 64 KiB. */
export interface Room {
  /**
   * Whether an instance of this application that begins with so many pages may be made now. Always when there is none:
   * then nothing would ever be given back.
   */
  has(app: string, pages: number): boolean;
  /** Pages that its instances may take beyond those that they have. */
  left(app: string): number;
  /** They have so many more, or fewer. */
  change(app: string, by: number): void;
}

/**
 * Room for so many pages. An application whose instances wait and hold much has at most half of it, so that there is
 * always some for another.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const room = createRoom(100);
 * room.change('hoard', 45);
 * assert.deepEqual([room.has('hoard', 6), room.has('shop', 6)], [false, true]);
 * assert.deepEqual([room.left('hoard'), room.left('shop')], [5, 55]);
 * ```
 */
export function createRoom(most: number): Room {
  const apps = new Map<string, number>();
  let used = 0;
  return {
    has(app, pages) {
      const own = apps.get(app) ?? 0;
      return used === 0 || (used + pages <= most && (own === 0 || own + pages <= most / 2));
    },
    left(app) {
      const own = apps.get(app) ?? 0;
      return Math.max(0, Math.floor(own === 0 ? most - used : Math.min(most - used, most / 2 - own)));
    },
    change(app, by) {
      used += by;
      const own = (apps.get(app) ?? 0) + by;
      if (own === 0) apps.delete(app);
      else apps.set(app, own);
    },
  };
}

/** Pages for each of so many threads: `bytes` are for all, half of what this process may use unless given. */
export function pagesEach(threads: number, bytes: number = Math.floor(memoryOfMachine() / 2)): number {
  return Math.max(1, Math.floor(bytes / threads / 65_536));
}

/** Of a container, where this is one. */
function memoryOfMachine(): number {
  const bound = process.constrainedMemory();
  return bound > 0 ? Math.min(bound, totalmem()) : totalmem();
}

const MINUTE_NS = 60_000_000_000n;

/** An event of this application waits for memory. */
export type Shortage = (app: string, log: Logger) => void;

/** Counts events that wait for memory; a line for the operator says so, once a minute for each application. */
export function createShortage({ metrics, clock }: ShortageDeps): Shortage {
  const apps = new Map<string, { readonly waits: Counter; said: bigint }>();
  return (app, log) => {
    const now = clock.monotonic();
    const known = apps.getOrInsertComputed(app, () => ({
      waits: metrics.counter('hermes_memory_waits_total', 'Calls that waited for memory', { app }),
      said: now - MINUTE_NS,
    }));
    known.waits.add();
    if (now - known.said < MINUTE_NS) return;
    known.said = now;
    log.warn('Events wait for memory: instances have all that they may, see pool.memoryBytes');
  };
}

export interface ShortageDeps {
  readonly metrics: Metrics;
  readonly clock: Clock;
}

/** Who waits until something is given back. */
export interface Freed {
  /** Resolves at the next `wake`. */
  wait(): Promise<void>;
  wake(): void;
}

/** A bell that wakes all who wait for it. */
export function createFreed(): Freed {
  let bell: PromiseWithResolvers<void> | undefined;
  return {
    wait() {
      bell ??= Promise.withResolvers();
      return bell.promise;
    },
    wake() {
      bell?.resolve();
      bell = undefined;
    },
  };
}
