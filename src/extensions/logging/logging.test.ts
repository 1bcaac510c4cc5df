import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { complies, type FakeCall, fakeCall } from '../../testkit/index.ts';
import { guest } from './guest.ts';
import { logging } from './index.ts';

complies(logging);

type Log = (call: FakeCall, level: string, ...rest: unknown[]) => unknown;
const log = guest.imports()['hermes:logging/api']?.['log'] as unknown as Log;
const none = undefined;

test('a line keeps its level, and its parts become fields', () => {
  using call = fakeCall();
  for (const level of ['debug', 'trace', 'info', 'warn', 'error']) {
    log(call, level, 'src/index.ts', 'post', 12, 3, 'posting', 'Posted', '{"id":[1,null]}');
  }
  assert.deepEqual(
    call.log.lines.map((line) => line.level),
    ['debug', 'trace', 'info', 'warn', 'error'],
  );
  assert.equal(call.log.lines[0]?.message, 'Guest says');
  assert.deepEqual(call.log.lines[0]?.fields, {
    text: 'Posted',
    data: { id: [1, null] },
    ctx: 'posting',
    file: 'src/index.ts',
    function: 'post',
    line: 12,
    col: 3,
  });
});

test('what is absent makes no field, what is empty does', () => {
  using call = fakeCall();
  log(call, 'info', none, none, none, none, none, '', none);
  log(call, 'info', '', none, 0, none, '', 'x', none);
  assert.deepEqual(
    call.log.lines.map((line) => line.fields),
    [{ text: '' }, { text: 'x', file: '', line: 0, ctx: '' }],
  );
});

test('data that is not JSON, or nested too deep to be walked, is logged as text', () => {
  using call = fakeCall();
  const deep = '['.repeat(100_000) + ']'.repeat(100_000);
  const brackets = JSON.stringify('['.repeat(1_000));
  for (const data of ['{id:7}', '', deep, brackets, '[["\\"]]']) {
    log(call, 'info', none, none, none, none, none, 'x', data);
  }
  const [unquoted, empty, nested, text, open] = call.log.lines.map((line) => line.fields);
  assert.equal(unquoted?.['dataText'], '{id:7}');
  assert.equal(empty?.['dataText'], '');
  assert.equal(nested?.['dataText'], deep);
  assert.equal(text?.['data'], '['.repeat(1_000));
  assert.equal(open?.['dataText'], '[["\\"]]');
});

test('any JSON at most 32 deep is logged as its value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 30 }), (value) => {
      using call = fakeCall();
      log(call, 'info', none, none, none, none, none, 'x', JSON.stringify(value));
      assert.deepEqual(call.log.lines[0]?.fields['data'], JSON.parse(JSON.stringify(value)));
    }),
  );
});

test('no guest text is a message, a level or the name of a field', () => {
  const hostile = fc.constantFrom(
    'level',
    'error',
    '__proto__',
    'app',
    '\u001b[2J',
    '{"level":"error"}',
    '\n',
  );
  fc.assert(
    fc.property(hostile, hostile, hostile, (msg, ctx, data) => {
      using call = fakeCall();
      log(call, 'info', none, none, none, none, ctx, msg, data);
      const [line] = call.log.lines;
      assert.equal(line?.message, 'Guest says');
      assert.equal(line?.level, 'info');
      const names = new Set(['text', 'ctx', 'data', 'dataText']);
      for (const name of Object.keys(line?.fields ?? {})) assert.ok(names.has(name), name);
    }),
  );
});

test('past 10,000 lines one line says so, the rest is dropped and counted', () => {
  const call = fakeCall();
  for (let n = 0; n < 10_005; n++) log(call, 'info', none, none, none, none, none, 'x', none);
  call[Symbol.dispose]();
  // The collector keeps the newest 10,000.
  assert.equal(call.log.find('Guest says').length, 9_998);
  const [reached, dropped] = call.log.lines.slice(-2);
  assert.equal(reached?.level, 'warn');
  assert.equal(reached?.message, 'Guest log limit reached, the rest of this event is dropped');
  assert.deepEqual(dropped?.fields, { dropped: 5 });
});

test('past 1 MiB everything is dropped, short lines too; the next event starts anew', () => {
  const call = fakeCall();
  log(call, 'info', none, none, none, none, none, '\u00e9'.repeat(500_000), none);
  for (const length of [60_000, 1]) log(call, 'info', none, none, none, none, none, 'y'.repeat(length), none);
  call[Symbol.dispose]();
  assert.equal(call.log.find('Guest says').length, 1);
  assert.deepEqual(call.log.lines.at(-1)?.fields, { dropped: 2 });
  using next = fakeCall();
  log(next, 'info', none, none, none, none, none, 'z', none);
  assert.equal(next.log.find('Guest says').length, 1);
});
