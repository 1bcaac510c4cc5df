import { witError } from '../../lib/wit-error.ts';

/** Names of time zones, checked as strictly as the WIT says. */
export interface Zones {
  /** The name, or the machine's own for `undefined`. Throws the `errno` for what is none. */
  check(name: string | undefined): string;
}

export interface ZonesOptions {
  /** The zone of the machine, for tests; `undefined` when nobody knows it. */
  readonly machine?: () => string | undefined;
}

/** Longer than any name, and short enough to be looked at. */
const MOST_CHARS = 64;

/**
 * The zones that this platform knows. `Temporal` takes names in any case, and offsets; guests of other engines could
 * not rely on either, so both are refused.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const zones = createZones({ machine: () => 'Asia/Tokyo' });
 * assert.equal(zones.check('US/Pacific'), 'US/Pacific');
 * assert.equal(zones.check(undefined), 'Asia/Tokyo');
 * assert.throws(() => zones.check('us/pacific'), { payload: 'unknown-timezone' });
 * ```
 */
export function createZones({ machine = zoneOfMachine }: ZonesOptions = {}): Zones {
  const known = new Set<string>();
  return {
    check(given) {
      const name = given ?? machine();
      if (name === undefined) throw witError('unknown-timezone');
      if (known.has(name)) return name;
      if (!isZone(name)) throw witError('unknown-timezone');
      known.add(name);
      return name;
    },
  };
}

function zoneOfMachine(): string | undefined {
  return new Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** Whether this is a zone and spelt as the database spells it. */
function isZone(name: string): boolean {
  if (name.length > MOST_CHARS || !/^[A-Z]/.test(name)) return false;
  try {
    return new Temporal.ZonedDateTime(0n, name).timeZoneId === name;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
