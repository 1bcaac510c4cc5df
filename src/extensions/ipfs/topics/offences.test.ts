import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOffences } from './offences.ts';

test('only whole points count: what fades ends', () => {
  let now = 0;
  const offences = createOffences({ now: () => now, flood: 5_000 });
  offences.add('a', 'verdict', 'soft');
  assert.equal(offences.score('a'), -1);
  now = 1;
  assert.ok(Object.is(offences.score('a'), 0));
  offences.flood('b');
  assert.ok(Object.is(offences.score('b'), 0));
  offences.add('a', 'verdict', 'soft');
  offences.add('a', 'verdict', 'soft');
  assert.equal(offences.score('a'), -2);
  now += 2 * 30_000;
  assert.equal(offences.score('a'), 0);
});
