/**
 * `wasi:clocks/timezone`.
 *
 * @module
 */

/** Record `timezone-display`. */
export interface TimezoneDisplay {
  /** Seconds that local time is ahead of UTC. */
  readonly utcOffset: number;
  /** Abbreviated, as "CEST"; the offset where the zone has no abbreviation. */
  readonly name: string;
  readonly inDaylightSavingTime: boolean;
}

/**
 * How a zone writes its time at this moment.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const summer = Temporal.Instant.from('2026-07-01T00:00Z');
 * assert.deepEqual(displayAt('UTC', summer), { utcOffset: 0, name: 'UTC', inDaylightSavingTime: false });
 * assert.deepEqual(displayAt('America/New_York', summer), {
 *   utcOffset: -14_400,
 *   name: 'EDT',
 *   inDaylightSavingTime: true,
 * });
 * ```
 */
export function displayAt(zone: string, at: Temporal.Instant): TimezoneDisplay {
  const utcOffset = offsetAt(zone, at);
  return { utcOffset, name: nameAt(zone, at), inDaylightSavingTime: utcOffset > standardOffset(zone, at) };
}

/** Seconds that local time is ahead of UTC at this moment. */
export function offsetAt(zone: string, at: Temporal.Instant): number {
  return Math.trunc(at.toZonedDateTimeISO(zone).offsetNanoseconds / 1e9);
}

/** The smaller offset of a year: summer time is what lies above it, on both halves of the globe. */
function standardOffset(zone: string, at: Temporal.Instant): number {
  const { year } = at.toZonedDateTimeISO('UTC');
  const offsets = [1, 7].map((month) => {
    const middle = Temporal.PlainDateTime.from({ year: Math.min(year, 275_000), month, day: 1 });
    return offsetAt(zone, middle.toZonedDateTime('UTC').toInstant());
  });
  return Math.min(...offsets);
}

function nameAt(zone: string, at: Temporal.Instant): string {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'short' });
  const part = format
    .formatToParts(new Date(at.epochMilliseconds))
    .find(({ type }) => type === 'timeZoneName');
  return part?.value ?? at.toZonedDateTimeISO(zone).offset;
}
