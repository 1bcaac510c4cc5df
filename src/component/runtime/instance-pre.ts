/**
 * A linked component, ready to give instances.
 *
 * @module
 */
import type { InstancePre, LiftLimits } from '../api.ts';
import type { CanonOptions, CoreRef, Trampoline } from '../plan.ts';
import type { CoreReport } from '../rewrite/report.ts';
import type { Compiled, LinkPlan } from './component.ts';
import { fail } from './errors.ts';
import { fuelAtStart } from './fuel.ts';
import { gateModule } from './gate.ts';
import { type Generated, generate } from './generate.ts';
import { pagesAtStart } from './hidden-state.ts';
import { createIdle, type Idle, type Shelf } from './idle.ts';
import type { LiveInstance } from './instance.ts';
import { acquire, stock } from './lease.ts';
import type { Bindings } from './linker.ts';
import { Pristine } from './pristine.ts';
import { computeReach, type Reach } from './reach.ts';
import { rehearse, standIns } from './rehearse.ts';
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
  /** By core module: what rewriting it added. */
  readonly reports: readonly CoreReport[];
  /** What may be lifted in one call, unless the event says otherwise. */
  readonly lift: LiftLimits;
  /** Pages that instantiation takes. */
  readonly pages: number;
  /** What each core module may compute while an instance starts. */
  readonly startFuel: bigint;
  /** As in {@link Compiled}. */
  readonly quietBelow: number;
  readonly pristine: Pristine;
  readonly shelf: Shelf<LiveInstance>;
  readonly idle: Idle;
  readonly fault: Error;
  /** What a disposed instance answers: one for all, because a disposal is no failure and needs no stack. */
  readonly ended: Error;
  /** The gate of each suspending trampoline, when start functions could call them: see `gate.ts`. */
  readonly gates: ((trampoline: Trampoline) => WebAssembly.Module) | undefined;
}

/** Numbers the distinct lanes (memory, realloc, component instance): an instance makes each of them once. */
export interface LaneTable {
  indexOf(options: CanonOptions): number;
}

const NO_REUSE = 'The host asked for new instances';

/** Generates the code and decides what suspends. */
export function createInstancePre(
  component: Compiled,
  bindings: Bindings,
  { idle, reuse }: { readonly idle: Idle; readonly reuse: boolean },
): InstancePre {
  const { plan, modules, reports } = component;
  const hosts = new Set(bindings.targets.flatMap((target, index) => (target.suspends ? [index] : [])));
  const kinds = modules.map((module) => WebAssembly.Module.imports(module));
  const reach = computeReach(plan, hosts, (core) => kinds[core] ?? []);
  const generated = generate(plan, bindings, reach);
  const made = plan.steps.map(({ core }) => reports[core] as CoreReport);
  const gated = plan.steps.some(
    ({ core, imports }) =>
      reports[core]?.start !== undefined && imports.some(({ value }) => reach.mayReach(value)),
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
    reports,
    lift: bindings.limits,
    pages: pagesAtStart(made),
    startFuel: fuelAtStart(made),
    quietBelow: component.quietBelow,
    pristine: new Pristine(reuse ? component.obstacles : [NO_REUSE]),
    shelf: idle.shelf(),
    idle,
    fault: createTrap(),
    ended: fail('INSTANCE_ENDED'),
  };
  return {
    component,
    pages: linked.pages,
    suspends: (name) => linked.suspends[linked.exports.get(name) ?? -1] ?? false,
    get obstacles() {
      return linked.pristine.obstacles;
    },
    acquire: (call, limits = {}) => acquire(linked, call, limits),
    warm() {
      rehearseWith(component, bindings);
      stock(linked);
    },
    [Symbol.dispose]: () => linked.shelf[Symbol.dispose](),
  };
}

/** In a linking of its own, whose host does nothing. */
function rehearseWith(component: Compiled, bindings: Bindings): void {
  if (component.unmetered.length > 0) return;
  const targets = standIns(component.plan);
  using pre = createInstancePre(component, { ...bindings, targets }, { idle: createIdle(), reuse: true });
  rehearse(pre);
}

function createLaneTable(): LaneTable {
  const byKey = new Map<string, number>();
  const byOptions = new Map<CanonOptions, number>();
  return {
    indexOf(options) {
      const known = byOptions.get(options);
      if (known !== undefined) return known;
      const { instance, memory, realloc } = options;
      const key = JSON.stringify([instance, refKey(memory), refKey(realloc)]);
      const found = byKey.get(key) ?? byKey.size;
      byKey.set(key, found);
      byOptions.set(options, found);
      return found;
    },
  };
}

function refKey(ref: CoreRef | undefined): unknown {
  if (ref === undefined) return null;
  return ref.kind === 'export' ? [ref.instance, ref.name] : [ref.index];
}
