/**
 * The part of a pool that stands beside the guests: it knows the guest halves of the extensions and the
 * component runtime, and nothing of queues or bindings. In a threaded pool this file runs in each worker.
 *
 * @module
 */
import type { CallLimits, Component, Instance, InstancePre, Linker } from '../component/api.ts';
import { createIdle, createLinker } from '../component/index.ts';
import type { Clock, GuestHalf, GuestImports } from '../engine/extension.ts';
import type { LateFiles } from '../engine/late-files.ts';
import type { CodedError } from '../lib/errors.ts';
import { lazy } from '../lib/lazy.ts';
import { lateFilesystem } from '../wasi/late-files.ts';
import { type CallFacts, CallSlot, type GuestHost, type SlotDeps } from './guest-call.ts';
import { hostInterfaces, type Offering } from './host-imports.ts';
import { createRoom, type Room } from './room.ts';
import { startWatch } from './watch.ts';

/** Instances that wait for calls, in each thread; every one of them holds address space. */
export const IDLE_INSTANCES = 128;
/** One that nobody needed for so long, and then for as long again, is let go. */
const IDLE_MS = 30_000;

/** Where guests' imports come from: an extension by name, and the module that exports its guest half. */
export interface GuestModule {
  readonly name: string;
  readonly guest: URL;
}

export interface GuestRunnerOptions {
  readonly halves: readonly GuestModule[];
  /** Imports that belong to no extension: those of WASI. */
  readonly imports?: GuestImports;
  /** Pages of 64 KiB that all instances may have together; as many as there are unless given. */
  readonly pages?: number;
}

export interface GuestRunnerDeps {
  readonly clock: Clock;
  /** Makes chance repeatable, for tests. */
  readonly seed?: string | undefined;
}

/** Stands behind a call, and hears how it ended and what fuel it took: once, when the instance is gone and what the call held is disposed. */
export interface GuestTaskHost extends GuestHost {
  returned(value: unknown, fuel: number): void;
  threw(error: unknown, fuel: number): void;
}

/** One call to make. */
export interface GuestTask {
  readonly pre: InstancePre;
  readonly facts: CallFacts;
  readonly args: readonly unknown[];
  /** What its instance may take. */
  readonly limits?: CallLimits;
  readonly host: GuestTaskHost;
}

/** A call under way. */
export interface GuestRun {
  /** Ends the guest with a real trap if it is suspended. */
  end(reason: CodedError): void;
}

/** Its disposal lets go of instances that wait for calls; those in use end as their calls do. */
export interface GuestRunner extends Disposable {
  /**
   * Binds every import, once, and makes an instance ahead. Throws `LINK`, naming all that nobody offers, and what a
   * start function traps with.
   */
  link(component: Component): InstancePre;
  /** Whether there is memory for one more instance, in an event of this application. */
  fits(pre: InstancePre, app: string): boolean;
  /** Calls the export that the event names. A guest that does not suspend is over before this answers. */
  run(task: GuestTask): GuestRun;
}

/**
 * Loads the guest halves and binds them to a linker, once.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createClock } from '../lib/clock.ts';
 * import { compile } from '../component/index.ts';
 * const runner = await createGuestRunner({ halves: [] }, { clock: createClock() });
 * const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0]);
 * assert.deepEqual(runner.link(await compile(empty)).component.exports, []);
 * ```
 */
export async function createGuestRunner(
  { halves, imports = {}, pages = Number.POSITIVE_INFINITY }: GuestRunnerOptions,
  { clock, seed }: GuestRunnerDeps,
): Promise<GuestRunner> {
  const idle = createIdle({ instances: IDLE_INSTANCES });
  const watch = startWatch({ everyMs: IDLE_MS }, () => idle.age());
  const room = createRoom(pages);
  const deps = { clock, seed, room };
  const own = { name: 'wasi', imports };
  const offered = await Promise.all(
    halves.map(async ({ name, guest }) => {
      const half = await halfOf(guest);
      return { name, imports: half.imports(), files: half.files };
    }),
  );
  const all: readonly Offered[] = [...offered, own];
  const linker = linkerOf(all, idle);
  const late = all.flatMap((half, index) =>
    half.files ? [{ half, linker: lazy(() => lateLinker(all, index, idle)) }] : [],
  );
  const linkerFor = ({ imports }: Component): Linker =>
    late.find(({ half }) => imports.some(({ name }) => Object.hasOwn(half.imports, name)))?.linker() ??
    linker;
  return {
    link(component) {
      const pre = linkerFor(component).link(component);
      pre.warm();
      return pre;
    },
    fits: (pre, app) => room.has(app, pre.pages),
    run: (task) => {
      const run = new Run(task, deps);
      run.start(task);
      return run;
    },
    [Symbol.dispose]() {
      watch[Symbol.dispose]();
      idle.clear();
    },
  };
}

/** What one half offers, and the files that come with it. */
interface Offered {
  readonly name: string;
  readonly imports: GuestImports;
  readonly files?: LateFiles | undefined;
}

type Idle = ReturnType<typeof createIdle>;

function linkerOf(all: readonly Offered[], idle: Idle): Linker {
  const linker = createLinker({ idle });
  for (const [index, { name, imports }] of all.entries()) define(linker, imports, { index, extension: name });
  return linker;
}

/** For modules that see the files of this half: their file functions belong to it, so that they may ask it. */
function lateLinker(all: readonly Offered[], index: number, idle: Idle): Linker {
  const { name, files } = all[index] as Offered & { readonly files: LateFiles };
  const linker = linkerOf(all, idle);
  define(linker, lateFilesystem(files), { index, extension: name });
  return linker;
}

function define(linker: Linker, imports: GuestImports, by: Offering): void {
  for (const [iface, functions] of hostInterfaces(imports, by)) linker.define(iface, functions);
}

async function halfOf(guest: URL): Promise<GuestHalf> {
  return ((await import(guest.href)) as { readonly guest: GuestHalf }).guest;
}

/** What went wrong; in a box, because anything can be thrown. */
interface Thrown {
  readonly error: unknown;
}

/** Without a promise of its own: most guests never wait, and every event is one of these. */
class Run implements GuestRun, GuestHost {
  readonly #slot: CallSlot;
  readonly #host: GuestTaskHost;
  readonly #room: Room;
  readonly #app: string;
  /** Pages that it may have in the end. */
  readonly #most: number;
  /** Pages that are counted for it while it waits. */
  #pages = 0;
  #instance: Instance | undefined;

  constructor({ facts, host, limits }: GuestTask, deps: SlotDeps & { readonly room: Room }) {
    this.#slot = new CallSlot(facts, this, deps);
    this.#host = host;
    this.#room = deps.room;
    this.#app = facts.app.name;
    this.#most = limits?.pages ?? Number.POSITIVE_INFINITY;
  }

  start({ pre, facts, args, limits }: GuestTask): void {
    const { name } = facts.event;
    let value: unknown;
    try {
      const pages = Math.min(this.#most, Math.max(pre.pages, this.#room.left(this.#app)));
      this.#instance = pre.acquire(this.#slot, { ...limits, pages });
      value = this.#instance.call(name, args);
    } catch (error) {
      this.#over(undefined, { error });
      return;
    }
    if (!pre.suspends(name)) {
      this.#over(value, undefined);
      return;
    }
    this.leaving();
    Promise.resolve(value).then(
      (answer) => this.#over(answer, undefined),
      (error: unknown) => this.#over(undefined, { error }),
    );
  }

  end(reason: CodedError): void {
    this.#instance?.end(reason);
  }

  ask(...question: Parameters<GuestHost['ask']>): Promise<unknown> {
    return this.#host.ask(...question);
  }

  /** Until it waits again it has whatever it may still take: others are entered before it really runs. */
  entering(): void {
    this.#host.entering?.();
    const { pages = 0 } = this.#instance ?? {};
    const most = Math.min(this.#most, pages + this.#room.left(this.#app));
    this.#instance?.allow(most - pages);
    if (most < Number.POSITIVE_INFINITY) this.#count(most);
  }

  leaving(): void {
    this.#count(this.#instance?.pages ?? 0);
  }

  #count(pages: number): void {
    if (pages === this.#pages) return;
    this.#room.change(this.#app, pages - this.#pages);
    this.#pages = pages;
  }

  /** From the last to the first: the instance lets go of its handles, then the event ends. */
  #over(value: unknown, thrown: Thrown | undefined): void {
    const instance = this.#instance;
    this.#instance = undefined;
    this.#count(0);
    let failed = thrown;
    if (instance) failed = closed(instance, failed);
    failed = closed(this.#slot, failed);
    const fuel = instance?.fuelUsed ?? 0;
    if (failed) this.#host.threw(failed.error, fuel);
    else this.#host.returned(value, fuel);
  }
}

/** Disposes; what that throws comes with what was thrown before. */
function closed(resource: Disposable, before: Thrown | undefined): Thrown | undefined {
  try {
    resource[Symbol.dispose]();
    return before;
  } catch (error) {
    return { error: before ? new SuppressedError(error, before.error) : error };
  }
}
