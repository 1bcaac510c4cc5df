/**
 * How much a test with a large count does: 1 % of it in `npm test`, all of it in `npm run test:long`.
 *
 * @module
 */

/** Whether this is `npm run test:long`. */
export const long: boolean = process.env['HERMES_LONG'] === '1';

/** `count(10_000)` is 100 in `npm test` and 10,000 in `npm run test:long`; never less than `least`. */
export function count(full: number, least = 1): number {
  return long ? full : Math.max(least, Math.ceil(full / 100));
}

/** The seed of random tests: fixed, so that a failure can be run again; `HERMES_SEED=7` chooses another. */
export const seed: number = Number(process.env['HERMES_SEED'] ?? 20261122);
