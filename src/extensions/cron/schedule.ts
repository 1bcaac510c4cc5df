/**
 * Schedules as in crontab(5), in UTC. The grammar and the rule of the two day fields stand in `wit/api.wit`.
 *
 * @module
 */
import { type Field, fields, parseField } from './fields.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const DAY_MINUTES = 1_440;
/**
 * What matches nothing in 41 years never does: the longest wait is that for a 29 February on one weekday over a
 * century without a leap year, 40 years. A guest may ask for such schedules as fast as it can.
 */
const LONGEST_WAIT_MONTHS = 41 * 12;

export interface Schedule {
  /** The first matching minute that is later than this; `undefined` when there is none. */
  next(after: Temporal.Instant): Temporal.Instant | undefined;
}

/**
 * Reads a schedule; `undefined` when it is not well-formed. One that matches nothing (`0 0 30 2 *`) is well-formed
 * and has no `next`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const noon = Temporal.Instant.from('2026-01-01T12:00Z');
 * assert.equal(String(parseSchedule('0 12 * * *')?.next(noon)), '2026-01-02T12:00:00Z');
 * assert.equal(parseSchedule('0 12 * *'), undefined);
 * ```
 */
export function parseSchedule(text: string): Schedule | undefined {
  const parts = text.match(/[^ \t]+/g) ?? [];
  if (parts.length !== 5) return undefined;
  const [minute, hour, day, month, dow] = Object.values(fields).map((range, n) =>
    parseField(parts[n] ?? '', range),
  );
  if (!minute || !hour || !day || !month || !dow) return undefined;
  const matches = { month: new Set(month.values), day: dayRule(day, dow) };
  return { next: (after) => next({ minutes: minute.values, hours: hour.values, matches }, after) };
}

/** Whether a day is one of the schedule, by its number in the month (from 1) and its weekday (0 is Sunday). */
type DayRule = (day: number, weekday: number) => boolean;

function dayRule(day: Field, dow: Field): DayRule {
  const days = new Set(day.values);
  const weekdays = new Set(dow.values.map((value) => value % 7));
  return day.star || dow.star
    ? (n, weekday) => days.has(n) && weekdays.has(weekday)
    : (n, weekday) => days.has(n) || weekdays.has(weekday);
}

interface Parts {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly matches: { readonly month: ReadonlySet<number>; readonly day: DayRule };
}

function next(parts: Parts, after: Temporal.Instant): Temporal.Instant | undefined {
  const first = Math.floor(after.epochMilliseconds / MINUTE_MS) + 1;
  const today = Math.floor(first / DAY_MINUTES);
  const day = nextDay(parts, today);
  if (day === undefined) return undefined;
  const time = nextTime(parts, day === today ? first - today * DAY_MINUTES : 0);
  if (time !== undefined) return instantOf(day, time);
  const later = nextDay(parts, day + 1);
  const earliest = nextTime(parts, 0);
  return later === undefined || earliest === undefined ? undefined : instantOf(later, earliest);
}

/** The first minute of a day that matches, not before this one. */
function nextTime({ hours, minutes }: Parts, from: number): number | undefined {
  for (const hour of hours) {
    if (hour * 60 + 59 < from) continue;
    const found = minutes.find((minute) => hour * 60 + minute >= from);
    if (found !== undefined) return hour * 60 + found;
  }
  return undefined;
}

/** The first day that matches, not before this one; days are counted from 1970-01-01. */
function nextDay({ matches }: Parts, from: number): number | undefined {
  const date = new Date(from * DAY_MS);
  const start = date.getUTCFullYear() * 12 + date.getUTCMonth();
  for (let month = start; month <= start + LONGEST_WAIT_MONTHS; month++) {
    if (!matches.month.has((month % 12) + 1)) continue;
    const first = dayOf(month);
    const end = dayOf(month + 1);
    for (let day = Math.max(first, from); day < end; day++) {
      // 1970-01-01 was a Thursday.
      if (matches.day(day - first + 1, (((day + 4) % 7) + 7) % 7)) return day;
    }
  }
  return undefined;
}

/** The first day of a month; months are counted from the year 0. */
function dayOf(month: number): number {
  return Date.UTC(Math.floor(month / 12), month % 12) / DAY_MS;
}

function instantOf(day: number, minute: number): Temporal.Instant {
  return Temporal.Instant.fromEpochMilliseconds(day * DAY_MS + minute * MINUTE_MS);
}
