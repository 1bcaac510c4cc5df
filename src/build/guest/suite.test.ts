import assert from 'node:assert/strict';
import { test } from 'node:test';
import { check, suite } from './suite.ts';

test('names are listed without running anything, in order, and none comes after the last', () => {
  const ran: string[] = [];
  const handler = suite({ b: () => void ran.push('b'), a: () => void ran.push('a') });
  assert.deepEqual(
    [0, 1].map((number) => handler(number, false)?.name),
    ['b', 'a'],
  );
  assert.deepEqual(ran, []);
  assert.deepEqual(handler(1, true), { name: 'a', status: true });
  assert.deepEqual(ran, ['a']);
  for (const number of [2, 4_294_967_295]) assert.equal(handler(number, true), null);
  assert.equal(suite({})(0, false), null);
});

test('a test fails when it throws, answers false or a promise, and what it throws is logged', (t) => {
  const { mock } = t.mock.method(console, 'error', () => {});
  const handler = suite({
    throws: () => check(false, 'not so'),
    'throws nothing at all': () => {
      throw undefined;
    },
    false: () => false,
    promise: (async () => true) as unknown as () => boolean,
    true: () => true,
  });
  const passed = [0, 1, 2, 3, 4].map((number) => handler(number, true)?.status);
  assert.deepEqual(passed, [false, false, false, false, true]);
  const said = mock.calls.map(({ arguments: [error] }) => String(error));
  assert.deepEqual(said.slice(0, 2), ['Error: not so', 'undefined']);
  assert.match(said[2] ?? '', /must not be async/);
  assert.equal(said.length, 3);
});
