import assert from 'node:assert/strict';
import { mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { APP, folderOf, MODULE } from '../../src/package/fixtures/folder.ts';
import { guest } from '../guests/build.ts';
import { hermes, start } from './hermes.ts';

it('hermes status shows what a running engine does', async () => {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'hermes-status-'));
  const home = join(folder.path, 'home');
  const subscriptions = [{ subscription_id: 'all', module_id: 'faults', path_regex: '^/' }];
  const shop = await folderOf({
    'application.json': { ...APP, name: 'shop', modules: [{ package: 'modules/faults' }], share: 'share' },
    'modules/faults/module.json': { ...MODULE, name: 'faults' },
    'modules/faults/module.wasm': await guest('c-faults'),
    'share/endpoints.json': { subscriptions },
  });
  const options = ['--home', home, '--port', '0', '--metrics', '127.0.0.1:0'];
  await using running = start(['run', shop, ...options]);
  const [, port] = await running.until(/^shop runs at \S+:(\d+)\/$/m);
  const [, metrics] = await running.until(/"url":"(http:[^"]+)\/metrics"/);
  assert.equal((await fetch(`http://127.0.0.1:${port}/trap`)).status, 502);

  const shown = await hermes(['status', '--home', home]);
  assert.equal(shown.code, 0, shown.err);
  assert.match(shown.out, /^hermes \S+ is running for \d+ s: process \d+, \d+ MiB$/m);
  assert.match(shown.out, /^shop +\S+ +running +0 +0 +0 B$/m);
  assert.match(shown.out, /^ {2}faults +1 +1 +TRAP_\w+, (just now|\d+ s ago)$/m);
  const json = await hermes(['status', '--json'], { HERMES_HOME: home });
  assert.deepEqual(JSON.parse(json.out).metrics, [metrics]);
  assert.equal((await fetch(`${metrics}/healthz`)).status, 200);

  running.kill('SIGTERM');
  assert.equal((await running.ended).code, 0);
  const gone = await hermes(['status', '--home', home]);
  assert.deepEqual([gone.code, gone.out], [1, '']);
  assert.match(gone.err, /^Error ENGINE_NOT_RUNNING: .* start one with hermes run/);
});

it('hermes status and --metrics refuse what they cannot use', async () => {
  const word = await hermes(['status', 'shop']);
  assert.equal(word.code, 2);
  assert.match(word.err, /"shop" is one word too many/);
  const address = await hermes(['run', '--print-config', '--metrics', 'localhost:9464']);
  assert.equal(address.code, 1);
  assert.match(address.err, /metrics\.listen must be a list of IP addresses with ports.*"localhost:9464"/);
});
