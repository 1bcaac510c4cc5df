import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { pools, type StartOptions, start } from './support.ts';

const folder = join(import.meta.dirname, 'kv-updates');

/** Draining waits for caused events, so what is read afterwards is final; the store is still there. */
async function writing(
  options: StartOptions,
  keys: readonly string[],
): Promise<(key: string) => Promise<string>> {
  await using running = await start(folder, options);
  for (const [n, key] of keys.entries())
    await running.ask('POST', `/api/${key}`, { body: 'x'.repeat(n + 1) });
  await running.node.drain();
  const dropped = running.log.find('Update of a key dropped, the event was refused');
  const codes = dropped.map((line) => String(line.fields['code']));
  return async (key) => {
    if (key === 'codes') return codes.join();
    await using again = await start(folder, options);
    return (await again.ask('GET', `/api/${key}`)).text;
  };
}

for (const { name, workers } of pools)
  test(`both modules are told of writes that one made, in order, and of the last one for certain, ${name}`, async () => {
    await using home = await mkdtempDisposable(join(tmpdir(), 'hermes-e2e-'));
    const read = await writing({ home: home.path, workers }, [
      'watched',
      'watched',
      'watched',
      'other',
      'watched',
    ]);
    const seen = (await read('seen')).split(',').filter(Boolean).map(Number);
    assert.deepEqual(seen, seen.toSorted(), 'no update swaps with another');
    assert.deepEqual(seen.slice(-2), [5, 5], 'both modules saw the newest value');
    assert.ok(!seen.includes(4), 'nobody subscribed to the other key');
  });

for (const { name, workers } of pools)
  test(`modules that wake each other end with CAUSE_DEPTH, and the writes stand, ${name}`, async () => {
    await using home = await mkdtempDisposable(join(tmpdir(), 'hermes-e2e-'));
    const read = await writing({ home: home.path, workers }, ['loop']);
    assert.match(await read('codes'), /^CAUSE_DEPTH(,CAUSE_DEPTH)*$/);
    const count = Number(await read('loop'));
    // Two modules, 32 deep: at least one write for each depth, and an end.
    assert.ok(count > 32, `Found ${count}`);
  });
