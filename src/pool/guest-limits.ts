import type { CallLimits } from '../component/api.ts';
import { type GuestLimits, guestDefaults } from '../engine/guest-limits.ts';

const PAGE = 65_536;

/**
 * The limits of an application's calls as instances know them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(callLimits({ fuel: 7, memoryBytes: 200_000 }), { fuel: 7, pages: 3 });
 * assert.equal(callLimits(undefined).pages, 4_096);
 * ```
 */
export function callLimits({ fuel, memoryBytes }: GuestLimits = guestDefaults): CallLimits {
  return { fuel, pages: Math.floor(memoryBytes / PAGE) };
}
