import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../../test/count.ts';
import { anySchedule, dueIn, minutesOf } from './fixtures/oracle.ts';
import { parseSchedule } from './schedule.ts';

/** The first times of a schedule after an instant. */
function times(text: string, after: string, wanted = 4): readonly string[] {
  const schedule = parseSchedule(text);
  assert.ok(schedule, `${text} is well-formed`);
  const found: string[] = [];
  let at = Temporal.Instant.from(after);
  while (found.length < wanted) {
    const next = schedule.next(at);
    if (!next) break;
    at = next;
    found.push(next.toString({ smallestUnit: 'minute' }).replace(':00Z', ':00').replace('Z', ''));
  }
  return found;
}

describe('parseSchedule()', () => {
  it('is due strictly later', () => {
    const exact = '2026-01-01T12:00:00Z';
    assert.deepEqual(times('* * * * *', exact, 2), ['2026-01-01T12:01', '2026-01-01T12:02']);
    assert.deepEqual(times('0 12 * * *', exact, 1), ['2026-01-02T12:00']);
    assert.deepEqual(times('0 12 * * *', '2026-01-01T11:59:59.999999999Z', 1), ['2026-01-01T12:00']);
    assert.deepEqual(times('0 12 * * *', '2026-01-01T12:00:00.000000001Z', 1), ['2026-01-02T12:00']);
    assert.deepEqual(times('59 23 31 12 *', '2025-12-31T23:59Z', 1), ['2026-12-31T23:59']);
    assert.deepEqual(times('0 0 1 1 *', '1969-06-01T00:00Z', 2), ['1970-01-01T00:00', '1971-01-01T00:00']);
  });

  it('takes either day when both day and weekday are restricted, and both when one begins with *', () => {
    const after = '1970-01-01T00:00Z';
    // 1970-01-01 was a Thursday, so 4, 11 and 18 were Sundays.
    for (const sunday of ['0', '7', 'sun', 'SUN', '0,7', '7-7']) {
      const expected = ['1970-01-04T00:00', '1970-01-11T00:00', '1970-01-18T00:00', '1970-01-25T00:00'];
      assert.deepEqual(times(`0 0 1 1 ${sunday}`, after), expected, sunday);
    }
    assert.deepEqual(times('0 0 13 * fri', '2026-02-01T00:00Z', 3), [
      '2026-02-06T00:00',
      '2026-02-13T00:00',
      '2026-02-20T00:00',
    ]);
    assert.deepEqual(times('0 0 */2 * mon', '2026-02-01T00:00Z', 2), [
      '2026-02-09T00:00',
      '2026-02-23T00:00',
    ]);
    assert.deepEqual(times('0 0 13 * *', '2026-02-01T00:00Z', 2), ['2026-02-13T00:00', '2026-03-13T00:00']);
    assert.deepEqual(times('0 0 * * 0-6', '2026-02-01T00:00Z', 2), ['2026-02-02T00:00', '2026-02-03T00:00']);
  });

  it('reads names, lists, ranges and steps', () => {
    const after = '2026-01-01T00:00Z';
    assert.deepEqual(times('0 9 * * Fri-Sun', after, 4), [
      '2026-01-02T09:00',
      '2026-01-03T09:00',
      '2026-01-04T09:00',
      '2026-01-09T09:00',
    ]);
    assert.deepEqual(times('0 9 * * sun-mon', after, 2), ['2026-01-04T09:00', '2026-01-05T09:00']);
    assert.deepEqual(times('0 9 * * sun-sun', after, 2), ['2026-01-04T09:00', '2026-01-11T09:00']);
    assert.deepEqual(times('5/25 0 * * *', after, 3), [
      '2026-01-01T00:05',
      '2026-01-01T00:30',
      '2026-01-01T00:55',
    ]);
    assert.deepEqual(
      times('10-20/7,3 0 * * *', after, 4).map((at) => at.slice(-2)),
      ['03', '10', '17', '03'],
    );
    assert.deepEqual(times('*/40 0 1 feb,NOV *', after, 3), [
      '2026-02-01T00:00',
      '2026-02-01T00:40',
      '2026-11-01T00:00',
    ]);
    assert.deepEqual(times(' \t05\t007  1 1\t * ', after, 1), ['2026-01-01T07:05']);
    assert.deepEqual(times('*/999 0 1 1 *', after, 1), ['2027-01-01T00:00']);
  });

  it('knows the calendar', () => {
    assert.deepEqual(times('0 0 29 2 *', '2026-01-01T00:00Z', 2), ['2028-02-29T00:00', '2032-02-29T00:00']);
    assert.deepEqual(times('0 0 29 2 *', '2096-03-01T00:00Z', 1), ['2104-02-29T00:00'], 'not 2100');
    assert.deepEqual(times('0 0 31 * *', '2026-01-31T00:00Z', 2), ['2026-03-31T00:00', '2026-05-31T00:00']);
    // A 29 February on a Sunday: the longest wait there is, over a century without a leap year.
    assert.deepEqual(times('0 0 29 2 */7', '2088-03-01T00:00Z', 1), ['2128-02-29T00:00']);
    // After 400 years the calendar repeats itself.
    const leapDays = Array.from({ length: 100 }, (_, n) => new Date(Date.UTC(2000 + 4 * n, 1, 29)));
    const sundays = leapDays.filter((day) => day.getUTCDate() === 29 && day.getUTCDay() === 0);
    const found = times('0 0 29 2 */7', '2000-01-01T00:00Z', sundays.length);
    assert.deepEqual(
      found,
      sundays.map((day) => day.toISOString().slice(0, 16)),
    );
    for (const never of ['0 0 30 2 *', '* * 31 2,4,6,9,11 *', '0 0 31 2 */2'])
      assert.deepEqual(times(never, '2026-01-01T00:00Z'), []);
    assert.deepEqual(
      times('0 0 30 2 1', '2026-01-01T00:00Z', 1),
      ['2026-02-02T00:00'],
      'Mondays of February',
    );
  });

  it('refuses everything else', () => {
    const fields = [
      '',
      '60',
      '-1',
      '1-',
      '-',
      ',',
      '1,',
      ',1',
      '1,,2',
      '5-1',
      '*-5',
      '1-*',
      '**',
      '1/0',
      '/2',
      '*/',
      '1/-2',
    ];
    for (const field of [
      ...fields,
      '1.5',
      '+1',
      '0x1',
      '1e1',
      '٣',
      'sun',
      '?',
      'L',
      '15W',
      '5L',
      '1#2',
      '@',
      '1-2-3',
      '1/2/3',
      '9999',
    ]) {
      assert.equal(parseSchedule(`${field} * * * *`), undefined, field);
    }
    for (const text of [
      '* 24 * * *',
      '* * 0 * *',
      '* * 32 * *',
      '* * * 0 *',
      '* * * 13 *',
      '* * * * 8',
      '* * * * sunday',
    ]) {
      assert.equal(parseSchedule(text), undefined, text);
    }
    for (const text of [
      '* * * jan-xyz *',
      '* * * mon *',
      '* * * * jan',
      '* * * * 5-0',
      '* * * * 6-mon',
      '* * * dec-jan *',
    ]) {
      assert.equal(parseSchedule(text), undefined, text);
    }
    for (const text of [
      '',
      ' ',
      '*',
      '* * * *',
      '* * * * * *',
      '@daily',
      '* * * *\n*',
      '*\u00a0* * * * *',
      '* * * * *\0',
    ]) {
      assert.equal(parseSchedule(text), undefined, JSON.stringify(text));
    }
  });

  it('never throws', () => {
    const unit = fc.constantFrom(...'0123456789*/-,, \t', 'sun', 'jan', 'é', '\n');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        parseSchedule(text)?.next(Temporal.Instant.from('2026-01-01T00:00Z'));
      }),
      { seed },
    );
  });

  it('is due exactly when a look at every minute of a year says so', () => {
    const year = minutesOf(2028);
    fc.assert(
      fc.property(anySchedule(), (random) => {
        const due = dueIn(year, random);
        const schedule = parseSchedule(random.text);
        assert.ok(schedule, random.text);
        const end = Temporal.Instant.fromEpochMilliseconds(year.start + year.length * 60_000);
        let at = Temporal.Instant.fromEpochMilliseconds(year.start).subtract({ nanoseconds: 1 });
        for (const expected of due) {
          const next = schedule.next(at);
          if (next?.epochMilliseconds !== expected) assert.fail(`${random.text} after ${at}: ${next}`);
          at = next;
        }
        const after = schedule.next(at);
        assert.ok(!after || Temporal.Instant.compare(after, end) >= 0, `${random.text} after ${at}`);
      }),
      { seed, numRuns: count(500) },
    );
  });

  it('is due next, from any moment of three years, when the minutes say so', () => {
    const years = minutesOf(2099, 3);
    fc.assert(
      fc.property(
        anySchedule(),
        fc.array(fc.nat(years.length * 60_000 - 1), { maxLength: 50 }),
        (random, moments) => {
          const due = dueIn(years, random);
          const schedule = parseSchedule(random.text);
          assert.ok(schedule, random.text);
          for (const moment of moments) {
            const after = Temporal.Instant.fromEpochMilliseconds(years.start + moment);
            const expected = due.find((at) => at > after.epochMilliseconds);
            if (expected !== undefined)
              assert.equal(
                schedule.next(after)?.epochMilliseconds,
                expected,
                `${random.text} after ${after}`,
              );
          }
        },
      ),
      { seed, numRuns: count(200) },
    );
  });
});
