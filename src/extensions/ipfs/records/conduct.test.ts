import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConducts } from './conduct.ts';

test('a peer that was allowed again is denied again for as many strikes as the first time', () => {
  const conducts = createConducts({ burst: 1, perSecond: 1, strikes: 3 }, () => 0);
  const answers = Array.from({ length: 9 }, () => conducts.strike('a'));
  assert.deepEqual(answers, [false, false, true, false, false, true, false, false, true]);
  assert.equal(conducts.strike('b'), false, 'each has its own');
});

test('strikes are forgotten after ten minutes', () => {
  let now = 0;
  const conducts = createConducts({ burst: 1, perSecond: 1, strikes: 2 }, () => now);
  assert.equal(conducts.strike('a'), false);
  now = 600_001;
  assert.deepEqual([conducts.strike('a'), conducts.strike('a')], [false, true]);
});
