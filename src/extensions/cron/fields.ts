/**
 * The five fields of a schedule.
 *
 * @module
 */

/** As the WIT calls the fields. */
export type FieldName = 'minute' | 'hour' | 'day' | 'month' | 'dow';

/** What one field may hold. */
export interface FieldRange {
  readonly min: number;
  readonly max: number;
  /** Names for values, in order from `min`; empty where only numbers stand. */
  readonly names: readonly string[];
}

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const weekdays = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** In the order in which a schedule has them. */
export const fields: Readonly<Record<FieldName, FieldRange>> = {
  minute: { min: 0, max: 59, names: [] },
  hour: { min: 0, max: 23, names: [] },
  day: { min: 1, max: 31, names: [] },
  month: { min: 1, max: 12, names: months },
  dow: { min: 0, max: 7, names: weekdays },
};

/** What a field of a schedule says. */
export interface Field {
  /** Ascending, none twice. */
  readonly values: readonly number[];
  /** Whether it begins with `*`. */
  readonly star: boolean;
}

const ITEM = /^(?:\*|([0-9]{1,3}|[a-z]{3})(?:-([0-9]{1,3}|[a-z]{3}))?)(?:\/([0-9]{1,3}))?$/;

/**
 * Reads one field of a schedule, as `1-5,30/10`; `undefined` when it is not well-formed.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual(parseField('Mon-Fri/2', fields.dow), { values: [1, 3, 5], star: false });
 * assert.equal(parseField('60', fields.minute), undefined);
 * ```
 */
export function parseField(text: string, range: FieldRange): Field | undefined {
  const values = new Set<number>();
  for (const item of text.toLowerCase().split(',')) {
    const found = parseItem(item, range);
    if (!found) return undefined;
    for (let value = found.from; value <= found.to; value += found.step) values.add(value);
  }
  return { values: [...values].sort((a, b) => a - b), star: text.startsWith('*') };
}

interface Item {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

function parseItem(text: string, range: FieldRange): Item | undefined {
  const match = ITEM.exec(text);
  if (!match) return undefined;
  const [, first, second, stepText] = match;
  const step = stepText === undefined ? 1 : Number(stepText);
  if (step < 1) return undefined;
  if (first === undefined) return { from: range.min, to: range.max, step };
  const from = parseValue(first, range);
  if (from === undefined) return undefined;
  // A step behind a single value goes to the end of the field.
  if (second === undefined) return { from, to: stepText === undefined ? from : range.max, step };
  const to = parseEnd(second, range, from);
  return to === undefined || to < from ? undefined : { from, to, step };
}

function parseValue(text: string, { min, max, names }: FieldRange): number | undefined {
  if (/^[0-9]/.test(text)) {
    const value = Number(text);
    return value >= min && value <= max ? value : undefined;
  }
  const index = names.indexOf(text);
  return index < 0 ? undefined : index + min;
}

/** `fri-sun` is the end of a week, although Sunday begins one too. */
function parseEnd(text: string, range: FieldRange, from: number): number | undefined {
  const to = parseValue(text, range);
  return text === 'sun' && to !== undefined && to < from ? range.max : to;
}
