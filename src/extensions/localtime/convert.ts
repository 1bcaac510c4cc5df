import { witError } from '../../lib/wit-error.ts';
import type { Datetime, Localtime } from './generated/api.ts';

const SECOND = 1_000_000_000n;
/** The last moment that `Temporal` knows, in seconds: in the year 275760. */
const LAST_SECOND = 8_640_000_000_000n;
const LAST_YEAR = 275_760n;

/**
 * The moment of a datetime. Throws the `errno`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(fromDatetime({ seconds: 1n, nanoseconds: 5 }).toString(), '1970-01-01T00:00:01.000000005Z');
 * assert.throws(() => fromDatetime({ seconds: 2n ** 63n, nanoseconds: 0 }), { payload: 'year-out-of-range' });
 * ```
 */
export function fromDatetime({ seconds, nanoseconds }: Datetime): Temporal.Instant {
  if (nanoseconds >= Number(SECOND)) throw witError('invalid-localtime');
  if (seconds > LAST_SECOND || (seconds === LAST_SECOND && nanoseconds > 0))
    throw witError('year-out-of-range');
  return new Temporal.Instant(seconds * SECOND + BigInt(nanoseconds));
}

/** The reverse of {@link fromDatetime}. Throws `year-out-of-range` before 1970. */
export function toDatetime({ epochNanoseconds }: Temporal.Instant): Datetime {
  if (epochNanoseconds < 0n) throw witError('year-out-of-range');
  return { seconds: epochNanoseconds / SECOND, nanoseconds: Number(epochNanoseconds % SECOND) };
}

/**
 * How a moment is read in a zone. Throws `year-out-of-range` before the year 0.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const { year, month, day, hh } = toLocaltime(new Temporal.Instant(0n), 'America/New_York');
 * assert.deepEqual([year, month, day, hh], [1969n, 11, 31, 19]);
 * ```
 */
export function toLocaltime(at: Temporal.Instant, zone: string): Localtime {
  const there = at.toZonedDateTimeISO(zone);
  if (there.year < 0) throw witError('year-out-of-range');
  return {
    year: BigInt(there.year),
    month: there.month - 1,
    // Monday is 1 and Sunday 7 in ISO 8601.
    dow: there.dayOfWeek % 7,
    day: there.day,
    hh: there.hour,
    mm: there.minute,
    ss: there.second,
    ns: there.millisecond * 1_000_000 + there.microsecond * 1_000 + there.nanosecond,
    tz: zone,
  };
}

/**
 * The moment of a time in a zone that is known; of two the first. Throws the `errno`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const skipped = { year: 2024n, month: 2, dow: 0, day: 31, hh: 1, mm: 30, ss: 0, ns: 0, tz: 'Europe/London' };
 * assert.throws(() => fromLocaltime(skipped, 'Europe/London'), { payload: 'invalid-localtime' });
 * assert.equal(fromLocaltime({ ...skipped, hh: 2 }, 'Europe/London').toString(), '2024-03-31T01:30:00Z');
 * ```
 */
export function fromLocaltime(time: Localtime, zone: string): Temporal.Instant {
  if (time.year > LAST_YEAR) throw witError('year-out-of-range');
  const read = plain(time);
  const at = inZone(read, zone);
  // A time that was skipped is moved to one that was not.
  if (!at.toPlainDateTime().equals(read)) throw witError('invalid-localtime');
  return at.toInstant();
}

function plain({ year, month, dow, day, hh, mm, ss, ns }: Localtime): Temporal.PlainDateTime {
  const fits = month <= 11 && dow <= 6 && day >= 1 && hh <= 23 && mm <= 59 && ss <= 59 && ns < Number(SECOND);
  if (!fits) throw witError('invalid-localtime');
  const at = Number(year);
  // The calendar repeats itself after 400 years.
  if (day > new Temporal.PlainYearMonth(2000 + (at % 400), month + 1).daysInMonth) {
    throw witError('invalid-localtime');
  }
  const [ms, us] = [Math.floor(ns / 1_000_000), Math.floor(ns / 1_000) % 1_000];
  return beyond(() => new Temporal.PlainDateTime(at, month + 1, day, hh, mm, ss, ms, us, ns % 1_000));
}

function inZone(read: Temporal.PlainDateTime, zone: string): Temporal.ZonedDateTime {
  return beyond(() => read.toZonedDateTime(zone, { disambiguation: 'earlier' }));
}

/** Every field fits, so what is refused lies behind the last day of the calendar. */
function beyond<T>(make: () => T): T {
  try {
    return make();
  } catch (error) {
    if (error instanceof RangeError) throw witError('year-out-of-range');
    throw error;
  }
}
