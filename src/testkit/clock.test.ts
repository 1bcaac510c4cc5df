import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ManualClock } from './clock.ts';

describe('ManualClock', () => {
  it('wakes sleepers in the order of their times, at their times', async (t) => {
    const clock = new ManualClock();
    const seen: string[] = [];
    const start = clock.now();
    for (const minutes of [3, 1, 2]) {
      void clock.sleepUntil(start.add({ minutes }), t).then(() => {
        seen.push(`${minutes} at ${clock.now().since(start).total('minutes')}`);
      });
    }
    await clock.advance({ minutes: 5 });
    assert.deepEqual(seen, ['1 at 1', '2 at 2', '3 at 3']);
    assert.equal(clock.monotonic(), 300_000_000_000n);
  });

  it('throws the reason of the signal and forgets the sleeper', async () => {
    const clock = new ManualClock();
    const stop = new AbortController();
    const slept = clock.sleepUntil(clock.now().add({ hours: 1 }), { signal: stop.signal });
    const reason = new Error('enough');
    stop.abort(reason);
    await assert.rejects(slept, reason);
    assert.equal(clock.sleeping, 0);
    await assert.rejects(clock.sleepUntil(clock.now(), { signal: stop.signal }), reason);
  });

  it('jumps without the monotonic time', async () => {
    const clock = new ManualClock();
    await clock.jumpTo(clock.now().subtract({ hours: 24 }));
    assert.equal(clock.monotonic(), 0n);
  });
});
