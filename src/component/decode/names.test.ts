import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isLabel, parseName, shorten, uniqueKey } from './names.ts';

test('labels are words and acronyms', () => {
  for (const good of ['a', 'A', 'x9', 'get-JSON-2', 'A-b-C', 'a-1-2', 'm1x-4D'])
    assert.ok(isLabel(good), good);
  for (const bad of ['', '-', 'a-', '-a', 'a--b', '1', '1-a', 'aB', 'Ab', 'a_b', 'a b', 'é', 'a.b', 'a\n'])
    assert.ok(!isLabel(bad), bad);
});

test('labels of digits are read in one pass', () => {
  assert.equal(isLabel(`a${'-1'.repeat(2000)}`), true);
  assert.equal(isLabel(`a${'-1'.repeat(2000)}-`), false);
});

test('names say what they are', () => {
  const good = {
    run: { kind: 'label' },
    '[constructor]cell': { kind: 'constructor', resource: 'cell' },
    '[method]cell.get': { kind: 'method', resource: 'cell' },
    '[static]cell.of': { kind: 'static', resource: 'cell' },
    'wasi:io/poll': { kind: 'interface', version: undefined },
    'wasi:io/poll@0.2.3': { kind: 'interface', version: '0.2.3' },
    'wasi:io/poll@1.0.0-rc.1+build.7': { kind: 'interface', version: '1.0.0-rc.1+build.7' },
    'wasi:io/poll@0.2': { kind: 'interface', version: '0.2' },
  };
  for (const [name, parsed] of Object.entries(good)) assert.deepEqual(parseName(name), parsed);
});

test('names that are none are refused with a reason', () => {
  const bad = [
    '',
    '[constructor]',
    '[method]cell',
    '[method].get',
    '[static]cell.',
    '[method]a.b.c',
    '[other]a',
    'wasi:io',
    'wasi:/poll',
    ':io/poll',
    'WASI:io/poll',
    'wasi:io/poll@',
    'wasi:io/poll@1.2.3.4',
    'wasi:io/poll@01.0.0',
    'wasi:io/poll/more',
    'a:b:c/d',
    'wasi/io',
  ];
  for (const name of bad) assert.equal(typeof parseName(name), 'string', name);
});

test('names are unique beyond case and annotation', () => {
  assert.equal(uniqueKey('Foo-BAR'), uniqueKey('foo-bar'));
  assert.equal(uniqueKey('[method]a.b'), uniqueKey('[static]A.B'));
  assert.equal(uniqueKey('[static]foo.foo'), 'foo');
  assert.notEqual(uniqueKey('[constructor]foo'), uniqueKey('foo'));
  assert.notEqual(uniqueKey('a:b/c@1.0.0'), uniqueKey('a:b/c@2.0.0'));
});

test('long names are shortened in messages', () => {
  assert.equal(shorten('x'.repeat(1000)).length, 80);
});
