import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createSlots } from './slots.ts';

const turn = () => new Promise(setImmediate);

describe('createSlots()', () => {
  it('gives places in the order of asking', async () => {
    const slots = createSlots(2);
    const got: number[] = [];
    for (let n = 0; n < 5; n++) void slots.take().then(() => got.push(n));
    await turn();
    assert.deepEqual([got, slots.taken, slots.waiting], [[0, 1], 2, 3]);
    assert.equal(slots.tryTake(), false);
    slots.release();
    await turn();
    assert.deepEqual(got, [0, 1, 2]);
    for (let n = 0; n < 4; n++) slots.release();
    await turn();
    assert.deepEqual([got, slots.taken], [[0, 1, 2, 3, 4], 0]);
    assert.equal(slots.tryTake(), true);
  });

  it('forgets who no longer wants a place', async () => {
    const slots = createSlots(1);
    await slots.take();
    const stop = new AbortController();
    const late = slots.take({ signal: stop.signal });
    const reason = new Error('enough');
    stop.abort(reason);
    await assert.rejects(late, reason);
    assert.equal(slots.waiting, 0);
    slots.release();
    assert.equal(slots.taken, 0);
    await assert.rejects(slots.take({ signal: stop.signal }), reason);
  });
});
