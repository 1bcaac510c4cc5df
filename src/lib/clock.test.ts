import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createClock } from './clock.ts';

const start = Temporal.Instant.from('2026-01-01T00:00Z');

/** A clock whose wall time is `times`, one for each look, the last one for ever; pieces are as short as can be. */
function scripted(
  ...times: readonly Temporal.Instant[]
): ReturnType<typeof createClock> & { looks(): number } {
  let looks = 0;
  const now = (): Temporal.Instant => times[Math.min(looks++, times.length - 1)] ?? start;
  return { ...createClock({ now, longestTimerMs: 1 }), looks: () => looks };
}

describe('createClock()', () => {
  it('sleeps longer than a timer can', async (t) => {
    const end = start.add({ hours: 24 * 365 });
    const middle = start.add({ hours: 24 * 30 });
    const clock = scripted(start, middle, middle, end);
    await clock.sleepUntil(end, t);
    assert.equal(clock.looks(), 4);
  });

  it('wakes when the wall clock was set forward, and sleeps on when it was set back', async (t) => {
    const at = start.add({ hours: 1 });
    const forward = scripted(start, start.add({ hours: 9 }));
    await forward.sleepUntil(at, t);
    assert.equal(forward.looks(), 2);
    const back = scripted(start, start.subtract({ hours: 9 }), at.subtract({ nanoseconds: 1 }), at);
    await back.sleepUntil(at, t);
    assert.equal(back.looks(), 4);
  });

  it('does not wake a nanosecond early', async (t) => {
    const clock = createClock();
    const at = clock.now().add({ milliseconds: 3, nanoseconds: 1 });
    await clock.sleepUntil(at, t);
    assert.ok(Temporal.Instant.compare(clock.now(), at) >= 0);
  });

  it('throws the reason of the signal, before and during the sleep', async () => {
    const clock = createClock();
    const stop = new AbortController();
    const reason = new Error('enough');
    const slept = clock.sleepUntil(clock.now().add({ hours: 24 * 365 }), { signal: stop.signal });
    stop.abort(reason);
    await assert.rejects(slept, reason);
    await assert.rejects(clock.sleepUntil(clock.now(), { signal: stop.signal }), reason);
  });
});
