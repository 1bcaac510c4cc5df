import assert from 'node:assert/strict';
import test from 'node:test';
import { generated, stale } from './generate.ts';

test('generated types are what the WIT says', async () => {
  assert.deepEqual(await stale(), [], 'run "npm run generate"');
});

test('every interface of an extension has its file', async () => {
  const paths = [...(await generated()).keys()];
  assert.ok(paths.includes('src/extensions/kv-store/generated/api.ts'));
  assert.ok(paths.includes('src/extensions/kv-store/generated/event.ts'));
});
