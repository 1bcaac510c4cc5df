import assert from 'node:assert/strict';
import { glob, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createMetrics } from '../../telemetry/metrics.ts';
import { counterNames, nodeCounts } from './metrics.ts';

test('whatever the node counts has a metric', async () => {
  const counted = new Set<string>();
  for await (const path of glob('*/*.ts', { cwd: import.meta.dirname })) {
    if (path.endsWith('.test.ts') || path.startsWith('fixtures')) continue;
    const text = await readFile(`${import.meta.dirname}/${path}`, 'utf8');
    for (const [, name = ''] of text.matchAll(/\bcount\('(\w+_total)'/g)) counted.add(name);
  }
  assert.deepEqual([...counted].toSorted(), counterNames.toSorted());
});

test('a name that nobody declared is not counted', () => {
  const metrics = createMetrics();
  const count = nodeCounts(metrics);
  count('messages_received_total', { outcome: 'accepted' }, 3);
  count('toString', {}, 1);
  assert.equal(metrics.value('hermes_ipfs_messages_received_total', { outcome: 'accepted' }), 3);
  assert.equal(metrics.text().split('# HELP').length, 2);
});
