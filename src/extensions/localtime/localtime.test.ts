import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../../test/count.ts';
import { complies, fakeCall, ManualClock } from '../../testkit/index.ts';
import type { Datetime, Localtime } from './generated/api.ts';
import { guest, localtimeApi } from './guest.ts';
import { localtime } from './index.ts';
import { createZones } from './zones.ts';

complies(localtime);

const api = localtimeApi(createZones({ machine: () => 'Asia/Tokyo' }));
const call = fakeCall();

/** A time as text, `2024-03-31T01:30:00.5`, in a zone. */
function time(text: string, tz: string, more: Partial<Localtime> = {}): Localtime {
  const at = Temporal.PlainDateTime.from(text);
  return {
    year: BigInt(at.year),
    month: at.month - 1,
    dow: 0,
    day: at.day,
    hh: at.hour,
    mm: at.minute,
    ss: at.second,
    ns: at.millisecond * 1_000_000 + at.microsecond * 1_000 + at.nanosecond,
    tz,
    ...more,
  };
}

const datetime = (text: string): Datetime => {
  const ns = Temporal.Instant.from(text).epochNanoseconds;
  return { seconds: ns / 1_000_000_000n, nanoseconds: Number(ns % 1_000_000_000n) };
};

test('now is what the clock of the call says', async () => {
  const clock = new ManualClock(Temporal.Instant.from('2026-07-04T15:00:00.000000123Z'));
  using now = fakeCall({ clock });
  assert.deepEqual(
    api.getLocaltime(now, undefined, 'Europe/London'),
    time('2026-07-04T16:00:00.000000123', 'Europe/London', { dow: 6 }),
  );
  await clock.advance({ hours: 8 });
  assert.deepEqual(
    api.getLocaltime(now, undefined, 'UTC'),
    time('2026-07-04T23:00:00.000000123', 'UTC', { dow: 6 }),
  );
});

test('months count from 0, and days of the week from Sunday', () => {
  for (const [day, dow] of [
    ['2024-01-07', 0],
    ['2024-01-08', 1],
    ['2024-01-13', 6],
    ['2024-12-31', 2],
  ] as const) {
    const found = api.getLocaltime(call, datetime(`${day}T00:00Z`), 'UTC');
    assert.equal(found.dow, dow, day);
    assert.equal(found.month, Number(day.slice(5, 7)) - 1);
  }
});

test('without a zone it is that of the machine', () => {
  const noon = datetime('2024-07-01T12:00Z');
  assert.deepEqual(
    api.getLocaltime(call, noon, undefined),
    time('2024-07-01T21:00', 'Asia/Tokyo', { dow: 1 }),
  );
  assert.deepEqual(
    api.altLocaltime(call, time('2024-07-01T12:00', 'Europe/London'), undefined),
    time('2024-07-01T20:00', 'Asia/Tokyo', { dow: 1 }),
  );
  for (const machine of [() => undefined, () => 'Nowhere/Land']) {
    const lost = localtimeApi(createZones({ machine }));
    assert.throws(() => lost.getLocaltime(call, noon, undefined), { payload: 'unknown-timezone' });
    assert.equal(lost.getLocaltime(call, noon, 'UTC').hh, 12);
  }
});

test('the zone of the machine is what the environment says', () => {
  const script = `
    import { guest } from ${JSON.stringify(new URL('guest.ts', import.meta.url).href)};
    const api = guest.imports()['hermes:localtime/api'];
    console.log(api.getLocaltime({}, { seconds: 0n, nanoseconds: 0 }, undefined).tz);`;
  const env = { ...process.env, TZ: 'America/St_Johns' };
  const said = execFileSync(process.execPath, ['--input-type=module', '-e', script], { env });
  assert.equal(said.toString().trim(), 'America/St_Johns');
});

test('a time is read in its own zone', () => {
  const noon = time('2024-07-01T12:00', 'Europe/London');
  assert.deepEqual(api.getDatetime(call, noon), datetime('2024-07-01T11:00Z'));
  assert.deepEqual(
    api.altLocaltime(call, noon, 'America/New_York'),
    time('2024-07-01T07:00', 'America/New_York', { dow: 1 }),
  );
  assert.deepEqual(
    api.altLocaltime(call, time('2024-12-31T23:30', 'UTC'), 'Pacific/Kiritimati'),
    time('2025-01-01T13:30', 'Pacific/Kiritimati', { dow: 3 }),
  );
});

test('times that clocks skipped are refused, of those that come twice the first is taken', () => {
  const zones = [
    // [zone, the last time before the gap, in the gap, behind it, twice, its first moment]
    [
      'Europe/London',
      '2024-03-31T00:59:59',
      '2024-03-31T01:30',
      '2024-03-31T02:00',
      '2024-10-27T01:30',
      '2024-10-27T00:30Z',
    ],
    [
      'America/New_York',
      '2024-03-10T01:59:59',
      '2024-03-10T02:00',
      '2024-03-10T03:00',
      '2024-11-03T01:00',
      '2024-11-03T05:00Z',
    ],
    [
      'Australia/Lord_Howe',
      '2024-10-06T01:59:59',
      '2024-10-06T02:15',
      '2024-10-06T02:30',
      '2024-04-07T01:45',
      '2024-04-06T14:45Z',
    ],
  ] as const;
  for (const [zone, before, within, behind, twice, first] of zones) {
    const gap =
      api.getDatetime(call, time(behind, zone)).seconds - api.getDatetime(call, time(before, zone)).seconds;
    assert.equal(gap, 1n, zone);
    assert.throws(() => api.getDatetime(call, time(within, zone)), { payload: 'invalid-localtime' }, zone);
    assert.throws(() => api.altLocaltime(call, time(within, zone), 'UTC'), { payload: 'invalid-localtime' });
    assert.deepEqual(api.getDatetime(call, time(twice, zone)), datetime(first));
  }
  // Samoa went without this day.
  assert.throws(() => api.getDatetime(call, time('2011-12-30T12:00', 'Pacific/Apia')), {
    payload: 'invalid-localtime',
  });
});

test('names of zones are those of the database, letter by letter', () => {
  const moment = datetime('2024-07-01T12:00Z');
  for (const name of [
    'UTC',
    'Etc/GMT+5',
    'US/Pacific',
    'Asia/Calcutta',
    'America/Argentina/Buenos_Aires',
    'GB',
  ])
    assert.equal(api.getLocaltime(call, moment, name).tz, name, 'the name stays as it was given');
  const wrong = [
    '',
    'utc',
    'europe/london',
    'EUROPE/LONDON',
    'Europe/London ',
    'Europe/Lon',
    '+02:00',
    '-05',
    'Z',
    'UTC+1',
  ];
  for (const name of [
    ...wrong,
    'Europe/London[x]',
    '2024-07-01[UTC]',
    'constructor',
    'A'.repeat(1_000_000),
    'E\0',
  ])
    for (const ask of [
      () => api.getLocaltime(call, moment, name),
      () => api.getDatetime(call, time('2024-07-01T12:00', name)),
      () => api.altLocaltime(call, time('2024-07-01T12:00', name), 'UTC'),
      () => api.altLocaltime(call, time('2024-07-01T12:00', 'UTC'), name),
    ])
      assert.throws(ask, { payload: 'unknown-timezone' }, name.slice(0, 99));
});

test('fields are in the ranges of the WIT', () => {
  const good = time('2023-06-15T12:30:30.5', 'UTC');
  const edges = [
    { month: 0 },
    { month: 11 },
    { dow: 6 },
    { day: 1 },
    { hh: 23, mm: 59, ss: 59, ns: 999_999_999 },
  ];
  for (const edge of edges) assert.ok(api.getDatetime(call, { ...good, ...edge }).seconds > 0n);
  const wrong = [{ month: 12 }, { month: 255 }, { dow: 7 }, { day: 0 }, { day: 31 }, { day: 32 }, { hh: 24 }];
  const odd = [{ month: 1, day: 29 }, { mm: 60 }, { ss: 60 }, { ns: 1_000_000_000 }, { ns: 4_294_967_295 }];
  for (const fields of [...wrong, ...odd])
    assert.throws(() => api.getDatetime(call, { ...good, ...fields }), { payload: 'invalid-localtime' });
  assert.ok(api.getDatetime(call, { ...good, year: 2024n, month: 1, day: 29 }));
  assert.throws(() => api.getDatetime(call, { ...good, year: 2100n, month: 1, day: 29 }), {
    payload: 'invalid-localtime',
  });
  for (const nanoseconds of [1_000_000_000, 1_999_999_999, 4_294_967_295])
    assert.throws(() => api.getLocaltime(call, { seconds: 59n, nanoseconds }, 'UTC'), {
      payload: 'invalid-localtime',
    });
});

test('the first and the last moment, and those beyond', () => {
  const refused = (run: () => unknown): void => assert.throws(run, { payload: 'year-out-of-range' });
  assert.deepEqual(api.getDatetime(call, time('1970-01-01T00:00', 'UTC')), { seconds: 0n, nanoseconds: 0 });
  refused(() => api.getDatetime(call, time('1969-12-31T23:59:59.999999999', 'UTC')));
  assert.equal(api.getDatetime(call, time('1969-12-31T19:00', 'America/New_York')).seconds, 0n);
  refused(() => api.getDatetime(call, time('1970-01-01T08:59', 'Asia/Tokyo')));

  const last = { seconds: 8_640_000_000_000n, nanoseconds: 0 };
  assert.deepEqual(
    api.getLocaltime(call, last, 'Pacific/Kiritimati'),
    time('+275760-09-13T14:00', 'Pacific/Kiritimati', { dow: 6 }),
  );
  assert.deepEqual(api.getDatetime(call, api.getLocaltime(call, last, 'Pacific/Kiritimati')), last);
  refused(() => api.getLocaltime(call, { ...last, nanoseconds: 1 }, 'UTC'));
  for (const seconds of [8_640_000_000_001n, 2n ** 63n, 2n ** 64n - 1n])
    refused(() => api.getLocaltime(call, { seconds, nanoseconds: 0 }, 'UTC'));
  refused(() => api.getDatetime(call, time('+275760-09-13T00:00:00.000000001', 'UTC')));
  refused(() => api.getDatetime(call, time('+275760-09-01T00:00', 'UTC', { day: 30 })));
  refused(() => api.getDatetime(call, time('+275760-09-01T00:00', 'UTC', { month: 11 })));
  for (const year of [275_761n, 2n ** 31n, 2n ** 53n, 2n ** 64n - 1n])
    refused(() => api.getDatetime(call, time('2024-01-01T00:00', 'UTC', { year, month: 99 })));
  assert.throws(() => api.getDatetime(call, time('2024-01-01T00:00', 'Nowhere', { year: 2n ** 64n - 1n })), {
    payload: 'unknown-timezone',
  });
});

test('alt-localtime goes back to the year 0', () => {
  const old = api.altLocaltime(call, time('0000-01-01T12:00', 'UTC'), 'Asia/Tokyo');
  assert.equal(old.year, 0n);
  assert.throws(() => api.altLocaltime(call, time('0000-01-01T00:00', 'UTC'), 'America/New_York'), {
    payload: 'year-out-of-range',
  });
});

const zones = Intl.supportedValuesOf('timeZone');

test('any moment in any zone reads as Intl reads it, and comes back unless it was the second of two', () => {
  const seconds = fc.bigInt({ min: 0n, max: 10_000_000_000n });
  const nanoseconds = fc.nat(999_999_999);
  fc.assert(
    fc.property(seconds, nanoseconds, fc.constantFrom(...zones), (s, ns, zone) => {
      const found = api.getLocaltime(call, { seconds: s, nanoseconds: ns }, zone);
      const parts = new Intl.DateTimeFormat('en', {
        timeZone: zone,
        hourCycle: 'h23',
        year: 'numeric',
        month: 'numeric',
        day: 'numeric',
        weekday: 'short',
        hour: 'numeric',
        minute: 'numeric',
        second: 'numeric',
      }).formatToParts(Number(s) * 1000);
      const part = (type: string): string => parts.find((one) => one.type === type)?.value ?? '';
      assert.deepEqual(found, {
        year: BigInt(part('year')),
        month: Number(part('month')) - 1,
        dow: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'].indexOf(part('weekday')),
        day: Number(part('day')),
        hh: Number(part('hour')),
        mm: Number(part('minute')),
        ss: Number(part('second')),
        ns,
        tz: zone,
      });
      const back = api.getDatetime(call, found);
      assert.equal(back.nanoseconds, ns);
      if (back.seconds !== s) {
        assert.ok(back.seconds < s);
        assert.deepEqual(api.getLocaltime(call, back, zone), found);
      }
    }),
    { numRuns: count(20_000), seed },
  );
});

test('any localtime at all is converted or refused by an errno', () => {
  const wild = fc.record({
    year: fc.oneof(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), fc.bigInt({ min: 0n, max: 300_000n })),
    month: fc.nat(13),
    dow: fc.nat(7),
    day: fc.nat(33),
    hh: fc.nat(25),
    mm: fc.nat(61),
    ss: fc.nat(61),
    ns: fc.oneof(fc.nat(1_000_000_001), fc.constant(4_294_967_295)),
    tz: fc.oneof(fc.constantFrom(...zones), fc.string()),
  });
  const { getDatetime, altLocaltime } = guest.imports()['hermes:localtime/api'] as unknown as typeof api;
  const errnos = ['invalid-localtime', 'unknown-timezone', 'year-out-of-range'];
  fc.assert(
    fc.property(wild, fc.constantFrom(...zones), (given, zone) => {
      for (const run of [() => getDatetime(call, given), () => altLocaltime(call, given, zone)]) {
        try {
          run();
        } catch (error) {
          assert.ok(errnos.includes((error as { payload: string }).payload), String(error));
        }
      }
    }),
    { numRuns: count(100_000), seed },
  );
});
