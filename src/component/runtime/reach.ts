/**
 * Which trampolines and core functions may suspend, found before anything runs. A core instance is taken to
 * reach whatever it imports; instances that share a table or a global reach each other, because functions travel
 * through both.
 *
 * @module
 */
import type { CoreRef, Plan } from '../plan.ts';

export interface Reach {
  /** By trampoline. */
  readonly trampolines: readonly boolean[];
  /** Whether calling this core function may suspend. */
  mayReach(ref: CoreRef | undefined): boolean;
}

/** What one import of a core module is: as `WebAssembly.Module.imports` tells. */
export type ImportKinds = (core: number) => readonly WebAssembly.ModuleImportDescriptor[];

/** Spreads "may suspend" from the host functions that do, over trampolines and core instances. */
export function computeReach(
  plan: Omit<Plan, 'cores'>,
  suspendingHosts: ReadonlySet<number>,
  importKinds: ImportKinds,
): Reach {
  const instances: boolean[] = plan.steps.map(() => false);
  const trampolines: boolean[] = plan.trampolines.map(() => false);
  const mayReach = (ref: CoreRef | undefined): boolean =>
    ref !== undefined &&
    ((ref.kind === 'export' ? instances[ref.instance] : trampolines[ref.index]) ?? false);
  const edges = sharing(plan, importKinds);
  const spread = (): boolean => {
    let changed = false;
    const mark = (set: boolean[], index: number, reached: boolean): void => {
      if (!reached || set[index] === true) return;
      set[index] = true;
      changed = true;
    };
    plan.trampolines.forEach((trampoline, index) => {
      if (trampoline.kind === 'lower-host') mark(trampolines, index, suspendingHosts.has(trampoline.host));
      if (trampoline.kind === 'lower-lifted') mark(trampolines, index, mayReach(trampoline.callee.core));
      if (trampoline.kind === 'resource.drop') {
        const resource = plan.resources[trampoline.resource];
        mark(trampolines, index, resource?.kind === 'guest' && mayReach(resource.destructor));
      }
    });
    plan.steps.forEach((step, index) => {
      mark(
        instances,
        index,
        step.imports.some(({ value }) => mayReach(value)),
      );
    });
    for (const [a, b] of edges) {
      mark(instances, a, instances[b] === true);
      mark(instances, b, instances[a] === true);
    }
    return changed;
  };
  while (spread());
  return { trampolines, mayReach };
}

/** Pairs of core instances that share a table or a global. */
function sharing(plan: Omit<Plan, 'cores'>, importKinds: ImportKinds): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  plan.steps.forEach((step, index) => {
    const kinds = new Map(
      importKinds(step.core).map(({ module, name, kind }) => [JSON.stringify([module, name]), kind]),
    );
    for (const { module, name, value } of step.imports) {
      const kind = kinds.get(JSON.stringify([module, name]));
      const shared = kind === 'table' || kind === 'global';
      if (shared && value.kind === 'export') pairs.push([index, value.instance]);
    }
  });
  return pairs;
}
