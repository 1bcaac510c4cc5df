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

test('a backlog that comes at once is no flood, one that lasts some seconds is', () => {
  let now = 0;
  const offences = createOffences({ now: () => now, flood: 5_000 });
  for (let n = 0; n < 100_000; n++) offences.flood('a');
  assert.deepEqual([offences.verdict('a'), offences.score('a')], [undefined, -20]);
  // Nor is another, half a minute later.
  now += 30_000;
  for (let n = 0; n < 100_000; n++) offences.flood('a');
  assert.deepEqual([offences.verdict('a'), offences.score('a')], [undefined, -30]);
  let milliseconds = 0;
  for (; offences.verdict('b') === undefined; now += 10, milliseconds += 10)
    for (let n = 0; n < 20; n++) offences.flood('b');
  assert.equal(offences.verdict('b'), 'flooding');
  assert.ok(milliseconds > 3_000 && milliseconds < 4_000, `${milliseconds} ms`);
});

test('a flood is counted in parts of what a peer is denied for', () => {
  let now = 0;
  const offences = createOffences({ now: () => now, flood: 10_000 });
  offences.flood('a', { times: 1_000, of: 5_000 });
  assert.equal(offences.score('a'), -16);
  now += 1_000;
  offences.flood('a', { times: 5_000, of: 5_000 });
  assert.equal(offences.score('a'), -35, 'a quarter of it, however much it was');
});

test('a low rate does not make a flood of some messages', () => {
  const offences = createOffences({ now: () => 0, flood: 10 });
  for (let n = 0; n < 20; n++) offences.flood('a');
  assert.deepEqual([offences.verdict('a'), offences.score('a')], [undefined, -16]);
});
