/**
 * Runs one function of a component once and makes a component that goes on from there.
 *
 * @module
 */
import { decode } from '../../component/decode.ts';
import type { CoreRef, Plan, Trampoline } from '../../component/plan.ts';
import { Reader, type Section, sectionsOf, Unknown, withSections } from './binary.ts';
import { frozen, visible } from './core-module.ts';

/** A host function was called that is not there while a component is built. */
export class HostCall extends Error {
  /** `hermes:kv-store/api#kv-get`. */
  readonly called: string;
  constructor(called: string) {
    super(`${called} is called while the module is built`);
    this.called = called;
  }
}

export interface Loaded {
  /** The component behind the call, without the export and those of the helpers. */
  readonly component: Uint8Array<ArrayBuffer>;
  /** What the function answered. */
  readonly answer: string | undefined;
}

/**
 * Calls `name: func(text: string) -> option<string>` of a component. Of the host there are clocks and nothing else: other
 * calls throw {@link HostCall}. Throws {@link Unknown} for components that are made in another way than expected.
 */
export function callAndFreeze(
  bytes: Uint8Array,
  name: string,
  argument: string,
  helpers: readonly string[] = [],
): Loaded {
  const plan = decode(bytes);
  const exports = instantiate(plan);
  const answer = call(plan, exports, name, argument);
  const parts = plan.cores.map((core, index) => {
    const steps = plan.steps.flatMap((step, at) => (step.core === index ? [at] : []));
    if (steps.length > 1) throw new Unknown('A core module has several instances');
    const [step] = steps;
    return step === undefined ? core : frozen(core, exports[step] ?? {});
  });
  const left = [...parts];
  const frozenComponent = replaceCores(bytes, plan.cores, left);
  const component = [name, ...helpers].reduce(withoutExport, frozenComponent);
  if (left.length > 0) throw new Unknown('Core modules lie where nobody looked');
  return { component, answer };
}

/** One instance of each core module, in the order of the plan's steps. */
function instantiate(plan: Plan): readonly WebAssembly.Exports[] {
  const modules = plan.cores.map((core) => new WebAssembly.Module(visible(core)));
  const instances: WebAssembly.Exports[] = [];
  const resolve = (ref: CoreRef): unknown =>
    ref.kind === 'export'
      ? instances[ref.instance]?.[ref.name]
      : host(plan, plan.trampolines[ref.index], (memory) => resolve(memory) as WebAssembly.Memory);
  for (const { core, imports } of plan.steps) {
    const object: Record<string, Record<string, unknown>> = {};
    for (const { module, name, value } of imports) {
      object[module] ??= {};
      object[module][name] = resolve(value);
    }
    const module = modules[core];
    if (!module) throw new Unknown('A core module is not there');
    instances.push(new WebAssembly.Instance(module, object as WebAssembly.Imports).exports);
  }
  return instances;
}

/** What a core module may call. */
function host(
  plan: Plan,
  trampoline: Trampoline | undefined,
  memoryOf: (ref: CoreRef) => WebAssembly.Memory,
): (...args: never[]) => unknown {
  if (trampoline?.kind !== 'lower-host') {
    return () => {
      throw new HostCall(trampoline?.kind ?? 'a function');
    };
  }
  const { import: from, name } = plan.hostFunctions[trampoline.host] ?? { import: -1, name: '?' };
  const face = plan.imports[from]?.name ?? '?';
  const { memory } = trampoline.options;
  if (/^wasi:clocks\/monotonic-clock@0\.2\./.test(face) && name === 'now')
    return () => process.hrtime.bigint();
  if (/^wasi:clocks\/wall-clock@0\.2\./.test(face) && name === 'now' && memory) {
    return (at: number) => {
      const now = Date.now();
      const view = new DataView(memoryOf(memory).buffer);
      view.setBigUint64(at, BigInt(Math.floor(now / 1000)), true);
      view.setUint32(at + 8, (now % 1000) * 1_000_000, true);
    };
  }
  return () => {
    throw new HostCall(`${face}#${name}`);
  };
}

type Core = (...args: number[]) => number;

function call(
  { exports }: Plan,
  instances: readonly WebAssembly.Exports[],
  name: string,
  argument: string,
): string | undefined {
  const value = exports.find((item) => item.name === name)?.value;
  if (value?.kind !== 'lifted') throw new Unknown(`There is no function ${name}`);
  const { core, options } = value.lifted;
  const find = (ref: CoreRef | undefined): unknown => {
    if (ref?.kind !== 'export') throw new Unknown(`The function ${name} is lifted in an unknown way`);
    return instances[ref.instance]?.[ref.name];
  };
  const memory = find(options.memory) as WebAssembly.Memory;
  const bytes = Buffer.from(argument);
  const at = (find(options.realloc) as Core)(0, 0, 1, bytes.length) >>> 0;
  new Uint8Array(memory.buffer, at, bytes.length).set(bytes);
  const result = (find(core) as Core)(at, bytes.length) >>> 0;
  const view = new DataView(memory.buffer);
  const some = view.getUint8(result) === 1;
  const [start, length] = [view.getUint32(result + 4, true), view.getUint32(result + 8, true)];
  const answer = some ? Buffer.from(memory.buffer, start, length).toString('utf8') : undefined;
  if (options.postReturn) (find(options.postReturn) as Core)(result);
  return answer;
}

const CORE = 1;
const COMPONENT = 4;
const EXPORT = 11;

/** The component with the next of `parts` in the place of each core module. */
export function replaceCores(
  bytes: Uint8Array,
  cores: readonly Uint8Array[],
  parts: Uint8Array[],
): Uint8Array<ArrayBuffer> {
  const sections = sectionsOf(bytes).map(({ id, body }): Section => {
    if (id === COMPONENT) return { id, body: replaceCores(body, cores, parts) };
    if (id !== CORE) return { id, body };
    const expected = cores[cores.length - parts.length];
    const part = parts.shift();
    if (!part || !expected || Buffer.compare(expected, body) !== 0)
      throw new Unknown('Core modules are in another order');
    return { id, body: part };
  });
  return withSections(bytes, sections);
}

/** An export of a function; what is exported behind it must be no function, as that would have another index then. */
function withoutExport(bytes: Uint8Array, name: string): Uint8Array<ArrayBuffer> {
  const sections = sectionsOf(bytes);
  const kept = sections.filter(({ id, body }) => id !== EXPORT || !exportsOnly(body, name));
  if (kept.length !== sections.length - 1)
    throw new Unknown(`The function ${name} is exported in an unknown way`);
  return withSections(bytes, kept);
}

function exportsOnly(body: Uint8Array, name: string): boolean {
  const reader = new Reader(body);
  if (reader.number() !== 1) return false;
  reader.byte();
  return reader.name() === name;
}
