import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../../test/count.ts';
import { type FieldName, fields, parseField } from './fields.ts';
import type { CronComponent, CronTime } from './generated/api.ts';
import { mkcron } from './mkcron.ts';
import { parseSchedule } from './schedule.ts';

const all: CronComponent = { tag: 'all' };
const at = (val: number): CronComponent => ({ tag: 'at', val });
const range = (from: number, to: number): CronComponent => ({ tag: 'range', val: [from, to] });
const names = Object.keys(fields) as readonly FieldName[];

/** A schedule with the same in every field. */
function everywhere(time: CronTime): string {
  return mkcron({ minute: time, hour: time, day: time, month: time, dow: time });
}

/** The text of one field, the minute by default. */
function field(time: CronTime, name: FieldName = 'minute'): string {
  const text = mkcron({ minute: [], hour: [], day: [], month: [], dow: [], [name]: time });
  return text.split(' ')[names.indexOf(name)] ?? '';
}

test('mkcron writes the fields in the order of a schedule, and nothing as everything', () => {
  assert.equal(everywhere([]), '* * * * *');
  assert.equal(everywhere([all]), '* * * * *');
  assert.equal(
    mkcron({ minute: [at(1)], hour: [at(2)], day: [at(3)], month: [at(4)], dow: [at(5)] }),
    '1 2 3 4 5',
  );
});

test('mkcron takes the nearest end for values that are out of range', () => {
  assert.equal(everywhere([at(100)]), '59 23 31 12 7');
  assert.equal(everywhere([at(0)]), '0 0 1 1 0');
  assert.equal(everywhere([range(0, 255)]), '* * * * *');
  assert.equal(everywhere([range(255, 0)]), '* * * * *');
  assert.equal(field([range(62, 64)]), '59');
  assert.equal(field([range(0, 20)], 'day'), '1-20');
  assert.equal(field([range(1, 7)], 'dow'), '1-7');
});

test('mkcron writes nothing twice: single values first, then ranges, those that overlap as one', () => {
  const cases: readonly [time: CronTime, text: string][] = [
    [[range(2, 4), at(1), range(6, 7), at(8), range(9, 10), at(11)], '1,8,11,2-4,6-7,9-10'],
    [[range(10, 15), range(14, 25), range(5, 15), at(7), range(12, 15)], '5-25'],
    [[at(7), range(5, 30), range(5, 55)], '5-55'],
    [[at(5), at(5), range(5, 5), range(5, 5)], '5'],
    [[at(1), at(5), range(1, 10)], '1-10'],
    [[at(3), at(4), all], '*'],
    [[range(0, 30), range(30, 59)], '*'],
    [[range(0, 30), range(31, 59)], '0-30,31-59'],
    [[range(20, 10), at(9)], '9,10-20'],
  ];
  for (const [time, text] of cases) assert.equal(field(time), text);
});

test('mkcron writes what can be read again and means the same', () => {
  const value = fc.nat(255);
  const component = fc.oneof(
    { weight: 1, arbitrary: fc.constant(all) },
    { weight: 5, arbitrary: value.map(at) },
    { weight: 5, arbitrary: fc.tuple(value, value).map(([from, to]) => range(from, to)) },
    { weight: 5, arbitrary: fc.tuple(fc.nat(60), fc.nat(60)).map(([from, to]) => range(from, to)) },
  );
  const time = fc.array(component, { maxLength: 6 });
  const times = fc.record({ minute: time, hour: time, day: time, month: time, dow: time });
  fc.assert(
    fc.property(times, (given) => {
      const text = mkcron(given);
      assert.ok(text.length <= 1_024 && parseSchedule(text), text);
      for (const [n, name] of names.entries()) {
        const { min, max } = fields[name];
        const wanted = new Set<number>();
        const items = given[name].length === 0 ? [all] : given[name];
        for (const item of items) {
          const [one, other] =
            item.tag === 'all' ? [min, max] : item.tag === 'at' ? [item.val, item.val] : item.val;
          const clamp = (value: number): number => Math.min(max, Math.max(min, value));
          for (let v = clamp(Math.min(one, other)); v <= clamp(Math.max(one, other)); v++) wanted.add(v);
        }
        const read = parseField(text.split(' ')[n] ?? '', fields[name]);
        assert.deepEqual(
          read?.values,
          [...wanted].sort((a, b) => a - b),
          text,
        );
      }
    }),
    { seed, numRuns: count(20_000) },
  );
});

test('mkcron takes long lists in its stride', () => {
  const time = Array.from({ length: 200_000 }, (_, n) => (n % 2 ? at(n % 256) : range(n % 59, (n % 59) + 1)));
  assert.equal(field(time), '*');
});
