// Written by "npm run generate" from ../wit/: change that, not this.

/** Time since the start of 1970, UTC. */
export interface Datetime {
  readonly seconds: bigint;
  readonly nanoseconds: number;
}

/**
 * A name of the IANA database, in its own spelling: `Europe/Paris`, `UTC`; old names such as `US/Pacific` too.
 * Offsets such as `+02:00` are none.
 */
export type Timezone = string;

/** A time in some place. */
export interface Localtime {
  /** The year, up to 275760. */
  readonly year: bigint;
  /** The month, 0 to 11: January is 0. */
  readonly month: number;
  /** The day of the week, 0 to 6: Sunday is 0. Of a time that a guest gives only the range counts. */
  readonly dow: number;
  /** The day of the month, 1 to 31. */
  readonly day: number;
  /** The hour, 0 to 23. */
  readonly hh: number;
  /** The minute, 0 to 59. */
  readonly mm: number;
  /** The second, 0 to 59. */
  readonly ss: number;
  /** The nanosecond, 0 to 999999999. */
  readonly ns: number;
  /** Where. */
  readonly tz: Timezone;
}

/** Why a time cannot be converted. */
export type Errno =
  | 'invalid-localtime'
  | 'unknown-timezone'
  | 'year-out-of-range';

/** Functions of `hermes:localtime/api`. */
export interface LocaltimeApi<C> {
  /**
   * The time at a moment, now when there is none, in a zone, that of the machine when there is none.
   *
   * `invalid-localtime` when the moment has a second or more of nanoseconds.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  getLocaltime(call: C, when: Datetime | undefined, tz: Timezone | undefined): Localtime;

  /**
   * The same moment in another zone, that of the machine when there is none.
   *
   * A time that comes twice, because clocks were set back, is the first of the two.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  altLocaltime(call: C, time: Localtime, tz: Timezone | undefined): Localtime;

  /**
   * The moment of a time.
   *
   * A time that comes twice, because clocks were set back, is the first of the two.
   *
   * @throws An error whose `payload` is the `Errno`
   */
  getDatetime(call: C, time: Localtime): Datetime;
}
