/**
 * A linked component, ready to give instances.
 *
 * @module
 */
import type { InstancePre } from '../api.ts';
import type { CanonOptions, CoreRef, Trampoline } from '../plan.ts';
import type { Compiled, LinkPlan } from './component.ts';
import { gateModule } from './gate.ts';
import { type Generated, generate } from './generate.ts';
import { createInstance } from './instance.ts';
import type { Bindings } from './linker.ts';
import { computeReach, type Reach } from './reach.ts';
import { createTrap } from './traps.ts';

/** What all instances of one linked component share. */
export interface Linked {
  readonly plan: LinkPlan;
  readonly modules: readonly WebAssembly.Module[];
  readonly generated: Generated;
  readonly reach: Reach;
  readonly lanes: LaneTable;
  /** Index of each export by name. */
  readonly exports: ReadonlyMap<string, number>;
  /** By export: whether `call` answers a promise. */
  readonly suspends: readonly boolean[];
  readonly fault: Error;
  /** The gate of each suspending trampoline, when start functions could call them: see `gate.ts`. */
  readonly gates: ((trampoline: Trampoline) => WebAssembly.Module) | undefined;
}

/** A memory, a realloc and the component instance that they serve. */
export interface LaneSpec {
  readonly instance: number;
  readonly memory: CoreRef | undefined;
  readonly realloc: CoreRef | undefined;
}

/** Numbers the distinct lanes, so that each instance makes each of them once. */
export interface LaneTable {
  readonly specs: readonly LaneSpec[];
  indexOf(options: CanonOptions): number;
}

/** Generates the code and decides what suspends. */
export function createInstancePre(component: Compiled, bindings: Bindings): InstancePre {
  const { plan, modules, starts } = component;
  const hosts = new Set(bindings.targets.flatMap((target, index) => (target.suspends ? [index] : [])));
  const kinds = modules.map((module) => WebAssembly.Module.imports(module));
  const reach = computeReach(plan, hosts, (core) => kinds[core] ?? []);
  const generated = generate(plan, bindings, reach);
  const gated = plan.steps.some(
    ({ core, imports }) => starts[core] === true && imports.some(({ value }) => reach.mayReach(value)),
  );
  const linked: Linked = {
    plan,
    modules,
    generated,
    gates: gated
      ? (trampoline) => new WebAssembly.Module(gateModule(generated.signature(trampoline)))
      : undefined,
    reach,
    lanes: createLaneTable(),
    exports: new Map(plan.exports.map(({ name }, index) => [name, index])),
    suspends: plan.exports.map(({ value }) =>
      value.kind === 'host' ? hosts.has(value.host) : reach.mayReach(value.lifted.core),
    ),
    fault: createTrap(),
  };
  return {
    component,
    suspends: (name) => linked.suspends[linked.exports.get(name) ?? -1] ?? false,
    acquire: (call) => createInstance(linked, call),
  };
}

function createLaneTable(): LaneTable {
  const specs: LaneSpec[] = [];
  const known = new Map<string, number>();
  return {
    specs,
    indexOf({ instance, memory, realloc }) {
      const key = JSON.stringify([instance, refKey(memory), refKey(realloc)]);
      const found = known.get(key) ?? specs.push({ instance, memory, realloc }) - 1;
      known.set(key, found);
      return found;
    },
  };
}

function refKey(ref: CoreRef | undefined): unknown {
  if (ref === undefined) return null;
  return ref.kind === 'export' ? [ref.instance, ref.name] : [ref.index];
}
