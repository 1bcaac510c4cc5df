/**
 * Takes shims and fixups out of a plan. They exist because a canonical function wants the memory of the very
 * module that imports it; our lanes look for their memory when they are first used, so the function can be
 * imported directly. That saves two core instances of three in a small component and a jump in every call.
 *
 * @module
 */
import type { CanonOptions, CoreRef, InstantiateStep, Lifted, Plan, Trampoline } from '../plan.ts';
import { hasStart } from './sections.ts';
import { readFixup, readShim, type Shim } from './shim-pattern.ts';

/** A shim and its fixup, by step, and what the shim's functions stand for. */
interface Pair {
  readonly shim: number;
  readonly fixup: number;
  readonly functions: ReadonlyMap<string, CoreRef>;
}

/** The same plan with as few helper instances as can be told apart from none. */
export function elideShims(plan: Plan): Plan {
  const pairs = findPairs(plan);
  if (pairs.length === 0) return plan;
  const gone = new Set(pairs.flatMap(({ shim, fixup }) => [shim, fixup]));
  const byShim = new Map(pairs.map((pair) => [pair.shim, pair]));
  let kept = 0;
  const renumbered = plan.steps.map((_, index) => (gone.has(index) ? -1 : kept++));
  return rewrite(plan, gone, (ref) => {
    const meant = ref.kind === 'export' ? (byShim.get(ref.instance)?.functions.get(ref.name) ?? ref) : ref;
    if (meant.kind === 'trampoline') return meant;
    return { ...meant, instance: renumbered[meant.instance] ?? -1 };
  });
}

function findPairs(plan: Plan): Pair[] {
  const shims = new Map<number, Shim>();
  const byCore = plan.cores.map((bytes) => readShim(bytes));
  plan.steps.forEach(({ core }, index) => {
    const shim = byCore[core];
    if (shim !== undefined) shims.set(index, shim);
  });
  if (shims.size === 0) return [];
  const uses = usesOf(plan, shims);
  const starts = plan.cores.map(hasStart);
  const pairs: Pair[] = [];
  for (const [index, step] of plan.steps.entries()) {
    const pair = asFixup(plan, shims, index, step);
    if (pair === undefined) continue;
    const between = plan.steps.slice(pair.shim, pair.fixup);
    const quiet = between.every(({ core }) => starts[core] !== true);
    if (quiet && replaceable(plan, shims, pair, uses.get(pair.shim) ?? [])) pairs.push(pair);
  }
  return pairs;
}

/** One import of a shim's export, or one reference from elsewhere, which is followed only once all is made. */
interface Use {
  readonly step: number | undefined;
  readonly name: string;
}

function usesOf(plan: Plan, shims: ReadonlyMap<number, Shim>): Map<number, Use[]> {
  const uses = new Map<number, Use[]>();
  const note = (ref: CoreRef, step?: number): CoreRef => {
    if (ref.kind !== 'export' || !shims.has(ref.instance)) return ref;
    const known = uses.get(ref.instance) ?? [];
    known.push({ step, name: ref.name });
    uses.set(ref.instance, known);
    return ref;
  };
  plan.steps.forEach(({ imports }, step) => {
    for (const { value } of imports) note(value, step);
  });
  rewrite({ ...plan, steps: [] }, new Set(), (ref) => note(ref));
  return uses;
}

function asFixup(
  plan: Plan,
  shims: ReadonlyMap<number, Shim>,
  index: number,
  step: InstantiateStep,
): Pair | undefined {
  const filled = step.imports.find(
    ({ value }) => value.kind === 'export' && shims.get(value.instance)?.table === value.name,
  )?.value;
  if (filled?.kind !== 'export') return undefined;
  const fixup = readFixup(plan.cores[step.core] ?? new Uint8Array());
  const shim = shims.get(filled.instance);
  if (fixup === undefined || shim === undefined) return undefined;
  const supplied = ({
    module,
    name,
  }: {
    readonly module: string;
    readonly name: string;
  }): CoreRef | undefined => step.imports.find((one) => one.module === module && one.name === name)?.value;
  if (supplied(fixup.table) !== filled) return undefined;
  const functions = new Map<string, CoreRef>();
  for (const [name, slot] of shim.slots) {
    const name0 = fixup.slots[slot];
    const value = name0 === undefined ? undefined : supplied(name0);
    if (value === undefined) return undefined;
    functions.set(name, value);
  }
  return { shim: filled.instance, fixup: index, functions };
}

/** Whether every use of the shim can have what it stands for instead. */
function replaceable(
  plan: Plan,
  shims: ReadonlyMap<number, Shim>,
  pair: Pair,
  uses: readonly Use[],
): boolean {
  return uses.every(({ step, name }) => {
    if (step === pair.fixup) return true;
    const value = pair.functions.get(name);
    if (value === undefined || (value.kind === 'export' && shims.has(value.instance))) return false;
    return step === undefined || madeBefore(plan, value, step);
  });
}

/** Whether this can be imported by a step: memories and reallocs are looked for later. */
function madeBefore(plan: Plan, ref: CoreRef, step: number): boolean {
  if (ref.kind === 'export') return ref.instance < step;
  const trampoline = plan.trampolines[ref.index];
  if (trampoline?.kind !== 'lower-lifted') return trampoline !== undefined;
  const { core, options } = trampoline.callee;
  return [core, options.postReturn].every(
    (part) => part === undefined || (part.kind === 'export' && part.instance < step),
  );
}

/** A plan without these steps and with every reference replaced; types stay the same objects. */
function rewrite(plan: Plan, gone: ReadonlySet<number>, replace: (ref: CoreRef) => CoreRef): Plan {
  const maybe = (ref: CoreRef | undefined): CoreRef | undefined =>
    ref === undefined ? undefined : replace(ref);
  const options = (one: CanonOptions): CanonOptions => ({
    ...one,
    memory: maybe(one.memory),
    realloc: maybe(one.realloc),
    postReturn: maybe(one.postReturn),
  });
  const lifted = (one: Lifted): Lifted => ({
    ...one,
    core: replace(one.core),
    options: options(one.options),
  });
  const trampoline = (one: Trampoline): Trampoline => {
    if (one.kind === 'lower-host') return { ...one, options: options(one.options) };
    if (one.kind !== 'lower-lifted') return one;
    return { ...one, callee: lifted(one.callee), options: options(one.options) };
  };
  return {
    ...plan,
    resources: plan.resources.map((one) =>
      one.kind === 'host' ? one : { ...one, destructor: maybe(one.destructor) },
    ),
    trampolines: plan.trampolines.map(trampoline),
    steps: plan.steps
      .filter((_, index) => !gone.has(index))
      .map((step) => ({
        ...step,
        imports: step.imports.map((one) => ({ ...one, value: replace(one.value) })),
      })),
    exports: plan.exports.map((one) =>
      one.value.kind === 'host' ? one : { ...one, value: { ...one.value, lifted: lifted(one.value.lifted) } },
    ),
  };
}
