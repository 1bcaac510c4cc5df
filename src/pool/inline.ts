/**
 * A pool in this thread: guests run where the engine runs, and a suspended one holds nobody up.
 *
 * @module
 */
import type { InstancePre } from '../component/api.ts';
import type { Clock, GuestImports } from '../engine/extension.ts';
import type { Pool, PooledApp, PoolLoad } from '../engine/pool.ts';
import { createSlots, type Slots } from '../lib/slots.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { type ComponentCache, createComponentCache } from './component-cache.ts';
import { createDeadlines } from './deadlines.ts';
import { createGuestRunner, type GuestModule } from './guest-runner.ts';
import { InlineApp } from './inline-app.ts';
import { meterPool } from './meter.ts';
import { noteObstacles } from './note-obstacles.ts';
import { compileAll, compiler, type ModuleFault, refusal } from './prepare.ts';
import { createFreed, createShortage, pagesEach } from './room.ts';

export interface InlinePoolOptions {
  readonly halves: readonly GuestModule[];
  /** Imports that belong to no extension: those of WASI. */
  readonly imports?: GuestImports;
  /**
   * Instances at the same time; 256 by default. Each one reserves address space for its memories. One application
   * may have half of them, so that one whose guests all wait for something leaves room for the others.
   */
  readonly instances?: number;
  /**
   * How long one call may take; 30 s by default. Only a guest that waits can be ended here: one that runs holds up
   * the thread that would end it.
   */
  readonly deadlineMs?: number;
  /** What the memories of all instances may take; half of the machine's unless given. */
  readonly memoryBytes?: number;
  /** Makes chance repeatable, for tests. */
  readonly seed?: string;
  /** Whether modules with code that cannot be metered run all the same. */
  readonly unmetered?: boolean;
}

export interface InlinePoolDeps {
  readonly clock: Clock;
  readonly metrics: Metrics;
}

/**
 * Makes a pool whose guests run in this thread.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createClock } from '../lib/clock.ts';
 * import { createMetrics } from '../telemetry/metrics.ts';
 * const deps = { clock: createClock(), metrics: createMetrics() };
 * await using pool = await createInlinePool({ halves: [], instances: 8 }, deps);
 * assert.equal(pool.concurrency, 8);
 * ```
 */
export async function createInlinePool(options: InlinePoolOptions, deps: InlinePoolDeps): Promise<Pool> {
  const { halves, imports = {}, instances = 256, deadlineMs = 30_000, seed, unmetered } = options;
  const pages = pagesEach(1, options.memoryBytes);
  const { clock, metrics } = deps;
  const runner = await createGuestRunner({ halves, imports, pages }, { clock, seed });
  const cache = createComponentCache({
    compile: compiler(unmetered),
    link: (component) => runner.link(component),
  });
  const slots = createSlots(instances);
  const deadlines = createDeadlines(clock);
  const memory = { freed: createFreed(), shortage: createShortage(deps) };
  const share = Math.max(1, Math.floor(instances / 2));
  const apps = new Map<PooledApp, Slots>();
  const waiting = () => apps.values().map((own) => own.waiting);
  meterPool(metrics, { slots, components: cache, waiting });

  return {
    concurrency: instances,
    async load(load) {
      const stack = new DisposableStack();
      try {
        const modules = await prepare(load, cache, stack);
        const own = createSlots(share);
        const gone = (): void => {
          stack.dispose();
          apps.delete(app);
        };
        const app = new InlineApp(
          { load, modules, deadlineMs },
          { runner, clock, deadlines, slots, own, ...memory, gone },
        );
        apps.set(app, own);
        return app;
      } catch (error) {
        stack.dispose();
        throw error;
      }
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...apps.keys()].map((app) => app[Symbol.asyncDispose]()));
      deadlines[Symbol.dispose]();
      runner[Symbol.dispose]();
    },
  };
}

/** Compiles and links every module of a load; what was compiled goes onto the stack. */
async function prepare(
  load: PoolLoad,
  cache: ComponentCache,
  stack: DisposableStack,
): Promise<readonly InstancePre[]> {
  const linked: InstancePre[] = [];
  const faults: ModuleFault[] = [];
  for (const [index, component] of (await compileAll(load, cache, stack)).entries()) {
    const module = load.modules[index]?.name ?? '';
    try {
      const pre = component.link();
      linked.push(pre);
      noteObstacles(load.log, module, pre);
    } catch (error) {
      faults.push({ module, error });
    }
  }
  if (faults.length > 0) throw refusal(load.app.name, faults);
  return linked;
}
