import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { isCoded } from '../../src/lib/errors.ts';
import { createCollector } from '../../src/telemetry/collector.ts';
import { pools, start } from './support.ts';

const folder = join(import.meta.dirname, 'init');

for (const { name, workers } of pools)
  test(`init refuses, traps, and lets the application run; what it stored stays; done ends the engine, ${name}`, async () => {
    await using home = await mkdtempDisposable(join(tmpdir(), 'hermes-e2e-'));
    const log = createCollector();
    const options = { home: home.path, log, workers };

    await assert.rejects(start(folder, options), (error) => {
      assert.ok(isCoded(error));
      assert.deepEqual([error.code, error.blame], ['INIT_REFUSED', 'guest']);
      assert.deepEqual(error.detail, { app: 'second-try', module: 'second-try' });
      assert.match(error.message, /WASM component init function returned false/);
      return true;
    });
    const [said] = log.find('Guest says');
    assert.equal(said?.level, 'warn');
    assert.equal(said?.fields['text'], 'Not yet');
    assert.match(String(said?.fields['file']), /main\.c$/);
    assert.deepEqual([said?.fields['app'], said?.fields['module']], ['second-try', 'second-try']);
    assert.equal(log.find('Application refused by init, what its modules stored is not undone').length, 1);

    await assert.rejects(start(folder, options), (error) => {
      assert.ok(isCoded(error) && isCoded(error.cause));
      assert.deepEqual([error.code, error.cause.code], ['INIT_FAILED', 'TRAP_GUEST']);
      return true;
    });

    await using running = await start(folder, options);
    assert.deepEqual(await running.ask('POST', '/api/done').then(({ status, text }) => [status, text]), [
      200,
      'POST',
    ]);
    assert.equal(await running.node.done, 7);
  });
