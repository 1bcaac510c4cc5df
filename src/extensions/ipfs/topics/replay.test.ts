import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { createReplayGuard } from './replay.ts';
import { createSeenStore } from './seen-store.ts';

test('a peer that makes up series silences nobody else', () => {
  const guard = createReplayGuard({ most: 100 });
  assert.equal(guard.admit('ann', 1, 0, 'ann'), true);
  // Its messages say that they are from a minute ahead.
  for (let n = 0; n < 1_000; n++) guard.admit(`mallory ${n}`, 1, 60_000, 'mallory');
  assert.equal(guard.size, 100);
  assert.equal(guard.admit('ann', 1, 0, 'ann'), false, 'is remembered');
  assert.equal(guard.admit('ann', 2, 1, 'ann'), true);
  assert.equal(guard.admit('bob', 1, 1, 'bob'), true, 'nobody knew him');
  assert.equal(guard.admit('mallory again', 1, 1, 'mallory'), false);
});

test('when everybody brings one series, what was forgotten still counts as seen', () => {
  const guard = createReplayGuard({ most: 2 });
  for (const peer of ['ann', 'bob', 'cas']) assert.equal(guard.admit(peer, 1, 5, peer), true);
  assert.equal(guard.admit('ann', 1, 5, 'ann'), false);
  assert.equal(guard.admit('ann', 2, 6, 'ann'), true);
});

test('a series is forgotten when none of its messages can be fresh', () => {
  let now = 0;
  const guard = createReplayGuard({ now: () => now });
  for (let n = 0; n < 10; n++) guard.admit(`series ${n}`, 1, 60_000);
  now = 180_000;
  guard.changed();
  assert.equal(guard.size, 10, 'a message of theirs may still come');
  now = 180_001;
  guard.changed();
  assert.equal(guard.size, 0);
});

test('no more is kept than is remembered', () => {
  let now = 0;
  using database = new DatabaseSync(':memory:');
  const store = createSeenStore(database, () => now);
  const guard = createReplayGuard({ most: 10, now: () => now });
  const kept = (): number => Number(database.prepare('SELECT count(*) AS n FROM topics_seen').get()?.['n']);
  for (let beat = 0; beat < 5; beat++) {
    for (let n = 0; n < 100; n++) guard.admit(`${beat} ${n}`, 1, 1_000 * beat + n);
    store.save(guard);
    assert.equal(kept(), 10);
  }
  now = 200_000;
  store.save(guard);
  assert.equal(kept(), 0);
});
