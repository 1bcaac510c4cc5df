import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isCoded } from './errors.ts';
import { compilePattern, compilePatterns, MAX_PATTERN_BYTES, MAX_PATTERNS } from './pattern.ts';

test('pattern matches any part unless anchored, and keeps no state', () => {
  const pattern = compilePattern('/api/[a-z]+');
  assert.equal(pattern.source, '/api/[a-z]+');
  for (const _ of [1, 2, 3]) assert.equal(pattern.test('x/api/users?y'), true);
  assert.equal(compilePattern('^/api/[a-z]+$').test('x/api/users'), false);
});

test('pattern refuses what has no linear time, and says why', () => {
  for (const source of ['(', '[a-z', '(?=a)', '(?<!a)b', '(a)\\1', 'a**', 'a{1001}', 'x\\', '\ud800']) {
    assert.throws(
      () => compilePattern(source),
      (error) =>
        isCoded(error) && error.code === 'PATTERN_INVALID' && String(error.detail['reason']).length > 5,
      source,
    );
  }
});

test('pattern is bounded in bytes, not in characters', () => {
  assert.equal(compilePattern('é'.repeat(MAX_PATTERN_BYTES / 2)).test('x'), false);
  assert.throws(() => compilePattern('é'.repeat(MAX_PATTERN_BYTES / 2 + 1)), { code: 'PATTERN_TOO_LONG' });
});

test('pattern runs in linear time where backtracking is exponential', () => {
  // V8 would need longer than the age of the universe for either.
  const text = 'a'.repeat(20_000);
  assert.equal(compilePattern('^(a+)+$').test(`${text}!`), false);
  assert.equal(compilePattern('^(/?[a-z]+)+$').test(`${text}!`), false);
});

test('pattern in the dialect of JSON Schemas knows its escapes', () => {
  assert.equal(compilePattern('^\\u0041[^]$', { dialect: 'ecmascript' }).test('A\n'), true);
  assert.throws(() => compilePattern('\\u0041'), { code: 'PATTERN_INVALID' });
});

test('patterns of a list report every fault at its index', () => {
  const { patterns, faults } = compilePatterns(['a', '(', 'b', 'x'.repeat(MAX_PATTERN_BYTES + 1)]);
  assert.deepEqual(
    patterns.map((pattern) => pattern?.source),
    ['a', undefined, 'b', undefined],
  );
  assert.deepEqual(
    faults.map(({ index, code }) => [index, code]),
    [
      [1, 'PATTERN_INVALID'],
      [3, 'PATTERN_TOO_LONG'],
    ],
  );
  assert.throws(() => compilePatterns(Array.from({ length: MAX_PATTERNS + 1 }, () => 'a')), {
    code: 'PATTERN_TOO_MANY',
  });
});

test('pattern of any text either compiles or fails with a code', () => {
  const text = fc.string({ unit: fc.constantFrom(...'(){}[]^$|*+?.\\-azd09:=<!P,&/\ud800é'), maxLength: 24 });
  fc.assert(
    fc.property(
      text,
      fc.string(),
      fc.constantFrom('re2' as const, 'ecmascript' as const),
      (source, input, dialect) => {
        try {
          assert.equal(typeof compilePattern(source, { dialect }).test(input), 'boolean');
        } catch (error) {
          assert.ok(isCoded(error), String(error));
        }
      },
    ),
    { seed: 1, numRuns: 500 },
  );
});
