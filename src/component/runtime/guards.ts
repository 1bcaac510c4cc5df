/**
 * What generated code calls when something is not as it should be.
 *
 * @module
 */
import { type CodedError, isCoded } from '../../lib/errors.ts';
import type { FuncType, ValType } from '../types.ts';
import { mismatch } from './check.ts';
import { fail, Violation } from './errors.ts';
import type { State } from './state.ts';
import { IN_GUEST, type Where } from './traps.ts';

export interface Guards {
  leave(): Violation;
  reenter(): Violation;
  exhausted(): Violation;
  borrowed(count: number): Violation;
  busy(where: Where): CodedError;
  count(where: Where, expected: number, args: readonly unknown[]): CodedError;
  /** The error for arguments of which at least one does not fit. */
  misfit(state: State, type: FuncType, args: readonly unknown[], where: Where): CodedError;
  /** The failure for a host function's answer that does not fit. */
  badAnswer(state: State, type: ValType, value: unknown): Violation;
  /** Throws when a host function that may not suspend answered a promise. */
  noPromise(value: unknown): void;
  /** The `err` value that a host function threw; throws on what is not one. */
  payload(state: State, error: unknown): unknown;
}

export type FitsHandle = (state: State, resource: number, value: unknown) => boolean;

/** Guards for one component; `fitsHandle` tells which handles fit. */
export function createGuards(fitsHandle: FitsHandle): Guards {
  return {
    leave: () => new Violation('TRAP_LEAVE'),
    reenter: () => new Violation('TRAP_REENTER'),
    exhausted: () => new Violation('FUEL'),
    borrowed: (count) => new Violation('TRAP_BORROW', { handles: count }),
    busy: (where) => fail('TRAP_REENTER', { export: where.export }),
    count: (where, expected, args) =>
      fail('VALUE_COUNT', { export: where.export, expected, found: args.length }),
    misfit(state, type, args, where) {
      for (const [index, { name, type: param }] of type.params.entries()) {
        const found = mismatch(param, args[index], (resource, value) => fitsHandle(state, resource, value));
        if (found === undefined) continue;
        const { path, ...rest } = found;
        return fail('VALUE_TYPE', {
          export: where.export,
          path: `param ${JSON.stringify(name)}${path}`,
          ...rest,
        });
      }
      return fail('VALUE_TYPE', { export: where.export });
    },
    badAnswer(state, type, value) {
      const found = mismatch(type, value, (resource, held) => fitsHandle(state, resource, held));
      return new Violation(
        'VALUE_TYPE',
        found === undefined ? {} : { ...found, path: `result${found.path}` },
      );
    },
    noPromise(value) {
      if (typeof (value as PromiseLike<unknown> | undefined)?.then !== 'function') return;
      throw new Violation('VALUE_TYPE', {
        expected: 'a value; wrap the function in Suspending',
        found: 'Promise',
      });
    },
    payload(state, error) {
      if (state.trapped !== undefined) throw error;
      if (typeof error === 'object' && error !== null && Object.hasOwn(error, 'payload')) {
        return (error as { payload: unknown }).payload;
      }
      // As in jco, a thrown value that is no error is the payload itself.
      if (Error.isError(error) || isCoded(error)) throw error;
      return error;
    },
  };
}

/** What to throw at a suspending call where there is no stack to suspend: in a start function, or below one of ours. */
export function cannotSuspend(state: State, where: Where): Error {
  return state.trap(new Violation(state.starting ? 'LINK_START' : 'TRAP_SUSPEND'), where, IN_GUEST);
}
