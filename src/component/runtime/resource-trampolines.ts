/**
 * `canon resource.new`, `.rep` and `.drop`, and destructors called by the host.
 *
 * @module
 */
import type { PlanResource, Trampoline } from '../plan.ts';
import { fail, Violation } from './errors.ts';
import { HOST_CALL } from './fuel.ts';
import { type CoreFunction, enteringSet } from './generate.ts';
import { Handle, type Part } from './handles.ts';
import type { LiveInstance } from './instance.ts';
import { disposeHostObject, type State } from './state.ts';
import { IN_GUEST, IN_HOST, type Where } from './traps.ts';

type ResourceTrampoline = Extract<Trampoline, { kind: `resource.${string}` }>;

/** The core function of a resource intrinsic; answers a promise when a destructor suspends. */
export function resourceTrampoline(
  bound: LiveInstance,
  trampoline: ResourceTrampoline,
  suspends: boolean,
): CoreFunction {
  const { state } = bound;
  const part = state.parts[trampoline.instance] as Part;
  const { resource, kind } = trampoline;
  const where: Where = { import: kind, params: ['handle'] };
  const enter = (): void => {
    if (state.alert) state.look();
    state.fuel.host -= HOST_CALL;
    if (state.fuel.host < 0) throw new Violation('FUEL');
    if (kind !== 'resource.rep' && !part.mayLeave) throw new Violation('TRAP_LEAVE');
  };
  const guarded =
    (run: (argument: number) => unknown): CoreFunction =>
    (argument) => {
      try {
        enter();
        return run(argument as number);
      } catch (error) {
        throw state.trap(error, where, 0);
      }
    };
  if (kind === 'resource.new') {
    return guarded((rep) => part.handles.add(new Handle(resource, rep, true, undefined)));
  }
  if (kind === 'resource.rep') return guarded((index) => part.handles.get(index, resource).rep);
  const drop = dropper(bound, resource, trampoline.instance);
  if (!suspends) return guarded((index) => drop(part.handles.remove(index, resource)));
  return async (index) => {
    try {
      enter();
      await drop(part.handles.remove(index as number, resource));
      if (state.trapped !== undefined) throw state.fault;
    } catch (error) {
      throw state.trap(error, where, IN_GUEST);
    }
  };
}

function dropper(bound: LiveInstance, resource: number, caller: number): (handle: Handle) => unknown {
  const definition = bound.linked.plan.resources[resource] as PlanResource;
  if (definition.kind === 'host') {
    return ({ own, rep, scope }) => {
      if (scope !== undefined) scope.borrows -= 1;
      if (own) disposeFor(bound.state, rep);
    };
  }
  const destroy = destructor(bound, definition, caller);
  return ({ own, rep, scope }) => {
    if (scope !== undefined) scope.borrows -= 1;
    return own ? destroy(rep as number) : undefined;
  };
}

/** What a host's dispose throws is the host's fault. */
function disposeFor(state: State, rep: unknown): void {
  try {
    disposeHostObject(rep);
  } catch (error) {
    throw state.trap(error, { import: 'resource.drop', params: [] }, IN_HOST);
  }
}

type GuestDefinition = Extract<PlanResource, { kind: 'guest' }>;

/** Calls the destructor on behalf of `caller`, or of the host. */
function destructor(
  bound: LiveInstance,
  definition: GuestDefinition,
  caller: number | undefined,
): (rep: number) => unknown {
  const { state, linked } = bound;
  const entered = enteringSet(linked.plan, definition.instance, caller).map(
    (part) => state.parts[part] as Part,
  );
  const suspends = linked.reach.mayReach(definition.destructor);
  let core: CoreFunction | undefined;
  const leave = (suspendable: boolean): void => {
    state.suspendable = suspendable;
    if (state.trapped !== undefined) throw state.fault;
    for (const part of entered) part.mayEnter = true;
  };
  return (rep) => {
    if (entered.some((part) => !part.mayEnter)) throw new Violation('TRAP_REENTER');
    if (definition.destructor === undefined) return undefined;
    core ??= bound.callable(definition.destructor, suspends);
    for (const part of entered) part.mayEnter = false;
    const { suspendable } = state;
    state.suspendable = suspends;
    const done = core(rep);
    if (suspends) return (done as Promise<void>).then(() => leave(suspendable));
    leave(suspendable);
    return undefined;
  };
}

/** A destructor called by the host, for a resource that it held. */
export function destroyResource(
  bound: LiveInstance,
  resource: number,
  rep: number,
  awaited: boolean,
): unknown {
  const { state, linked } = bound;
  const definition = linked.plan.resources[resource] as GuestDefinition;
  if (linked.reach.mayReach(definition.destructor) && !awaited) throw fail('RESOURCE_SUSPENDS');
  const where: Where = { export: '[destructor]', params: [] };
  const entered = enteringSet(linked.plan, definition.instance, undefined);
  if (entered.some((part) => state.parts[part]?.mayEnter === false))
    throw fail('TRAP_REENTER', { export: where.export });
  const trapped = (error: unknown): never => {
    state.trap(error, where, IN_GUEST);
    throw state.trapped;
  };
  try {
    const done = destructor(bound, definition, undefined)(rep);
    return done instanceof Promise ? done.catch(trapped) : done;
  } catch (error) {
    return trapped(error);
  }
}
