import type { Datetime, Value } from './generated/api.ts';
import type { Stored } from './protocol.ts';

/** The last second that the date functions of SQLite know: that of the year 9999. */
const LAST_SECOND = 253_402_300_799n;
const SECOND = 1_000_000_000;

/**
 * A guest's value as SQLite stores it; `undefined` when a time is out of range.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(toStored({ tag: 'int32', val: 7 }), 7n);
 * const time = { seconds: 86_400n, nanoseconds: 5 };
 * assert.equal(toStored({ tag: 'datetime', val: time }), '1970-01-02 00:00:00.000000005');
 * ```
 */
export function toStored(value: Value): Stored | undefined {
  switch (value.tag) {
    case 'null':
      return null;
    case 'int32':
      return BigInt(value.val);
    case 'datetime':
      return textOf(value.val);
    default:
      return value.val;
  }
}

function textOf({ seconds, nanoseconds }: Datetime): string | undefined {
  if (seconds > LAST_SECOND || nanoseconds >= SECOND) return undefined;
  const instant = Temporal.Instant.fromEpochNanoseconds(seconds * BigInt(SECOND) + BigInt(nanoseconds));
  return instant.toString({ fractionalSecondDigits: 9 }).replace('T', ' ').replace('Z', '');
}
