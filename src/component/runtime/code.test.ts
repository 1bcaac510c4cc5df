import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Code, int } from './code.ts';

test('data reaches generated code by name, functions are written once', () => {
  const code = new Code();
  const name = code.data("');throw 1//");
  const subject = {};
  const write = (fn: string): string => `function ${fn}(){return ${name};}`;
  const fn = code.once('get', subject, write);
  assert.equal(code.once('get', subject, write), fn);
  assert.notEqual(code.once('other', subject, write), fn);
  assert.equal(code.data("');throw 1//"), name);
  const [get] = code.build([fn]) as [() => string];
  assert.equal(get(), "');throw 1//");
});

test('only unsigned 32-bit integers are written into source text', () => {
  assert.equal(int(2 ** 32 - 1), '4294967295');
  for (const wrong of [-1, 1.5, 2 ** 32, Number.NaN, Number.POSITIVE_INFINITY, '1' as unknown as number]) {
    assert.throws(() => int(wrong), RangeError);
  }
});
