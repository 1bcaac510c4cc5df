/**
 * Binds a component's imports once and generates all code that its instances share.
 *
 * @module
 */
import type { Component, HostInterface, InstancePre, LiftLimits, Linker } from '../api.ts';
import type { HostClass } from './check.ts';
import type { Compiled } from './component.ts';
import { fail } from './errors.ts';
import { createIdle, type Idle } from './idle.ts';
import { createInstancePre } from './instance-pre.ts';
import { type Faults, matchImport, type Target } from './match.ts';

/** What the host supplies for one component. */
export interface Bindings {
  /** By index of the host function. */
  readonly targets: readonly Target[];
  /** By resource of the plan; `undefined` for a guest's. */
  readonly classes: readonly (HostClass | undefined)[];
  readonly limits: LiftLimits;
}

const DEFAULT_LIMITS: LiftLimits = { bytes: 32 * 2 ** 20, values: 1_000_000 };

export interface LinkerOptions {
  readonly limits?: LiftLimits;
  /** Where instances wait for their next event; of its own unless given. */
  readonly idle?: Idle;
  /** Whether instances serve one event after another, as new each time; `false` makes each event one of its own. */
  readonly reuse?: boolean;
}

/**
 * Makes a linker: offer interfaces with `define`, then `link` as many components as there are. `limits` bounds
 * what a guest may pass in one call: 32 MiB and a million values unless given.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { compile } from './component.ts';
 * const component = await compile(new Uint8Array([0, 97, 115, 109, 13, 0, 1, 0]));
 * const linked = createLinker().define('my:log/api', { log: () => undefined }).link(component);
 * using instance = linked.acquire();
 * assert.throws(() => instance.call('run', []), { code: 'EXPORT_MISSING' });
 * ```
 */
export function createLinker(options: LinkerOptions = {}): Linker {
  const { limits = DEFAULT_LIMITS, idle = createIdle(), reuse = true } = options;
  const offered = new Map<string, HostInterface>();
  const linker: Linker = {
    define(name, functions) {
      offered.set(name, { ...offered.get(name), ...functions });
      return linker;
    },
    link: (component) => link(component as Compiled, offered, { limits, idle, reuse }),
  };
  return linker;
}

function link(
  component: Component & Compiled,
  offered: ReadonlyMap<string, HostInterface>,
  { limits, ...rest }: Required<LinkerOptions>,
): InstancePre {
  const { plan } = component;
  const faults: Faults = { missing: [], wrong: [] };
  const targets: Target[] = new Array(plan.hostFunctions.length);
  const classes: (HostClass | undefined)[] = new Array(plan.resources.length).fill(undefined);
  for (const wanted of plan.imports) {
    const matched = matchImport(wanted, offered, faults);
    for (const { index, target } of matched.functions) targets[index] = target;
    for (const { resource, class: found } of matched.resources) classes[resource] = found;
  }
  if (faults.missing.length > 0 || faults.wrong.length > 0) {
    throw fail('LINK', { missing: faults.missing, wrong: faults.wrong });
  }
  return createInstancePre(component, { targets, classes, limits }, rest);
}
