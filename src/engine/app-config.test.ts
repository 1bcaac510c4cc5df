import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isCoded } from '../lib/errors.ts';
import { readApps } from './app-config.ts';
import { parseConfig } from './config.ts';

function faultsOf(value: unknown): readonly unknown[] {
  try {
    readApps(value);
  } catch (error) {
    assert.ok(isCoded(error) && error.code === 'CONFIG_INVALID');
    return error.detail['faults'] as readonly unknown[];
  }
  return assert.fail('it was read');
}

test('what an operator says of an application is read, with defaults', () => {
  const { shop, blog } = readApps({
    shop: {
      environment: { MODE: 'live' },
      secrets: { token: { file: '/run/token' } },
      limits: { files: 5, handles: 99 },
    },
    blog: {},
  });
  const chosen = Object.entries(shop?.limits ?? {}).filter(([, limit]) => limit !== undefined);
  assert.deepEqual(Object.fromEntries(chosen), { files: 5, handles: 99 });
  // All but what is counted for the engine as a whole.
  assert.deepEqual(Object.keys(shop?.limits ?? {}), Object.keys(parseConfig({}, []).limits));
  assert.deepEqual(shop?.secrets, { token: { file: '/run/token' } });
  assert.deepEqual([blog?.arguments, blog?.timeZone, blog?.environment], [[], 'UTC', {}]);
});

test('faults of all applications are named, each by its place', () => {
  assert.deepEqual(
    faultsOf({
      'Bad Name': {},
      shop: {
        environment: { HERMES_APP: 'x' },
        arguments: 'one',
        settings: { a: 1 },
        secrets: { a: { path: '/x' } },
        timeZone: 'Mars/Base',
        limits: { file: 1 },
        setting: {},
      },
      blog: { limits: { files: -1 } },
      list: [],
    }),
    [
      'apps.Bad Name is no name of an application',
      'apps.shop.setting is unknown: did you mean "settings"?',
      'apps.shop.environment has a key "HERMES_APP" that is the engine’s: choose a name that does not begin with HERMES_',
      'apps.shop.arguments must be a list of texts',
      'apps.shop.settings has a key "a" that must be a text without NUL',
      'apps.shop.secrets has a key "a" that must be a text, or { "file": "…" } with the path of a file that holds it',
      'apps.shop.timeZone must be the name of a time zone, as "Europe/Berlin"',
      'apps.blog.limits.files must be a whole number of at least 0',
      'apps.list must be an object',
    ],
  );
  assert.deepEqual(faultsOf('shop'), ['apps must be an object, by application']);
  for (const environment of [{ 'A=B': 'x' }, { '': 'x' }, { 'a\0': 'x' }, { a: 'x\0' }])
    assert.equal(faultsOf({ shop: { environment } }).length, 1);
});

test('a secret is not shown, the file that holds one is', () => {
  const secrets = { token: 's3cret', other: { file: '/run/other' } };
  const { apps, effective } = parseConfig({ apps: { shop: { secrets } } }, []);
  assert.deepEqual(apps['shop']?.secrets, secrets);
  assert.ok(!JSON.stringify(effective).includes('s3cret'));
  assert.ok(JSON.stringify(effective).includes('/run/other'));
});
