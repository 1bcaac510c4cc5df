/**
 * One instance of a linked component: its core instances, made in the plan's order, and its exports.
 *
 * @module
 */
import type { CallLimits } from '../api.ts';
import type { CanonOptions, CoreRef, Lifted, Trampoline } from '../plan.ts';
import { type CoreReport, PRIVATE } from '../rewrite/report.ts';
import { hostFunctionName, type LinkPlan } from './component.ts';
import { fail } from './errors.ts';
import { Fuel, NO_FUEL_LIMIT } from './fuel.ts';
import type { CoreFunction } from './generate.ts';
import { cannotSuspend } from './guards.ts';
import type { GuestMemory } from './guest-memory.ts';
import { ALL_HANDLES } from './handles.ts';
import { ALL_PAGES, HiddenState, type Snapshot } from './hidden-state.ts';
import type { Linked } from './instance-pre.ts';
import { Lane, type LaneSource, type Realloc } from './memory.ts';
import { destroyResource, resourceTrampoline } from './resource-trampolines.ts';
import { State } from './state.ts';
import { IN_GUEST, type Where } from './traps.ts';

/**
 * Makes a fresh instance; throws what a start function trapped with. A `deaf` one traps with that as soon as it calls
 * the host.
 */
export function createInstance(linked: Linked, call: unknown, deaf?: Error): LiveInstance {
  const instance = new LiveInstance(linked, call, deaf);
  const { state } = instance;
  try {
    instance.start();
  } catch (error) {
    if (state.called) linked.pristine.calls();
    state.trap(error, { export: 'start', params: [] }, IN_GUEST);
    const { trapped } = state;
    instance.retire();
    throw trapped;
  }
  return instance;
}

/** What runs an export: made at its first call. */
interface BoundExport {
  readonly run: CoreFunction;
  readonly lane: Lane | undefined;
  readonly core: unknown;
  readonly postReturn: unknown;
}

/** An instance as the runtime has it: the plan's references resolved. Its users have a lease of it. */
export class LiveInstance implements LaneSource {
  readonly linked: Linked;
  readonly state: State;
  readonly #hidden: HiddenState;
  readonly #instances: WebAssembly.Exports[] = [];
  readonly #lanes: Lane[] = [];
  readonly #raw: CoreFunction[] = [];
  readonly #imported: unknown[] = [];
  readonly #exports: BoundExport[] = [];

  constructor(linked: Linked, call: unknown, deaf: Error | undefined) {
    this.linked = linked;
    this.#hidden = new HiddenState(linked.pages);
    this.state = new State(linked.fault, linked.plan.instances, new Fuel(this.#hidden.fuel));
    this.state.call = call;
    this.state.lift = linked.lift;
    this.state.quietBelow = linked.quietBelow;
    this.state.deaf = deaf;
    this.state.destroy = (resource, rep, awaited) => destroyResource(this, resource, rep, awaited);
  }

  start(): void {
    for (const { core, imports } of this.linked.plan.steps) {
      const object: Record<string, Record<string, unknown>> = Object.create(null);
      for (const { module, name, value } of imports) {
        object[module] ??= Object.create(null) as Record<string, unknown>;
        object[module][name] = this.resolve(value);
      }
      const report = this.linked.reports[core] as CoreReport;
      const added = this.#hidden.importsFor(report, object);
      if (added !== undefined) object[PRIVATE] = added;
      const module = this.linked.modules[core] as WebAssembly.Module;
      const { exports } = new WebAssembly.Instance(module, object as WebAssembly.Imports);
      this.#instances.push(exports);
      this.#hidden.add(report, object, exports);
      this.#startModule(report, exports);
      if (this.state.trapped !== undefined) throw this.state.fault;
    }
    this.state.started();
    this.state.touched = false;
    this.linked.pristine.record(this.#hidden, this.state.called);
  }

  #startModule({ fuel, start }: CoreReport, exports: WebAssembly.Exports): void {
    if (fuel !== undefined) (exports[fuel] as WebAssembly.Global).value = this.linked.startFuel;
    if (start !== undefined) (exports[start] as () => void)();
  }

  /** A call begins. */
  begin(call: unknown, limits: CallLimits): void {
    this.state.call = call;
    this.state.lift = limits.lift ?? this.linked.lift;
    this.state.handles.most = limits.handles ?? ALL_HANDLES;
    this.state.fuel.fill(limits.fuel ?? NO_FUEL_LIMIT);
    this.#hidden.allow(limits.pages ?? ALL_PAGES);
  }

  call(name: string, args: readonly unknown[]): unknown {
    const index = this.linked.exports.get(name);
    if (index === undefined) throw missingExport(this.linked, name);
    const bound = this.#exports[index] ?? this.#bindExport(index);
    return bound.run(this.state, bound.lane, bound.core, bound.postReturn, args);
  }

  get pages(): number {
    return this.#hidden.pages;
  }

  allow(pages: number): void {
    this.#hidden.allowMore(pages);
  }

  snapshot(): Snapshot {
    return this.#hidden.snapshot();
  }

  /** The call is over: the instance goes back to the others, as new, or is thrown away. */
  retire(): void {
    const { state, linked } = this;
    const { image } = linked.pristine;
    // After a trap, or while something runs or is suspended here, nobody can say who still reaches it.
    const kept = image !== undefined && state.clean && linked.shelf.open && this.#hidden.spare(image);
    if (!kept) {
      state.end(linked.ended);
      linked.idle.garbage.add(this, this.#hidden.bytes);
    }
    try {
      state.release();
    } catch (error) {
      state.end(linked.ended);
      throw error;
    }
    if (!kept) return;
    const resized = this.#hidden.reset(image, state.touched ? 0 : state.quietBelow);
    state.touched = false;
    for (const lane of this.#lanes) lane?.reset(resized);
    linked.shelf.give(this, this.#hidden.bytes);
  }

  #bindExport(index: number): BoundExport {
    const run = this.linked.generated.exports[index] as CoreFunction;
    const value = this.linked.plan.exports[index]?.value;
    const lifted = value?.kind === 'lifted' ? value.lifted : undefined;
    const bound =
      lifted === undefined
        ? { run, lane: undefined, core: undefined, postReturn: undefined }
        : { run, ...this.bindLifted(lifted, this.linked.suspends[index] === true) };
    this.#exports[index] = bound;
    return bound;
  }

  bindLifted(
    { core, options }: Lifted,
    suspends: boolean,
  ): { lane: Lane; core: CoreFunction; postReturn: unknown } {
    return {
      lane: this.lane(options),
      core: this.callable(core, suspends),
      postReturn: options.postReturn === undefined ? undefined : this.callable(options.postReturn, false),
    };
  }

  lane(options: CanonOptions): Lane {
    const index = this.linked.lanes.indexOf(options);
    this.#lanes[index] ??= this.#makeLane(options);
    return this.#lanes[index];
  }

  #makeLane(options: CanonOptions): Lane {
    const part = this.state.parts[options.instance];
    if (part === undefined) throw new RangeError('Cannot bind canonical options: no such component instance');
    return new Lane(this.state, part, this, options);
  }

  memory({ memory }: CanonOptions): GuestMemory | undefined {
    const found = memory === undefined ? undefined : (this.resolve(memory) as WebAssembly.Memory | undefined);
    return found === undefined ? undefined : this.#hidden.memoryOf(found);
  }

  realloc({ realloc }: CanonOptions): Realloc | undefined {
    return realloc === undefined ? undefined : (this.callable(realloc, false) as Realloc | undefined);
  }

  /** A core function that JavaScript may call; answers a promise when it suspends. */
  callable(ref: CoreRef, suspends: boolean): CoreFunction {
    if (ref.kind === 'trampoline') return this.#trampoline(ref.index);
    const found = this.resolve(ref) as CoreFunction;
    return suspends ? (WebAssembly.promising(found) as CoreFunction) : found;
  }

  /** What a core module imports under this reference. */
  resolve(ref: CoreRef): unknown {
    if (ref.kind === 'export') return this.#instances[ref.instance]?.[ref.name];
    const { index } = ref;
    this.#imported[index] ??= this.#importable(index);
    return this.#imported[index];
  }

  #importable(index: number): unknown {
    const raw = this.#trampoline(index);
    if (this.linked.reach.trampolines[index] !== true) return raw;
    const run = new WebAssembly.Suspending(raw);
    const trampoline = this.linked.plan.trampolines[index];
    if (this.linked.gates === undefined || trampoline === undefined) return run;
    const check = (): void => {
      if (!this.state.suspendable) throw cannotSuspend(this.state, whereOf(this.linked.plan, trampoline));
    };
    return new WebAssembly.Instance(this.linked.gates(trampoline), { c: { check }, r: { run } }).exports[
      'gate'
    ];
  }

  #trampoline(index: number): CoreFunction {
    this.#raw[index] ??= this.#makeTrampoline(index);
    return this.#raw[index];
  }

  #makeTrampoline(index: number): CoreFunction {
    const trampoline = this.linked.plan.trampolines[index];
    const factory = this.linked.generated.trampolines[index];
    if (trampoline === undefined)
      throw new RangeError('Cannot bind trampoline: the plan has none of this index');
    if (trampoline.kind === 'lower-host')
      return (factory as CoreFactory)(this.state, this.lane(trampoline.options));
    if (trampoline.kind === 'lower-lifted') {
      const callee = this.bindLifted(trampoline.callee, this.linked.reach.trampolines[index] === true);
      const lane = this.lane(trampoline.options);
      return (factory as CoreFactory)(this.state, lane, callee.lane, callee.core, callee.postReturn);
    }
    return resourceTrampoline(this, trampoline, this.linked.reach.trampolines[index] === true);
  }
}

type CoreFactory = (...bound: unknown[]) => CoreFunction;

function missingExport(linked: Linked, name: string): Error {
  const known = [...linked.exports.keys()];
  return fail('EXPORT_MISSING', { export: name, exports: known.slice(0, 100) });
}

function whereOf(plan: LinkPlan, trampoline: Trampoline): Where {
  if (trampoline.kind !== 'lower-host') return { import: trampoline.kind, params: [] };
  return { import: hostFunctionName(plan, trampoline.host), params: [] };
}
