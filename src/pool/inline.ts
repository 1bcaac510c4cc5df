/**
 * A pool in this thread: guests run where the engine runs, and a suspended one holds nobody up.
 *
 * @module
 */
import type { InstancePre } from '../component/api.ts';
import { compile } from '../component/index.ts';
import { fail } from '../engine/errors.ts';
import type { Caller, Clock, GuestImports } from '../engine/extension.ts';
import type { GuestRequest, Pool, PooledApp, PoolLoad } from '../engine/pool.ts';
import type { CodedError } from '../lib/errors.ts';
import { createSlots, type Slots } from '../lib/slots.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { type ComponentCache, createComponentCache } from './component-cache.ts';
import { createDeadlines } from './deadlines.ts';
import { fail as poolFail } from './errors.ts';
import type { Ask, CallSlot } from './guest-call.ts';
import { createGuestRunner, type GuestModule, type GuestRun, type GuestRunner } from './guest-runner.ts';
import { meterPool } from './meter.ts';
import { compileAll, type ModuleFault, refusal } from './prepare.ts';

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
  /** Makes chance repeatable, for tests. */
  readonly seed?: string;
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
  const { halves, imports = {}, instances = 256, deadlineMs = 30_000, seed } = options;
  const { clock, metrics } = deps;
  const runner = await createGuestRunner({ halves, imports }, { clock, seed });
  const cache = createComponentCache({ compile, link: (component) => runner.link(component) });
  const slots = createSlots(instances);
  const deadlines = createDeadlines(clock);
  const limit: Limit = (run, reason) =>
    deadlines.add(clock.monotonic() + BigInt(deadlineMs) * 1_000_000n, () => {
      run.end(reason(deadlineMs));
      return undefined;
    });
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
        const forget = (): boolean => apps.delete(app);
        const app = pooled({ load, modules, runner, slots, own, stack, forget, limit });
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
    try {
      linked.push(component.link());
    } catch (error) {
      faults.push({ module: load.modules[index]?.name ?? '', error });
    }
  }
  if (faults.length > 0) throw refusal(load.app.name, faults);
  return linked;
}

/** Few services look at the signal, so it is made when one does. */
function callerOf(slot: CallSlot): Caller {
  const { module, event, counter } = slot;
  return {
    module,
    event,
    counter,
    get signal() {
      return slot.signal;
    },
  };
}

/** Ends a run in time; disposing what it answers takes that back. */
type Limit = (run: GuestRun, reason: (ms: number) => CodedError) => Disposable;

interface Pooled {
  readonly load: PoolLoad;
  readonly modules: readonly InstancePre[];
  readonly runner: GuestRunner;
  readonly slots: Slots;
  /** Places of this application; it needs one of both. */
  readonly own: Slots;
  /** Holds the compiled components. */
  readonly stack: DisposableStack;
  readonly forget: () => void;
  readonly limit: Limit;
}

function pooled({ load, modules, runner, slots, own, stack, forget, limit }: Pooled): PooledApp {
  const { app, vfs, log } = load;
  const running = new Set<GuestRun>();
  const end = new AbortController();
  const identities = load.modules.map(({ id, name }) => ({ id, name }));
  const ask: Ask = async (extension, method, slot, args) =>
    load.answer(extension, method, callerOf(slot), args);

  async function runOne({ module, event, counter, args }: GuestRequest): Promise<unknown> {
    // It may have ended between the moment that gave it a place and this one.
    end.signal.throwIfAborted();
    const [pre, of] = [modules[module], identities[module]];
    if (!pre || !of) throw new RangeError(`There is no module ${module}`);
    const { settings } = load.modules[module] ?? {};
    const facts = { app, module: of, event, counter, vfs, settings, log };
    const run = runner.run({ pre, facts, args, ask });
    running.add(run);
    using _deadline = limit(run, (ms) => {
      const names = { app: app.name, module: of.name, event: event.id, on: event.name };
      return poolFail('DEADLINE', { ...names, ms });
    });
    try {
      return await run.done;
    } finally {
      running.delete(run);
    }
  }

  async function call(request: GuestRequest): Promise<unknown> {
    end.signal.throwIfAborted();
    // First of its own: an application that waits for a place must hold none that another could use.
    if (!own.tryTake()) await own.take({ signal: end.signal });
    try {
      if (!slots.tryTake()) await slots.take({ signal: end.signal });
      try {
        return await runOne(request);
      } finally {
        slots.release();
      }
    } finally {
      own.release();
    }
  }

  const ended = (reason: CodedError): void => {
    end.abort(reason);
    for (const run of running) run.end(reason);
  };
  return {
    exports: modules.map(({ component }) => new Set(component.exports.map(({ name }) => name))),
    call,
    end: ended,
    async [Symbol.asyncDispose]() {
      ended(fail('APP_UNLOADED', { app: app.name }));
      await Promise.allSettled([...running].map((run) => run.done));
      stack.dispose();
      forget();
    },
  };
}
