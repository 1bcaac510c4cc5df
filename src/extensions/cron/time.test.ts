import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../../test/count.ts';
import type { HostEvent, Queued } from '../../engine/extension.ts';
import type { createCollector } from '../../telemetry/collector.ts';
import { fakeApp, fakeCaller, fakeContext, ManualClock } from '../../testkit/index.ts';
import { anySchedule, dueIn, minutesOf } from './fixtures/oracle.ts';
import { openShop } from './fixtures/shop.ts';
import type { CronTagged } from './generated/api.ts';
import { cron } from './index.ts';

const log = (app: { readonly log: unknown }) => app.log as ReturnType<typeof createCollector>;

/** A handler that waits for its gate; `open` lets one call go on. */
function gates(): {
  readonly handler: () => Promise<unknown>;
  readonly open: (answer?: boolean) => Promise<void>;
} {
  const waiting: PromiseWithResolvers<boolean>[] = [];
  return {
    handler() {
      const gate = Promise.withResolvers<boolean>();
      waiting.push(gate);
      return gate.promise;
    },
    async open(answer = true) {
      waiting.shift()?.resolve(answer);
      for (let turn = 0; turn < 3; turn++) await new Promise(setImmediate);
    },
  };
}

test('a year of random schedules is due exactly when a look at every minute says so', async () => {
  const year = minutesOf(2027);
  const schedules = new Map(
    fc
      .sample(anySchedule({ sparse: true }), { seed, numRuns: count(200, 5) })
      .map((each) => [each.text, each]),
  );
  const clock = new ManualClock(Temporal.Instant.fromEpochMilliseconds(year.start).subtract({ seconds: 1 }));
  const found = new Map<string, number[]>();
  // Of its own, because that of the testkit keeps every event.
  const emit = (event: HostEvent): Queued => {
    const [entry, last] = event.renew?.() ?? [];
    const { when } = entry as CronTagged;
    assert.equal(last, false);
    found.getOrInsertComputed(when, () => []).push(clock.now().epochMilliseconds);
    return { queued: true, event: { id: 1, depth: 0 }, done: Promise.resolve([]) };
  };
  await using context = fakeContext({ clock });
  await using service = await cron().start({ ...context, emit });
  await using binding = await service.attach(fakeApp());
  const due = [...schedules.values()].map((each) => [each.text, dueIn(year, each)] as const);
  for (const [when] of due) {
    const added = binding.calls['add']?.(fakeCaller(), { when, tag: 'year' }, true);
    if (!added) schedules.delete(when);
  }
  await clock.advance({ milliseconds: year.length * 60_000 });
  for (const [when, times] of due) {
    assert.deepEqual(found.get(when) ?? [], times, when);
    if (!schedules.has(when)) assert.equal(times.length, 0, `${when} was refused`);
  }
  assert.ok([...found.values()].flat().length > 1_000, 'something was due');
});

describe('a clock that is set', () => {
  it('forward: each entry is due once, in the order of the times that were passed', async () => {
    await using shop = await openShop();
    shop.add('30 * * * *', 'half');
    shop.add('* * * * *', 'each');
    shop.add('0 3 * * *', 'night', false);
    shop.delay(3_600, 'hour');
    shop.delay(36_000, 'later');
    await shop.clock.jumpTo(shop.clock.now().add({ hours: 5, seconds: 10 }));
    await shop.place.idle();
    assert.deepEqual(
      shop.ticks.map(({ tag, last }) => [tag, last]),
      [
        ['each', false],
        ['half', false],
        ['hour', true],
        ['night', true],
      ],
    );
    await shop.advance({ minutes: 1 });
    assert.deepEqual(
      shop.ticks.slice(4).map(({ tag }) => tag),
      ['each'],
      'and then as ever',
    );
  });

  it('back: no minute comes twice, and what waits comes at its time', async () => {
    await using shop = await openShop();
    shop.add('* * * * *', 'each');
    shop.delay(600, 'delay');
    await shop.advance({ minutes: 5, seconds: 30 });
    await shop.clock.jumpTo(shop.clock.now().subtract({ minutes: 4 }));
    await shop.advance({ minutes: 4 });
    assert.deepEqual(shop.seen, ['1 each', '2 each', '3 each', '4 each', '5 each']);
    await shop.advance({ minutes: 5 });
    const more = ['6 each', '7 each', '8 each', '9 each', '10 delay!', '10 each'];
    assert.deepEqual(shop.seen.slice(5).sort(), more.sort());
  });

  it('back while ticks are due: they are due again at their time', async () => {
    await using shop = await openShop();
    shop.add('0 * * * *', 'hour');
    for (let n = 0; n < 3; n++) {
      await shop.clock.jumpTo(shop.clock.now().add({ minutes: 61 }));
      await shop.clock.jumpTo(shop.clock.now().subtract({ minutes: 10 }));
      await shop.advance({ minutes: 10 });
    }
    assert.equal(shop.ticks.length, 3);
  });

  it('anyhow: never before its time, never the same minute twice', async () => {
    const step = fc.tuple(fc.constantFrom('advance', 'jump'), fc.integer({ min: -200, max: 200 }));
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        await using shop = await openShop();
        shop.add('*/5 * * * *', 'a');
        for (const [kind, minutes] of steps) {
          if (kind === 'jump') await shop.clock.jumpTo(shop.clock.now().add({ minutes }));
          else await shop.advance({ minutes: Math.abs(minutes) });
          await shop.place.idle();
        }
        const times = shop.ticks.map(({ at }) => at);
        assert.deepEqual(
          times,
          [...new Set(times)].toSorted((a, b) => a - b),
        );
        for (const [n, at] of times.entries()) {
          assert.ok(Math.floor(at / 5) > Math.floor((times[n - 1] ?? 0) / 5), `${times}`);
        }
      }),
      { seed, numRuns: count(5_000) },
    );
  });
});

describe('an application that is behind', () => {
  it('has one waiting tick for each entry; the others are counted', async () => {
    const gate = gates();
    await using shop = await openShop({ handler: gate.handler });
    shop.add('* * * * *', 'a');
    shop.add('*/2 * * * *', 'a');
    await shop.clock.advance({ minutes: 6 });
    assert.deepEqual(shop.seen, ['1 a'], 'one tag, one at a time');
    assert.equal(shop.context.metrics.value('hermes_cron_coalesced_total', { app: 'shop' }), 4 + 2);
    const [first, second] = log(shop.app).find(
      'Tick is one with the waiting tick of its entry, the application is behind',
    );
    assert.deepEqual(first?.fields, { when: '* * * * *', tag: 'a', coalesced: 1 });
    assert.equal(second?.fields['coalesced'], 2);
    for (let n = 0; n < 5; n++) await gate.open();
    await shop.place.idle();
    assert.deepEqual(shop.seen, ['1 a', '6 a', '6 a']);
    await shop.clock.advance({ minutes: 1 });
    await gate.open();
    assert.deepEqual(shop.seen.slice(3), ['7 a'], 'and then as ever');
  });

  it('does not hold up other tags', async () => {
    const gate = gates();
    await using shop = await openShop({ handler: ({ tag }) => (tag === 'slow' ? gate.handler() : true) });
    shop.add('* * * * *', 'slow');
    shop.add('* * * * *', 'fast');
    await shop.clock.advance({ minutes: 3 });
    assert.deepEqual(shop.seen.toSorted(), ['1 fast', '1 slow', '2 fast', '3 fast']);
    for (let n = 0; n < 2; n++) await gate.open();
  });

  it('gets nothing of what was removed while it waited, by rm or by its own answer', async () => {
    const gate = gates();
    await using shop = await openShop({ handler: gate.handler });
    shop.add('* * * * *', 'a');
    shop.add('*/2 * * * *', 'a');
    shop.delay(180, 'a');
    await shop.clock.advance({ minutes: 4 });
    assert.deepEqual(
      shop.ls().map(([{ when }]) => when),
      ['3 0 1 1 4', '* * * * *', '*/2 * * * *'],
      'a tick that waits is there',
    );
    assert.equal(shop.rm('3 0 1 1 4', 'a'), true);
    assert.equal(shop.rm('*/2 * * * *', 'a'), true);
    await gate.open(false);
    await shop.place.idle();
    assert.deepEqual(shop.seen, ['1 a']);
    assert.deepEqual(shop.ls(), []);
    assert.equal(shop.clock.sleeping, 0);
  });

  it('is told by the tick what holds when it leaves the queue', async () => {
    const gate = gates();
    await using shop = await openShop({ handler: gate.handler });
    for (const [when, retrigger] of [
      ['* * * * *', true],
      ['*/1 * * * *', false],
      ['0-59 * * * *', true],
    ] as const) {
      shop.add(when, 'a', retrigger);
    }
    await shop.clock.advance({ minutes: 1 });
    shop.add('*/1 * * * *', 'a', true);
    shop.add('0-59 * * * *', 'a', false);
    for (let n = 0; n < 3; n++) await gate.open();
    await shop.place.idle();
    assert.deepEqual(
      shop.ticks.map(({ when, last }) => [when, last]),
      [
        ['* * * * *', false],
        ['*/1 * * * *', false],
        ['0-59 * * * *', true],
      ],
    );
    await shop.clock.advance({ minutes: 1 });
    for (let n = 0; n < 2; n++) await gate.open();
    assert.deepEqual(
      shop.ticks
        .slice(3)
        .map(({ when }) => when)
        .toSorted(),
      ['* * * * *', '*/1 * * * *'],
    );
  });

  it('gets its ticks later when the queue is full, none is lost', async () => {
    const gate = gates();
    await using shop = await openShop({ handler: gate.handler, limits: { eventsPerSource: 2 } });
    for (let n = 0; n < 5; n++) shop.delay(60, 'a');
    await shop.clock.advance({ minutes: 1 });
    const [line] = log(shop.app).find('Tick put off, the queue is full');
    assert.equal(line?.fields['postponed'], 1);
    for (let n = 0; n < 5; n++) {
      await gate.open();
      await shop.clock.advance({ seconds: 1 });
    }
    assert.equal(shop.ticks.length, 5);
    assert.deepEqual(shop.ls(), []);
  });
});

describe('the end', () => {
  it('an unloaded application is never called, and adds nothing', async () => {
    await using shop = await openShop();
    shop.add('* * * * *', 'a');
    shop.delay(30, 'b');
    await shop.binding[Symbol.asyncDispose]();
    assert.equal(shop.add('* * * * *', 'c'), false);
    assert.equal(shop.delay(1, 'c'), false);
    assert.deepEqual(shop.ls(), []);
    assert.equal(shop.clock.sleeping, 0);
    assert.equal(shop.context.metrics.value('hermes_cron_entries'), 0);
    await shop.advance({ hours: 1 });
    assert.deepEqual(shop.seen, []);
  });

  it('what waited when the application was unloaded is dropped, its next load begins with nothing', async () => {
    const gate = gates();
    await using shop = await openShop({ handler: gate.handler });
    shop.add('* * * * *', 'a');
    await shop.clock.advance({ minutes: 2 });
    await shop.binding[Symbol.asyncDispose]();
    await using again = await shop.service.attach(fakeApp({ name: 'shop' }));
    assert.deepEqual(again.calls['ls']?.(fakeCaller(), undefined), []);
    for (let n = 0; n < 2; n++) await gate.open();
    await shop.place.idle();
    assert.deepEqual(shop.seen, ['1 a']);
  });

  it('a stopping application takes no ticks, and nothing wakes for it any more', async () => {
    await using shop = await openShop();
    shop.add('* * * * *', 'a');
    await shop.advance({ minutes: 1 });
    shop.place.close();
    await shop.advance({ minutes: 5 });
    assert.deepEqual(shop.seen, ['1 a']);
    assert.equal(shop.clock.sleeping, 0);
  });

  it('a closed service sends no ticks while the rest drains', async () => {
    await using shop = await openShop();
    shop.add('* * * * *', 'a');
    await shop.service.close?.();
    shop.delay(0, 'b');
    await shop.advance({ minutes: 5 });
    assert.deepEqual(shop.seen, []);
    assert.equal(shop.clock.sleeping, 0);
  });

  it('ticks of an application that starts wait until it has started', async () => {
    await using context = fakeContext();
    await using service = await cron().start(context);
    await using binding = await service.attach(fakeApp({ state: 'starting' }));
    binding.calls['delay']?.(fakeCaller(), 0n, 'a');
    await context.clock.advance({ seconds: 1 });
    assert.equal(context.sent[0]?.duringStart, undefined, 'the queue holds it');
  });
});
