import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { readWit } from './wit-functions.ts';

describe('readWit()', () => {
  it('tells functions from fields, comments and resource members', async () => {
    const file = readWit(await readFile(new URL('./fixtures/sample/wit/api.wit', import.meta.url), 'utf8'));
    assert.equal(file.package, 'hermes:sample');
    assert.deepEqual(
      file.interfaces.map(({ name, functions, resources }) => ({
        name,
        functions,
        resources: [...resources],
      })),
      [
        { name: 'api', functions: ['getPair', 'now'], resources: [['Cell', ['addTo', 'static merge']]] },
        { name: 'event', functions: ['onTick'], resources: [] },
      ],
    );
  });

  it('reads what a world imports and exports of its own package', () => {
    const file = readWit(
      'world all { import api; import wasi:io/streams@0.2.0; export event; include other; }',
    );
    assert.deepEqual([file.imports, file.exports], [['api'], ['event']]);
  });

  it('reads an escaped keyword and a bare resource', () => {
    const [item] = readWit('interface api { resource cell; %list: func(); }').interfaces;
    assert.deepEqual([item?.functions, [...(item?.resources ?? [])]], [['list'], [['Cell', []]]]);
  });
});
