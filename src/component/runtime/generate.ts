/**
 * Generates all functions of one linked component.
 *
 * @module
 */
import type { CanonOptions, Lifted, PlanExport, Trampoline } from '../plan.ts';
import type { StringEncoding, ValType } from '../types.ts';
import { check } from './check.ts';
import { Code } from './code.ts';
import { hostFunctionName, type LinkPlan } from './component.ts';
import {
  adapter,
  type EntryTools,
  exportEntry,
  type HostCall,
  hostExport,
  hostTrampoline,
  type LiftedEntry,
  loweredSignature,
} from './entry.ts';
import type { Signature } from './gate.ts';
import { createGuards } from './guards.ts';
import { handleValues } from './handle-values.ts';
import { createLayouts } from './layout.ts';
import type { Bindings } from './linker.ts';
import type { Target } from './match.ts';
import type { Reach } from './reach.ts';
import type { Far, Side } from './shape.ts';
import { type StringCodec, stringCodec } from './strings.ts';
import { transcoder } from './transcode.ts';
import type { Where } from './traps.ts';
import { createBits } from './values.ts';

/** By trampoline: what makes its core function for one instance; by export: what `call` runs. */
export interface Generated {
  readonly trampolines: readonly (((...bound: unknown[]) => CoreFunction) | undefined)[];
  readonly exports: readonly ((...bound: unknown[]) => unknown)[];
  /** Core type of a trampoline. */
  signature(trampoline: Trampoline): Signature;
}

export type CoreFunction = (...args: unknown[]) => unknown;

/** Writes and compiles the code for every trampoline and export of a plan. */
export function generate(plan: LinkPlan, bindings: Bindings, reach: Reach): Generated {
  const context = createContext(plan, bindings);
  const { tools } = context;
  const factories = plan.trampolines.map((trampoline, index) =>
    trampolineSource(context, trampoline, index, reach),
  );
  const entries = plan.exports.map((exported) => exportSource(context, exported, reach));
  const named = factories.filter((name) => name !== undefined);
  const built = tools.code.build([...named, ...entries]) as CoreFunction[];
  let next = 0;
  return {
    trampolines: factories.map((name) =>
      name === undefined ? undefined : (built[next++] as () => CoreFunction),
    ),
    exports: built.slice(named.length),
    signature: (trampoline) =>
      'type' in trampoline
        ? loweredSignature(tools.layouts, trampoline.type)
        : { params: ['i32'], results: [] },
  };
}

interface Context {
  readonly plan: LinkPlan;
  readonly bindings: Bindings;
  readonly tools: EntryTools;
  side(options: CanonOptions, far: Far): Side;
}

function createContext(plan: LinkPlan, bindings: Bindings): Context {
  const code = new Code();
  const layouts = createLayouts();
  const fitsHandle = (
    state: { holds(value: unknown, resource: number): boolean },
    resource: number,
    value: unknown,
  ) => {
    const found = bindings.classes[resource];
    return found === undefined ? state.holds(value, resource) : value instanceof found;
  };
  const checks = { code, hostClass: (resource: number) => bindings.classes[resource] };
  const codecs = new Map<string, StringCodec>();
  const codecOf = (encoding: StringEncoding, far: Far): StringCodec => {
    const key = `${encoding}/${far}`;
    const known = codecs.get(key) ?? codecFor(encoding, far);
    codecs.set(key, known);
    return known;
  };
  const bits = code.data(createBits());
  const handles = code.data(handleValues);
  return {
    plan,
    bindings,
    tools: {
      code,
      layouts,
      guards: code.data(createGuards(fitsHandle)),
      check: (type: ValType, value: string) => check(checks, type, value),
    },
    side: ({ instance, encoding }, far) => ({
      code,
      layouts,
      encoding,
      instance,
      far,
      resources: plan.resources,
      bits,
      codec: code.data(codecOf(encoding, far)),
      handles,
    }),
  };
}

function codecFor(encoding: StringEncoding, far: Far): StringCodec {
  const exact = stringCodec(encoding);
  return far === 'host' ? exact : { lift: exact.lift, lower: transcoder(far, encoding, exact) };
}

function trampolineSource(
  context: Context,
  trampoline: Trampoline,
  index: number,
  reach: Reach,
): string | undefined {
  const { tools, plan } = context;
  if (trampoline.kind !== 'lower-host' && trampoline.kind !== 'lower-lifted') return undefined;
  const { type, options } = trampoline;
  const params = type.params.map((param) => param.name);
  const suspends = reach.trampolines[index] === true;
  if (trampoline.kind === 'lower-lifted') {
    const { callee } = trampoline;
    const side = context.side(options, callee.options.encoding);
    const entry = { type, side, where: { inner: index, params }, suspends };
    return adapter(tools, entry, liftedEntry(context, callee, options, suspends));
  }
  const where: Where = { import: hostFunctionName(plan, trampoline.host), params };
  const target = context.bindings.targets[trampoline.host];
  if (target === undefined) throw new TypeError('Cannot generate trampoline: its host function is not bound');
  const entry = { type, side: context.side(options, 'host'), where, suspends };
  return hostTrampoline(tools, entry, hostCall(tools.code, target));
}

function exportSource(context: Context, exported: PlanExport, reach: Reach): string {
  const { tools } = context;
  const { type, value } = exported;
  const where: Where = { export: exported.name, params: type.params.map((param) => param.name) };
  if (value.kind === 'host') {
    const target = context.bindings.targets[value.host];
    if (target === undefined) throw new TypeError('Cannot generate export: its host function is not bound');
    return hostExport(tools, hostCall(tools.code, target), type, where);
  }
  const { lifted } = value;
  return exportEntry(tools, liftedEntry(context, lifted, undefined, reach.mayReach(lifted.core)), where);
}

/** A lifted function as the host calls it, or another component with these options. */
function liftedEntry(
  context: Context,
  { options, type }: Lifted,
  caller: CanonOptions | undefined,
  suspends: boolean,
): LiftedEntry {
  return {
    type,
    side: context.side(options, caller?.encoding ?? 'host'),
    enters: enteringSet(context.plan, options.instance, caller?.instance),
    suspends,
    postReturn: options.postReturn !== undefined,
  };
}

/** The component instances that a call from `caller` enters (CanonicalABI: entering_set). */
export function enteringSet(plan: LinkPlan, callee: number, caller: number | undefined): number[] {
  const left = new Set(caller === undefined ? [] : withAncestors(plan, caller));
  return withAncestors(plan, callee).filter((part) => !left.has(part));
}

function withAncestors(plan: LinkPlan, instance: number): number[] {
  const found: number[] = [];
  for (let at = instance; at >= 0 && found.length <= plan.instances; at = plan.parents[at] ?? -1)
    found.push(at);
  return found;
}

function hostCall(code: Code, target: Target): HostCall {
  const { suspends } = target;
  const call =
    (callee: string) =>
    (args: readonly string[]): string =>
      `${callee}(${['s.call', ...args].join(',')})`;
  switch (target.kind) {
    case 'function':
      return { suspends, expression: call(code.data(target.run)) };
    case 'constructor':
      return { suspends, expression: call(`new ${code.data(target.class)}`) };
    case 'static': {
      const holder = code.data(target.class);
      if (target.run === undefined)
        return { suspends, expression: call(`${holder}[${code.data(target.name)}]`) };
      const run = code.data(target.run);
      return { suspends, expression: (args) => `${run}.call(${[holder, 's.call', ...args].join(',')})` };
    }
    case 'method': {
      if (target.run === undefined) {
        const name = code.data(target.name);
        return {
          suspends,
          expression: ([self, ...args]) => `${self}[${name}](${['s.call', ...args].join(',')})`,
        };
      }
      const run = code.data(target.run);
      return {
        suspends,
        expression: ([self = '', ...args]) => `${run}.call(${[self, 's.call', ...args].join(',')})`,
      };
    }
  }
}
