import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settingsOf } from './settings.ts';

const operator = {
  environment: { MODE: 'live', HERMES_APP: 'other' },
  arguments: ['--fast'],
  settings: { greeting: 'hi', limit: '9' },
  secrets: { token: 's3cret', limit: '10' },
  timeZone: 'Europe/Berlin',
};

test('secrets overrule settings, and those the module’s own configuration', () => {
  const config = { greeting: 'hello', limit: 1, nested: { a: [1, null] }, off: false, none: null };
  const found = settingsOf({ app: 'shop', module: 'api', config, operator });
  assert.deepEqual(Object.fromEntries(found.config), {
    greeting: 'hi',
    limit: '10',
    nested: '{"a":[1,null]}',
    off: 'false',
    none: 'null',
    token: 's3cret',
  });
});

test('names of application and module cannot be overruled', () => {
  const found = settingsOf({ app: 'shop', module: 'api', operator });
  assert.deepEqual(Object.fromEntries(found.environment), {
    MODE: 'live',
    HERMES_APP: 'shop',
    HERMES_MODULE: 'api',
  });
  assert.deepEqual([found.arguments, found.timeZone], [['--fast'], 'Europe/Berlin']);
});

test('a configuration that is no object has no keys', () => {
  for (const config of [undefined, null, 3, 'text', ['a']])
    assert.deepEqual(settingsOf({ app: 'a', module: 'b', config }).config, []);
});
