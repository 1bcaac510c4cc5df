/**
 * From a checked component to a flat plan: runs its program and those of the components inside, as
 * instantiation would, and writes down what there is to do at run time.
 *
 * @module
 */
import type { Entity } from '../check/entities.ts';
import type { Arg, ImportOp, NamedArg, Op, Program } from '../check/ops.ts';
import type { World } from '../check/world.ts';
import type { CanonOpts } from '../decode/ast.ts';
import { type Counter, counter } from '../decode/limits.ts';
import type { CanonOptions, CoreRef, InstantiateStep, Plan, PlanExport, Trampoline } from '../plan.ts';
import { type CoreInstanceValue, exportOf, Frame, type InstanceValue, present, type Value } from './frame.ts';
import { type HostTables, hostImport } from './host.ts';

interface Output extends HostTables {
  readonly trampolines: Trampoline[];
  readonly steps: InstantiateStep[];
  readonly countSteps: Counter;
  readonly countInstances: Counter;
  readonly countTrampolines: Counter;
  /** Of each component instance made so far. */
  readonly parents: number[];
}

/** A component about to be instantiated. */
interface Made {
  readonly program: Program;
  /** Where it was defined. */
  readonly outer: Frame | undefined;
  /** The component instance that instantiates it. */
  readonly parent: number;
}

type Supply = (wanted: ImportOp, frame: Frame) => Value;

/** Flattens the root component. Throws `COMPONENT_UNSUPPORTED` or `COMPONENT_LIMIT`. */
export function inline(world: World, program: Program): Plan {
  const output: Output = {
    imports: [],
    hostFunctions: [],
    resources: [],
    trampolines: [],
    steps: [],
    parents: [],
    rootGroup: undefined,
    countSteps: counter('steps'),
    countInstances: counter('componentInstances'),
    countTrampolines: counter('trampolines'),
  };
  const root = instantiate(output, world, { program, outer: undefined, parent: -1 }, (wanted, frame) =>
    hostImport(frame, output, wanted),
  );
  const { imports, hostFunctions, resources, trampolines, steps, parents } = output;
  const cores = world.cores.map((core) => world.bytes.slice(core.start, core.end));
  return {
    cores,
    imports,
    hostFunctions,
    resources,
    instances: parents.length,
    parents,
    trampolines,
    steps,
    exports: planExports(program, root),
  };
}

function instantiate(output: Output, world: World, made: Made, supply: Supply): Frame {
  output.countInstances();
  const frame = new Frame(world, output.parents.push(made.parent) - 1, made.outer);
  for (const op of made.program.ops) {
    world.work();
    run(output, frame, op, supply);
  }
  return frame;
}

function run(output: Output, frame: Frame, op: Op, supply: Supply): void {
  switch (op.op) {
    case 'import': {
      const value = supply(op, frame);
      bind(frame, op.type, value);
      frame.push(value);
      break;
    }
    case 'core module':
      frame.push({ sort: 'core module', core: op.core, type: op.type });
      break;
    case 'core instance':
      coreInstance(output, frame, op);
      break;
    case 'core bag':
      frame.coreInstances.push({
        kind: 'bag',
        exports: new Map(op.exports.map(({ name, sort, index }) => [name, frame.coreAt(sort, index)])),
      });
      break;
    case 'component':
      frame.push({ sort: 'component', program: op.component, outer: frame });
      break;
    case 'instance':
      instance(output, frame, op);
      break;
    case 'bag':
      frame.push({ sort: 'instance', exports: bag(frame, op.exports) });
      break;
    case 'alias':
      frame.push(exportOf(frame.at('instance', op.instance), op.name, op.sort));
      break;
    case 'core alias':
      frame.core[op.sort].push(coreExport(present(frame.coreInstances[op.instance]), op.name));
      break;
    case 'outer':
      frame.push(outward(frame, op.count).at(op.sort, op.index));
      break;
    case 'export': {
      const value = resolveArg(frame, op.arg);
      frame.exports.set(op.name, value);
      bind(frame, op.type, value);
      frame.push(value);
      break;
    }
    default:
      canonical(output, frame, op);
      break;
  }
}

type CanonicalOp = Extract<
  Op,
  { op: 'resource' | 'lift' | 'lower' | 'resource.new' | 'resource.rep' | 'resource.drop' }
>;

function canonical(output: Output, frame: Frame, op: CanonicalOp): void {
  switch (op.op) {
    case 'resource': {
      const destructor = op.destructor === undefined ? undefined : frame.coreAt('func', op.destructor);
      const index = output.resources.push({ kind: 'guest', instance: frame.instance, destructor }) - 1;
      frame.bindResource(op.resource, index);
      break;
    }
    case 'lift': {
      const type = frame.func(op.type);
      const lifted = { core: frame.coreAt('func', op.core), type, options: options(frame, op.options) };
      frame.push({ sort: 'func', type, value: { kind: 'lifted', lifted } });
      break;
    }
    case 'lower': {
      const { value, type } = frame.at('func', op.func);
      const shared = { type, options: options(frame, op.options) };
      trampoline(
        output,
        frame,
        value.kind === 'host'
          ? { kind: 'lower-host', host: value.host, ...shared }
          : { kind: 'lower-lifted', callee: value.lifted, ...shared },
      );
      break;
    }
    default:
      trampoline(output, frame, {
        kind: op.op,
        resource: frame.resource(op.resource),
        instance: frame.instance,
      });
      break;
  }
}

function trampoline(output: Output, frame: Frame, made: Trampoline): void {
  output.countTrampolines();
  frame.core.func.push({ kind: 'trampoline', index: output.trampolines.push(made) - 1 });
}

function options(frame: Frame, { encoding, memory, realloc, postReturn }: CanonOpts): CanonOptions {
  return {
    instance: frame.instance,
    encoding,
    memory: memory === undefined ? undefined : frame.coreAt('memory', memory),
    realloc: realloc === undefined ? undefined : frame.coreAt('func', realloc),
    postReturn: postReturn === undefined ? undefined : frame.coreAt('func', postReturn),
  };
}

function coreInstance(output: Output, frame: Frame, op: Extract<Op, { op: 'core instance' }>): void {
  output.countSteps();
  const { core, type } = frame.at('core module', op.module);
  frame.world.work(type.imports.length);
  const imports = type.imports.map(({ module, name }) => {
    const given = present(frame.coreInstances[present(op.args.get(module))]);
    return { module, name, value: coreExport(given, name) };
  });
  const instance = output.steps.push({ core, instance: frame.instance, imports }) - 1;
  frame.coreInstances.push({ kind: 'made', instance });
}

function coreExport(instance: CoreInstanceValue, name: string): CoreRef {
  if (instance.kind === 'made') return { kind: 'export', instance: instance.instance, name };
  return present(instance.exports.get(name));
}

function instance(output: Output, frame: Frame, op: Extract<Op, { op: 'instance' }>): void {
  const { program, outer } = frame.at('component', op.component);
  const args = bag(frame, op.args);
  const inner = instantiate(output, frame.world, { program, outer, parent: frame.instance }, ({ name }) =>
    present(args.get(name)),
  );
  const value: InstanceValue = { sort: 'instance', exports: inner.exports };
  bind(frame, { sort: 'instance', type: op.type }, value);
  frame.push(value);
}

function bag(frame: Frame, entries: readonly NamedArg[]): ReadonlyMap<string, Value> {
  frame.world.work(entries.length);
  return new Map(entries.map(({ name, arg }) => [name, resolveArg(frame, arg)]));
}

function resolveArg(frame: Frame, arg: Arg): Value {
  if (arg.sort !== 'type') return frame.at(arg.sort, arg.index);
  return { sort: 'type', resource: arg.resource === undefined ? undefined : frame.resource(arg.resource) };
}

function outward(frame: Frame, count: number): Frame {
  let found = frame;
  for (let left = count; left > 0; left -= 1) found = present(found.parent);
  return found;
}

/** Learns which resources of the plan the type of a definition speaks of. */
function bind(frame: Frame, entity: Entity, value: Value): void {
  frame.world.work();
  if (entity.sort === 'type' && entity.type.kind === 'resource' && value.sort === 'type') {
    if (value.resource !== undefined && frame.knownResource(entity.type.resource) === undefined)
      frame.bindResource(entity.type.resource, value.resource);
  }
  if (entity.sort !== 'instance' || value.sort !== 'instance') return;
  for (const [name, inner] of entity.type.exports) {
    if (inner.sort === 'type' || inner.sort === 'instance')
      bind(frame, inner, present(value.exports.get(name)));
  }
}

/** Functions exported by the root, and by its exported instances, one level deep. */
function planExports(program: Program, root: Frame): readonly PlanExport[] {
  const exports: PlanExport[] = [];
  for (const op of program.ops) {
    if (op.op !== 'export') continue;
    const value = present(root.exports.get(op.name));
    if (value.sort === 'func') exports.push({ name: op.name, type: value.type, value: value.value });
    if (value.sort !== 'instance' || op.type.sort !== 'instance') continue;
    for (const [member, type] of op.type.type.exports) {
      root.world.work();
      const inner = type.sort === 'func' ? present(value.exports.get(member)) : undefined;
      if (inner?.sort === 'func')
        exports.push({ name: `${op.name}#${member}`, type: inner.type, value: inner.value });
    }
  }
  return exports;
}
