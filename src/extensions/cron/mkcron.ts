/**
 * Writes schedules from values and ranges, as `mkcron` of `wit/api.wit`.
 *
 * @module
 */
import { type FieldName, type FieldRange, fields } from './fields.ts';
import type { CronTime } from './generated/api.ts';

/** The fields by their names in the WIT. */
export type CronTimes = Readonly<Record<FieldName, CronTime>>;

/**
 * The text of a schedule. What it writes can always be read again.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const hour: CronTimes['hour'] = [{ tag: 'range', val: [9, 17] }, { tag: 'at', val: 12 }];
 * assert.equal(mkcron({ minute: [{ tag: 'at', val: 0 }], hour, day: [], month: [], dow: [] }), '0 9-17 * * *');
 * ```
 */
export function mkcron(times: CronTimes): string {
  const { minute, hour, day, month, dow } = times;
  return [
    fieldText(minute, fields.minute),
    fieldText(hour, fields.hour),
    fieldText(day, fields.day),
    fieldText(month, fields.month),
    fieldText(dow, fields.dow),
  ].join(' ');
}

/** Both ends included. */
type Range = readonly [from: number, to: number];

function fieldText(time: CronTime, { min, max }: FieldRange): string {
  const clamp = (value: number): number => Math.min(Math.max(value, min), max);
  const ranges: Range[] = [];
  for (const item of time) {
    if (item.tag === 'all') return '*';
    const [one, other] = item.tag === 'at' ? [item.val, item.val] : item.val;
    ranges.push([clamp(Math.min(one, other)), clamp(Math.max(one, other))]);
  }
  const merged = merge(ranges);
  if (merged.length === 0 || merged.some(([from, to]) => from === min && to === max)) return '*';
  const single = merged.filter(([from, to]) => from === to).map(([from]) => `${from}`);
  const wide = merged.filter(([from, to]) => from < to).map(([from, to]) => `${from}-${to}`);
  return [...single, ...wide].join(',');
}

/** Ranges that share a value become one; those that only touch stay two. Ascending. */
function merge(ranges: readonly Range[]): readonly Range[] {
  const merged: Range[] = [];
  for (const [from, to] of ranges.toSorted((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && from <= last[1]) merged[merged.length - 1] = [last[0], Math.max(last[1], to)];
    else merged.push([from, to]);
  }
  return merged;
}
