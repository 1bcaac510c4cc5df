import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isCoded } from '../lib/errors.ts';
import { MAX_PATH_BYTES, nameFault, parsePath } from './path.ts';

test('path is split at slashes and nothing else', () => {
  assert.deepEqual(parsePath('/'), []);
  assert.deepEqual(parsePath('/www/a b/ä/...'), ['www', 'a b', 'ä', '...']);
  assert.deepEqual(parsePath('/%2e%2e/C:/~/$HOME/*'), ['%2e%2e', 'C:', '~', '$HOME', '*']);
});

test('path out of form is refused with a reason', () => {
  const refused = [
    '', 'www', './www', '//', '//www', '/www/', '/www//a', '/.', '/..', '/www/..', '/www/../share', '/./www',
    '/www\0', '/www\\..\\share', '\\www', '/\ud800', '/\udc00a', `/${'a'.repeat(256)}`, `/${'é'.repeat(128)}`,
    '/a'.repeat(MAX_PATH_BYTES / 2 + 1), `/${'x/'.repeat(5_000_000)}x`,
  ]; // biome-ignore format: one list of strings reads better dense
  for (const path of refused) {
    assert.throws(
      () => parsePath(path),
      (error) => isCoded(error) && error.code === 'VFS_PATH' && String(error.detail['reason']).length > 5,
      path.slice(0, 40),
    );
  }
  // @ts-expect-error: what arrives from a guest is not always what its type says
  assert.throws(() => parsePath(undefined), { code: 'VFS_PATH' });
});

test('path and its elements agree for any text', () => {
  const unit = fc.oneof(fc.constantFrom('.', '..', '/', '\\', '\0', '\ud800', 'a', '%2e', 'é'), fc.string());
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 12 }), (units) => {
      const path = units.join('');
      try {
        const names = parsePath(path);
        assert.equal(`/${names.join('/')}`, path);
        for (const name of names) assert.equal(nameFault(name), undefined);
      } catch (error) {
        assert.ok(isCoded(error) && error.code === 'VFS_PATH', String(error));
      }
    }),
    { seed: 1, numRuns: 1000 },
  );
});
