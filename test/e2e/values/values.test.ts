import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, it } from 'node:test';
import { buildModule } from '../../../src/build/build-module.ts';
import { installedWit } from '../../../src/cli/wit.ts';
import { json } from '../../../src/extensions/json/index.ts';
import { logging } from '../../../src/extensions/logging/index.ts';
import { createClock } from '../../../src/lib/clock.ts';
import { createInlinePool } from '../../../src/pool/inline.ts';
import { createCollector } from '../../../src/telemetry/collector.ts';
import { createMetrics } from '../../../src/telemetry/metrics.ts';
import { createMemoryVfs } from '../../../src/vfs/memory.ts';
import { wasiImports } from '../../../src/wasi/index.ts';

const folder = import.meta.dirname;
after(() => rm(join(folder, '.hermes'), { recursive: true, force: true }));

it('a TypeScript module gets and gives what its types say', async () => {
  const path = join(folder, 'values.wit');
  const wit = [...(await installedWit()), { path, text: await readFile(path, 'utf8') }];
  const { bytes } = await buildModule(folder, { wit });
  const values = { name: 'values', guest: new URL('./guest.ts', import.meta.url) };
  const options = { halves: [values, logging(), json()], imports: wasiImports() };
  await using pool = await createInlinePool(options, { clock: createClock(), metrics: createMetrics() });
  const log = createCollector();
  const load = {
    app: { name: 'values', version: 'V1.0.0' },
    modules: [{ name: 'values', id: '0', bytes }],
    vfs: createMemoryVfs({}),
    log,
    answer: () => assert.fail('Nothing is remote'),
  };
  await using pooled = await pool.load(load);
  const call = (name: string, ...args: unknown[]) =>
    pooled.call({
      module: 0,
      event: { id: 1, depth: 0, name: `test:values/event#${name}` },
      counter: 0,
      args,
    });
  const shape = { tag: 'box', val: [1, 2] };
  assert.deepEqual(
    await call('check', Uint8Array.of(1), undefined, 2n ** 53n + 1n, shape),
    [],
    JSON.stringify(log.lines),
  );
  assert.deepEqual([await call('maybe', true), await call('maybe', false)], ['yes', undefined]);
  const integers = { '-9223372036854775808n': -(2n ** 63n), '-5': -5n, '9007199254740991': 2n ** 53n - 1n };
  for (const [text, expected] of Object.entries(integers))
    assert.equal(await call('integer', text), expected);
  for (const text of ['9223372036854775808n', '9007199254740992', '0.5', '"5"', 'null'])
    await assert.rejects(call('integer', text), { code: 'TRAP_GUEST' }, text);
  const said = JSON.stringify(log.lines);
  for (const [value, type] of [
    ['9223372036854775808', 's64'],
    ['0.5', 's64'],
    ['a value of type string', 's64'],
  ])
    assert.ok(said.includes(`Cannot pass ${value} as ${type}: pass a bigint within its range`), said);
});
