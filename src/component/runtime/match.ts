/**
 * Finds what the host offers for each import of a component.
 *
 * @module
 */
import type { HostFunction, HostInterface } from '../api.ts';
import { Suspending } from '../api.ts';
import type { PlanImport } from '../plan.ts';
import type { HostClass } from './check.ts';
import { jsTarget, pascalCase } from './names.ts';

/** A host function, found. */
export type Target =
  | { readonly kind: 'function'; readonly run: HostFunction; readonly suspends: boolean }
  | { readonly kind: 'constructor'; readonly class: HostClass; readonly suspends: false }
  | {
      readonly kind: 'method' | 'static';
      readonly class: HostClass;
      readonly name: string;
      /** Set when it is wrapped; otherwise it is looked up on the object, so that subclasses may override. */
      readonly run: HostFunction | undefined;
      readonly suspends: boolean;
    };

export interface Matched {
  readonly functions: readonly { readonly index: number; readonly target: Target }[];
  readonly resources: readonly { readonly resource: number; readonly class: HostClass }[];
}

/** What could not be matched, as `interface#function`. */
export interface Faults {
  readonly missing: string[];
  readonly wrong: { readonly name: string; readonly expected: string }[];
}

/** Matches one import; what does not match goes to `faults`. */
export function matchImport(
  wanted: PlanImport,
  offered: ReadonlyMap<string, HostInterface>,
  faults: Faults,
): Matched {
  const found =
    findInterface(wanted.name, offered) ?? (wanted.kind === 'func' ? offered.get('$root') : undefined);
  const lone = wanted.kind === 'func';
  const resources: { resource: number; class: HostClass }[] = [];
  for (const { name, resource } of wanted.resources) {
    const js = pascalCase(name);
    const value = own(found, js);
    if (value === undefined) faults.missing.push(`${wanted.name}#${name}`);
    else if (!isClass(value))
      faults.wrong.push({ name: `${wanted.name}#${name}`, expected: `a class ${js}` });
    else resources.push({ resource, class: value });
  }
  const functions: { index: number; target: Target }[] = [];
  for (const { name, index } of wanted.functions) {
    const target = findFunction(found, name, lone);
    const shown = lone ? wanted.name : `${wanted.name}#${name}`;
    if (target === undefined) faults.missing.push(shown);
    else if (typeof target === 'string') faults.wrong.push({ name: shown, expected: target });
    else functions.push({ index, target });
  }
  return { functions, resources };
}

/** By exact name, else the newest one of a compatible version. */
function findInterface(name: string, offered: ReadonlyMap<string, HostInterface>): HostInterface | undefined {
  const exact = offered.get(name);
  if (exact !== undefined) return exact;
  const wanted = versionOf(name);
  if (wanted === undefined) return undefined;
  let best: { readonly version: Version; readonly functions: HostInterface } | undefined;
  for (const [candidate, functions] of offered) {
    const version = versionOf(candidate);
    if (version === undefined || version.track !== wanted.track) continue;
    if (best === undefined || compare(version, best.version) > 0) best = { version, functions };
  }
  return best?.functions;
}

interface Version {
  /** Name and the part of the version that must be equal: `wasi:io/error@0.2`. */
  readonly track: string;
  readonly numbers: readonly [number, number, number];
}

/** Pre-releases promise nothing and match only exactly. */
function versionOf(name: string): Version | undefined {
  const match = /^(.+)@(\d+)\.(\d+)\.(\d+)$/.exec(name);
  if (match === null) return undefined;
  const [, base = '', major = '', minor = '', patch = ''] = match;
  const track = major !== '0' ? major : minor !== '0' ? `0.${minor}` : `0.0.${patch}`;
  return { track: `${base}@${track}`, numbers: [Number(major), Number(minor), Number(patch)] };
}

function compare(a: Version, b: Version): number {
  const at = a.numbers.findIndex((number, index) => number !== b.numbers[index]);
  return at < 0 ? 0 : (a.numbers[at] ?? 0) - (b.numbers[at] ?? 0);
}

/** The function, a sentence that says what was expected instead, or `undefined`. */
function findFunction(
  found: HostInterface | undefined,
  name: string,
  lone: boolean,
): Target | string | undefined {
  const target = jsTarget(name);
  if (target.kind === 'function') {
    const value = own(found, target.name) ?? (lone ? own(found, 'default') : undefined);
    if (value === undefined) return undefined;
    if (value instanceof Suspending) return { kind: 'function', run: value.run, suspends: true };
    if (typeof value !== 'function') return `a function ${target.name}`;
    return { kind: 'function', run: value as HostFunction, suspends: false };
  }
  const value = own(found, target.resource);
  if (value === undefined) return undefined;
  if (!isClass(value)) return `a class ${target.resource}`;
  if (target.kind === 'constructor') return { kind: 'constructor', class: value, suspends: false };
  const holder = target.kind === 'static' ? value : (value.prototype as object);
  const member = (holder as Readonly<Record<string, unknown>>)[target.name];
  const inherited = target.kind === 'static' ? Function.prototype : Object.prototype;
  if (member === undefined || member === Reflect.get(inherited, target.name)) return undefined;
  if (member instanceof Suspending) return { ...target, class: value, run: member.run, suspends: true };
  if (typeof member !== 'function') return `a ${target.kind} ${target.resource}.${target.name}`;
  return { ...target, class: value, run: undefined, suspends: false };
}

/** Own properties only: a component may import `constructor` or `toString`. */
function own(found: HostInterface | undefined, name: string): unknown {
  return found !== undefined && Object.hasOwn(found, name) ? found[name] : undefined;
}

function isClass(value: unknown): value is HostClass {
  return typeof value === 'function' && typeof (value as { prototype?: unknown }).prototype === 'object';
}
