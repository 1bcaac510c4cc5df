/**
 * Handles that pass through lifts and lowers (CanonicalABI: lift_own, lift_borrow, lower_own, lower_borrow).
 * Generated code calls these. "Wrapped" ones have the host on the far side of a guest's resource.
 *
 * @module
 */
import { Violation } from './errors.ts';
import { GuestResource } from './guest-resource.ts';
import { Handle } from './handles.ts';
import { MAX_BYTE_LENGTH } from './layout.ts';
import type { Lane } from './memory.ts';

export interface HandleValues {
  liftOwn(lane: Lane, index: number, resource: number): unknown;
  liftBorrow(lane: Lane, index: number, resource: number): unknown;
  liftOwnWrapped(lane: Lane, index: number, resource: number): GuestResource;
  liftBorrowWrapped(lane: Lane, index: number, resource: number): GuestResource;
  lowerOwn(lane: Lane, rep: unknown, resource: number): number;
  lowerOwnWrapped(lane: Lane, value: GuestResource, resource: number): number;
  lowerBorrow(lane: Lane, rep: unknown, resource: number): number;
  /** Lends a guest's resource that the host holds. */
  lend(lane: Lane, value: GuestResource): number;
  tooLong(bytes: number): Violation;
}

export const handleValues: HandleValues = {
  liftOwn,
  liftBorrow,
  liftOwnWrapped: (lane, index, resource) => lane.state.adopt(resource, liftOwn(lane, index, resource)),
  liftBorrowWrapped(lane, index, resource) {
    const rep = liftBorrow(lane, index, resource) as number;
    const borrowed = new GuestResource(lane.state, resource, rep, false);
    lane.lenders?.push({ endLoan: () => borrowed.expire() });
    return borrowed;
  },
  lowerOwn: (lane, rep, resource) => lane.part.handles.add(new Handle(resource, rep, true, undefined)),
  lowerOwnWrapped: (lane, value, resource) => handleValues.lowerOwn(lane, value.take(), resource),
  lowerBorrow(lane, rep, resource) {
    const { scope } = lane;
    if (scope !== undefined) scope.borrows += 1;
    return lane.part.handles.add(new Handle(resource, rep, false, scope));
  },
  lend(lane, value) {
    const rep = value.lend();
    lane.lenders?.push(value);
    return rep;
  },
  tooLong: (bytes) =>
    new Violation('VALUE_TYPE', { expected: `at most ${MAX_BYTE_LENGTH} bytes`, found: bytes }),
};

function liftOwn(lane: Lane, index: number, resource: number): unknown {
  const handle = lane.part.handles.remove(index, resource);
  if (!handle.own) throw new Violation('TRAP_HANDLE', { handle: index >>> 0, reason: 'borrowed, not owned' });
  return handle.rep;
}

function liftBorrow(lane: Lane, index: number, resource: number): unknown {
  const handle = lane.part.handles.get(index, resource);
  lane.lend(handle);
  return handle.rep;
}
