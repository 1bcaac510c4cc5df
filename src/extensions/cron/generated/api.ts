// Written by "npm run generate" from ../wit/: change that, not this.

/** A moment, in nanoseconds. */
export type Instant = bigint;

/** What the application calls an entry; any text of at most 1 KiB of UTF-8. Ticks of one tag are ordered. */
export type CronEventTag = string;

/**
 * When an entry is due, as in crontab(5): at most 1 KiB of text with five fields between blanks,
 * `minute hour day month weekday`.
 *
 * - minute 0-59, hour 0-23, day 1-31, month 1-12 or `jan`-`dec`, weekday 0-7 or `sun`-`sat` (0 and 7 are Sunday);
 *   names in any case.
 * - A field is a list of items with commas between: `*` (all), `a` or `a-b`, each may have a step, as in
 *   `10-20/2`; `a/n` goes from `a` to the end. `b` is not less than `a`, except that `fri-sun` ends the week.
 * - When both day and weekday are restricted, an entry is due on days that fit either; a field that begins with
 *   `*`, with or without a step, counts as unrestricted here, and then a day must fit both.
 */
export type CronSched = string;

/** An entry as it was made. */
export interface CronTagged {
  readonly when: CronSched;
  readonly tag: CronEventTag;
}

/** An item of a field: all values, one, or all between two, both included and in either order. */
export type CronComponent =
  | { readonly tag: 'all' }
  | { readonly tag: 'at'; readonly val: number }
  | { readonly tag: 'range'; readonly val: readonly [number, number] };

/** A field; empty is the same as all values. */
export type CronTime = readonly CronComponent[];

/** Functions of `hermes:cron/api`. */
export interface CronApi<C> {
  /**
   * Adds an entry that is due at every minute that its schedule matches, or, without `retrigger`, at the first
   * only. The first is later than now: an entry added at noon is not due at noon.
   *
   * There is one entry for each schedule and tag, compared as text: adding it again only changes its `retrigger`.
   *
   * Returns whether the entry is there: `false` when the schedule is not well-formed or matches no day of any
   * year, when a text is too long, or when the application has 1,000 entries already.
   */
  add(call: C, entry: CronTagged, retrigger: boolean): boolean;

  /**
   * Adds an entry that is due once, `duration` nanoseconds from now; 0 is at once. Its schedule is made up of
   * the time in UTC, as `minute hour day month weekday`, where Monday is 1 and Sunday 7: `ls` shows it, `rm` takes
   * it. Delays with the same schedule and tag are entries of their own.
   *
   * Returns whether the entry was added: `false` when `duration` is more than 2^63 - 1, when the tag is too long,
   * or when the application has 1,000 entries already.
   */
  delay(call: C, duration: Instant, tag: CronEventTag): boolean;

  /**
   * Every entry of the application with its `retrigger`, those with this tag only if there is one; the one that
   * is due next comes first.
   */
  ls(call: C, tag: CronEventTag | undefined): readonly (readonly [CronTagged, boolean])[];

  /**
   * Removes the entries that have this schedule and tag, compared as text. What they have waiting is dropped.
   * Returns whether there were any.
   */
  rm(call: C, entry: CronTagged): boolean;

  /**
   * Writes a schedule. Values beyond the ends of a field (minute 0-59, hour 0-23, day 1-31, month 1-12, weekday
   * 0-7) become the nearest end, ranges that share a value become one, what lies in a range is left out, a range
   * over the whole field becomes `*`. Single values come first, then ranges, each in ascending order.
   */
  mkcron(call: C, dow: CronTime, month: CronTime, day: CronTime, hour: CronTime, minute: CronTime): CronSched;
}
