import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCollector } from '../../telemetry/collector.ts';
import { ManualClock } from '../../testkit/index.ts';
import { createAlarm } from './alarm.ts';

test('an alarm sleeps once for all items, anew when an earlier one comes, and not at all for none', async () => {
  const clock = new ManualClock();
  const sleeps: number[] = [];
  const start = clock.now();
  const counted = {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    sleepUntil: (at: Temporal.Instant, options: { readonly signal: AbortSignal }) => {
      sleeps.push(at.since(start).total('minutes'));
      return clock.sleepUntil(at, options);
    },
  };
  const rung: string[] = [];
  const alarm = createAlarm<string>({
    clock: counted,
    log: createCollector(),
    ring: (item) => rung.push(item),
  });
  for (const [item, minutes] of [
    ['a', 5],
    ['b', 9],
    ['c', 5],
    ['d', 3],
    ['e', 7],
  ] as const)
    alarm.set(item, start.add({ minutes }));
  assert.deepEqual(sleeps, [5, 3]);
  alarm.delete('d');
  alarm.delete('no such item');
  assert.deepEqual(sleeps, [5, 3, 5]);
  await clock.advance({ minutes: 5 });
  assert.deepEqual(
    [rung, sleeps],
    [
      ['a', 'c'],
      [5, 3, 5, 7],
    ],
  );
  alarm.delete('e');
  alarm.delete('b');
  await new Promise(setImmediate);
  assert.equal(clock.sleeping, 0);
  alarm.set('f', start);
  await new Promise(setImmediate);
  assert.deepEqual(rung, ['a', 'c', 'f'], 'what has passed rings at the next turn');
  alarm.set('g', start.add({ minutes: 20 }));
  await alarm[Symbol.asyncDispose]();
  alarm.set('h', start);
  await clock.advance({ hours: 1 });
  assert.deepEqual(rung, ['a', 'c', 'f']);
});

test('an alarm whose item is set again while it rings rings at both times', async () => {
  const clock = new ManualClock();
  const rung: number[] = [];
  await using alarm = createAlarm<string>({
    clock,
    log: createCollector(),
    ring(item, now) {
      rung.push(now.epochMilliseconds % 3_600_000);
      if (rung.length < 3) alarm.set(item, now.add({ seconds: 1 }));
    },
  });
  alarm.set('a', clock.now().add({ seconds: 1 }));
  await clock.advance({ seconds: 10 });
  assert.deepEqual(rung, [1_000, 2_000, 3_000]);
});

test('an alarm says when its clock fails', async () => {
  const log = createCollector();
  const broken = new Error('broken');
  const clock = {
    now: () => Temporal.Instant.fromEpochMilliseconds(0),
    monotonic: () => 0n,
    sleepUntil: () => Promise.reject(broken),
  };
  await using alarm = createAlarm<string>({ clock, log, ring: () => assert.fail('never') });
  alarm.set('a', clock.now());
  await new Promise(setImmediate);
  assert.equal(log.find('Clock failed, nothing is on time any more')[0]?.error, broken);
});
