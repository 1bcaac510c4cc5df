import assert from 'node:assert/strict';
import { test } from 'node:test';
import { flag, integer, oneOf, readConfig } from './config.ts';
import { isCoded } from './errors.ts';

const keys = {
  backend: oneOf(['sqlite', 'memory']),
  limit: integer(64, { min: 1, max: 100 }),
  sync: flag(true),
};

function faults(value: unknown): unknown {
  try {
    return readConfig(value, 'kv', keys);
  } catch (error) {
    assert.ok(isCoded(error));
    return error.detail['faults'];
  }
}

test('readConfig fills in defaults and freezes', () => {
  const config = readConfig(undefined, 'kv', keys);
  assert.deepEqual(config, { backend: 'sqlite', limit: 64, sync: true });
  assert.ok(Object.isFrozen(config));
  assert.deepEqual(readConfig({ sync: false }, 'kv', keys), { ...config, sync: false });
});

test('readConfig names every fault at once', () => {
  assert.deepEqual(faults({ backend: 'disk', limit: 0, sync: 1, syn: true }), [
    'kv.syn is unknown: did you mean "sync"?',
    'kv.backend must be "sqlite" or "memory"',
    'kv.limit must be a whole number from 1 to 100',
    'kv.sync must be true or false',
  ]);
});

test('readConfig takes nothing but objects, and null is no value', () => {
  for (const value of [null, [], 'x', 1, true]) assert.deepEqual(faults(value), ['kv must be an object']);
  assert.deepEqual(faults({ limit: null }), ['kv.limit must be a whole number from 1 to 100']);
});

test('readConfig is not fooled by names of Object.prototype', () => {
  for (const name of ['constructor', 'toString', 'hasOwnProperty', '__proto__']) {
    const given = JSON.parse(`{ ${JSON.stringify(name)}: 1 }`) as unknown;
    assert.match(String(faults(given)), new RegExp(`^kv\\.${name} is unknown`));
  }
});
