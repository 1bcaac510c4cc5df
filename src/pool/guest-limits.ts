import type { CallLimits } from '../component/api.ts';
import { type GuestLimits, guestDefaults } from '../engine/guest-limits.ts';

const PAGE = 65_536;

/**
 * The limits of an application's calls as instances know them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { guestDefaults } from '../engine/guest-limits.ts';
 * const { fuel, pages, lift } = callLimits({ ...guestDefaults, fuel: 7, memoryBytes: 200_000, callValues: 9 });
 * assert.deepEqual([fuel, pages, lift], [7, 3, { bytes: 33_554_432, values: 9 }]);
 * ```
 */
export function callLimits({ fuel, memoryBytes, handles, callBytes, callValues }: GuestLimits): CallLimits {
  return {
    fuel,
    pages: Math.floor(memoryBytes / PAGE),
    handles,
    lift: { bytes: callBytes, values: callValues },
  };
}

/** What a load says of its limits, and the defaults where it says nothing. */
export function allLimits(given: Partial<GuestLimits> | undefined, deadlineMs: number): GuestLimits {
  return { ...guestDefaults, wallClockMs: deadlineMs, ...given };
}
