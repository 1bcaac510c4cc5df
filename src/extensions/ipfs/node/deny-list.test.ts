import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { BY_COMMAND, createDenyList } from './deny-list.ts';

test('the oldest of too many denied peers are forgotten, never those that the operator named', () => {
  using database = new DatabaseSync(':memory:');
  let now = 0;
  const list = createDenyList(database, () => now++, ['always']);
  list.deny('named', BY_COMMAND);
  for (let n = 0; n < 10_500; n++) list.deny(`peer-${n}`, 'topics: forged');
  assert.ok(list.list().length <= 10_200, `There are ${list.list().length}`);
  assert.equal(list.size, list.list().length);
  assert.deepEqual(
    ['always', 'named', 'peer-0', 'peer-200', 'peer-10499'].map((peer) => list.denies(peer)),
    [true, true, false, false, true],
  );
  const again = createDenyList(database, () => now);
  assert.deepEqual(
    ['always', 'named', 'peer-0', 'peer-10499'].map((peer) => again.denies(peer)),
    [false, true, false, true],
  );
});

test('whoever listens hears of each denial, until it is disposed', () => {
  using database = new DatabaseSync(':memory:');
  const list = createDenyList(database, () => 0, ['always']);
  const heard: unknown[] = [];
  const listening = list.onDeny((...what) => void heard.push(what));
  assert.deepEqual(
    [list.deny('a', 'first'), list.deny('a', 'second'), list.deny('always', 'x')],
    [true, false, false],
  );
  listening[Symbol.dispose]();
  list.deny('b', 'third');
  assert.deepEqual(heard, [
    ['a', 'first'],
    ['a', 'second'],
    ['always', 'x'],
  ]);
  assert.deepEqual(
    list.list().map(({ peer, reason }) => [peer, reason]),
    [
      ['always', 'the configuration says so (ipfs.deny)'],
      ['a', 'first'],
      ['b', 'third'],
    ],
  );
  assert.equal(list.size, 3);
  assert.deepEqual([list.allow('a'), list.allow('a'), list.denies('a')], [true, false, false]);
  assert.equal(list.allow('always'), true, 'what was entered beside the configuration');
  assert.deepEqual([list.size, list.list().length], [2, 2]);
});

test('an eviction is one application’s, and lasts', () => {
  using database = new DatabaseSync(':memory:');
  const list = createDenyList(database, () => 0);
  assert.deepEqual(
    [list.evict('shop', 'a'), list.evict('shop', 'a'), list.evict('bank', 'b')],
    [true, false, true],
  );
  const again = createDenyList(database, () => 0);
  assert.deepEqual(
    [
      again.evicted('shop', 'a'),
      again.evicted('bank', 'a'),
      again.evicted('bank', 'b'),
      again.evictions('shop'),
    ],
    [true, false, true, 1],
  );
  assert.equal(again.denies('a'), false);
});
