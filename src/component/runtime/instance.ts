/**
 * One instance of a linked component: its core instances, made in the plan's order, and its exports.
 *
 * @module
 */
import type { Instance } from '../api.ts';
import type { CanonOptions, CoreRef, Lifted, Trampoline } from '../plan.ts';
import { hostFunctionName, type LinkPlan } from './component.ts';
import { fail } from './errors.ts';
import type { CoreFunction } from './generate.ts';
import { cannotSuspend } from './guards.ts';
import { MEMORY_MODULE, MEMORY_NAME, type MemoryType } from './import-memory.ts';
import type { Linked } from './instance-pre.ts';
import { Lane, type LaneSource, type Realloc } from './memory.ts';
import { destroyResource, resourceTrampoline } from './resource-trampolines.ts';
import { State } from './state.ts';
import { IN_GUEST, type Where } from './traps.ts';

/** Makes a fresh instance; throws what a start function trapped with. */
export function createInstance(linked: Linked, call: unknown): Instance {
  const state = new State(linked.fault, linked.plan.instances, call);
  const instance = new LiveInstance(linked, state);
  try {
    instance.start();
  } catch (error) {
    state.trap(error, { export: 'start', params: [] }, IN_GUEST);
    const { trapped } = state;
    instance[Symbol.dispose]();
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

/** An instance to its users; to the runtime, the plan's references resolved. */
export class LiveInstance implements Instance, LaneSource {
  readonly linked: Linked;
  readonly state: State;
  readonly #instances: WebAssembly.Exports[] = [];
  readonly #lanes: Lane[] = [];
  readonly #raw: CoreFunction[] = [];
  readonly #imported: unknown[] = [];
  readonly #exports: BoundExport[] = [];
  readonly #memories: { readonly type: MemoryType; readonly memory: WebAssembly.Memory }[] = [];

  constructor(linked: Linked, state: State) {
    this.linked = linked;
    this.state = state;
    state.destroy = (resource, rep, awaited) => destroyResource(this, resource, rep, awaited);
  }

  start(): void {
    for (const { core, imports } of this.linked.plan.steps) {
      const object: Record<string, Record<string, unknown>> = Object.create(null);
      for (const { module, name, value } of imports) {
        object[module] ??= Object.create(null) as Record<string, unknown>;
        object[module][name] = this.resolve(value);
      }
      const type = this.linked.memories[core];
      if (type !== undefined) object[MEMORY_MODULE] = { [MEMORY_NAME]: this.#takeMemory(type) };
      const module = this.linked.modules[core] as WebAssembly.Module;
      this.#instances.push(new WebAssembly.Instance(module, object as WebAssembly.Imports).exports);
      if (this.state.trapped !== undefined) throw this.state.fault;
    }
    this.state.starting = false;
  }

  call(name: string, args: readonly unknown[]): unknown {
    const index = this.linked.exports.get(name);
    if (index === undefined) throw missingExport(this.linked, name);
    const bound = this.#exports[index] ?? this.#bindExport(index);
    return bound.run(this.state, bound.lane, bound.core, bound.postReturn, args);
  }

  end(reason: Error): void {
    this.state.end(reason);
  }

  get trapped(): Error | undefined {
    return this.state.trapped;
  }

  [Symbol.dispose](): void {
    const clean = this.state.trapped === undefined && this.state.parts.every((part) => part.mayEnter);
    const memories = this.#memories.splice(0);
    this.state.dispose(this.linked.ended);
    // After a trap, or while something runs or is suspended here, nobody can say who still reaches them.
    if (clean) for (const { type, memory } of memories) this.linked.pool.give(type, memory);
  }

  #takeMemory(type: MemoryType): WebAssembly.Memory {
    const memory = this.linked.pool.take(type);
    this.#memories.push({ type, memory });
    return memory;
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

  memory({ memory }: CanonOptions): WebAssembly.Memory | undefined {
    return memory === undefined ? undefined : (this.resolve(memory) as WebAssembly.Memory | undefined);
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
