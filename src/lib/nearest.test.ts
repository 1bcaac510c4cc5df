import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nearest, suggest } from './nearest.ts';

test('nearest finds one edit of every kind', () => {
  const known = ['backend', 'limits', 'port'];
  for (const typo of ['bakend', 'baackend', 'bcakend', 'backent', 'BACKEND', 'back-end']) {
    assert.equal(nearest(typo, known), 'backend', typo);
  }
});

test('nearest prefers the nearer and then the first', () => {
  assert.equal(nearest('bar', ['baz', 'bar']), 'bar');
  assert.equal(nearest('bat', ['baz', 'bar']), 'baz');
});

test('nearest finds nothing where nothing is near', () => {
  assert.equal(nearest('x', ['port', 'host']), undefined);
  assert.equal(nearest('port', []), undefined);
  assert.equal(nearest('a'.repeat(10_000), ['a'.repeat(9_999)]), undefined);
});

test('nearest of a known name is that name', () => {
  const name = fc.stringMatching(/^[a-z]{1,20}$/);
  fc.assert(
    fc.property(fc.uniqueArray(name, { minLength: 1 }), fc.nat(), (known, index) => {
      const chosen = known[index % known.length] as string;
      assert.equal(nearest(chosen, known), chosen);
    }),
  );
});

test('suggest quotes hostile names', () => {
  assert.equal(suggest('a"c', ['a"b']), 'did you mean "a\\"b"?');
  assert.equal(suggest('anything', []), 'none is known');
});
