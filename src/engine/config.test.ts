import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { flag, readConfig } from '../lib/config.ts';
import { isCoded } from '../lib/errors.ts';
import { parseConfig } from './config.ts';
import type { RuntimeExtension } from './extension.ts';

const never = async () => {
  throw new Error('Not started here');
};
const guest = new URL('file:///nowhere');
const silent: RuntimeExtension = { name: 'silent', guest, start: never };
const strict: RuntimeExtension = {
  name: 'strict',
  guest,
  start: never,
  effectiveConfig: (config) => readConfig(config, 'strict', { sync: flag(true) }),
};

function faults(value: unknown): unknown {
  try {
    return parseConfig(value, [silent, strict]);
  } catch (error) {
    assert.ok(isCoded(error));
    return error.detail['faults'];
  }
}

describe('parseConfig()', () => {
  it('fills in every default and freezes', () => {
    const config = parseConfig(undefined, [silent, strict]);
    assert.deepEqual(config.queue, {
      events: 10_000,
      bytes: 268_435_456,
      eventsPerSource: 1_000,
      bytesPerApp: 67_108_864,
    });
    assert.deepEqual(config.log, { level: 'info', format: 'auto' });
    assert.deepEqual(config.extensions, { silent: undefined, strict: undefined });
    assert.deepEqual([config.effective['strict'], config.effective['silent']], [{ sync: true }, {}]);
    assert.ok(Object.isFrozen(config) && Object.isFrozen(config.queue));
  });

  it('hands slices to extensions as they were written', () => {
    const slice = { anything: 1 };
    assert.equal(parseConfig({ silent: slice }, [silent]).extensions['silent'], slice);
  });

  it('names every fault at once, those of extensions too', () => {
    assert.deepEqual(
      faults({ stict: {}, queue: { events: 0, bites: 1 }, log: { level: 'loud' }, strict: { sync: 1 } }),
      [
        'stict is unknown: did you mean "strict"?',
        'log.level must be "trace" or "debug" or "info" or "warn" or "error"',
        'queue.bites is unknown: did you mean "bytes"?',
        'queue.events must be a whole number from 2 to 10000000',
        'strict.sync must be true or false',
      ],
    );
  });

  it('takes nothing but an object, and is not fooled by names of Object.prototype', () => {
    for (const value of [null, [], 'x', 1])
      assert.deepEqual(faults(value), ['The configuration must be an object']);
    assert.deepEqual(faults({ log: 1 }), ['log must be an object']);
    assert.match(String(faults(JSON.parse('{"__proto__":1}'))), /^__proto__ is unknown/);
    assert.match(String(faults({ constructor: 1 })), /^constructor is unknown/);
  });
});
