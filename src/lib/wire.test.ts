import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../test/count.ts';
import { CodedError, isCoded } from './errors.ts';
import { cloneable, fromWire, toWire } from './wire.ts';

const cross = (thrown: unknown): unknown => fromWire(structuredClone(toWire(thrown)));

describe('toWire() and fromWire()', () => {
  it('keep a coded error with its causes and its stack', () => {
    const cause = new RangeError('deep', { cause: 'plain text' });
    const error = new CodedError('LIMIT_KV', { blame: 'guest', text: 'Too much' }, { max: 7n }, cause);
    const back = cross(error);
    assert.ok(isCoded(back) && back instanceof CodedError);
    assert.deepEqual(
      [back.code, back.blame, back.message, back.detail],
      [error.code, 'guest', 'Too much', { max: 7n }],
    );
    assert.equal(back.stack, error.stack);
    const deep = back.cause as Error;
    assert.deepEqual([deep.name, deep.message, deep.cause], ['RangeError', 'deep', 'plain text']);
  });

  it('keep a blame that was laid on another', () => {
    const error = new CodedError('TRAP_HOST', { blame: 'host', text: 'Trapped' });
    Object.defineProperty(error, 'blame', { value: 'operator' });
    assert.equal((cross(error) as CodedError).blame, 'operator');
  });

  it('keep the payload of a WIT error, and what is thrown that is no error', () => {
    const error = Object.assign(new Error('refused'), { payload: { tag: 'busy', val: 3 } });
    assert.deepEqual((cross(error) as typeof error).payload, { tag: 'busy', val: 3 });
    assert.ok(Object.hasOwn(cross(error) as object, 'payload'));
    assert.deepEqual(cross({ tag: 'busy' }), { tag: 'busy' });
    assert.equal(cross(undefined), undefined);
  });

  it('keep the errors of an aggregate', () => {
    const error = new AggregateError([new TypeError('one'), 2, () => 3], 'many');
    const back = cross(error) as AggregateError;
    assert.ok(back instanceof AggregateError);
    assert.deepEqual(back.errors.map(String), ['TypeError: one', '2', '(function)']);
  });

  it('end a chain of causes that never ends', () => {
    const error: Error & { cause?: unknown } = new Error('circle');
    error.cause = error;
    let depth = 0;
    for (let at = cross(error) as Error | undefined; at; at = at.cause as Error | undefined) depth++;
    assert.ok(depth > 3 && depth < 30, `${depth}`);
  });

  it('make data of any detail that can be posted', () => {
    const values = fc.anything({
      withBigInt: true,
      withTypedArray: true,
      withNullPrototype: true,
      withMap: true,
    });
    fc.assert(
      fc.property(values, (value) => {
        const back = cross(new CodedError('X', { blame: 'host', text: 'X' }, { value }));
        assert.ok(isCoded(back));
        assert.deepEqual(Object.keys(back.detail), ['value']);
      }),
      { numRuns: count(20_000), seed },
    );
  });
});

describe('cloneable()', () => {
  it('keeps plain values as they are', () => {
    const values = fc
      .jsonValue({ maxDepth: 4 })
      .filter((value) => !JSON.stringify(value).includes('__proto__'));
    fc.assert(
      fc.property(values, (value) => assert.deepEqual(cloneable(value), value)),
      { numRuns: count(20_000), seed },
    );
  });
});
