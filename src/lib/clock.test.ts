import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { describe, it } from 'node:test';
import { createClock } from './clock.ts';

describe('createClock()', () => {
  it('does not sleep until a moment that has passed', async () => {
    const clock = createClock();
    const { signal } = new AbortController();
    await clock.sleepUntil(clock.now(), { signal });
    await clock.sleepUntil(clock.now().subtract({ hours: 1 }), { signal });
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('wakes with the reason of the signal, from years of sleep too, and leaves nothing behind', async () => {
    const clock = createClock();
    const stop = new AbortController();
    const reason = new Error('enough');
    const slept = clock.sleepUntil(clock.now().add({ hours: 24 * 365 * 100 }), { signal: stop.signal });
    assert.equal(getEventListeners(stop.signal, 'abort').length, 1);
    stop.abort(reason);
    await assert.rejects(slept, reason);
    await assert.rejects(clock.sleepUntil(clock.now(), { signal: stop.signal }), reason);
    assert.equal(process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length, 0);
  });

  it('does not wake before its moment', async () => {
    const clock = createClock();
    const at = clock.now().add({ milliseconds: 3 });
    await clock.sleepUntil(at, { signal: new AbortController().signal });
    assert.ok(Temporal.Instant.compare(clock.now(), at) >= 0);
  });
});
