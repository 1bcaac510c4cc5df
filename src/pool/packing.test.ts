import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../test/count.ts';
import { pack, unpack } from './packing.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

const number = fc.nat();
const args = fc.array(fc.anything({ withBigInt: true, withTypedArray: true }), { maxLength: 3 });
const value = fc.oneof(
  fc.constant(undefined),
  number,
  fc.anything({ withBigInt: true, withTypedArray: true }),
);
const thrown = fc.record({ kind: fc.constant('value' as const), value });

const toWorker: fc.Arbitrary<ToWorker> = fc.oneof(
  fc.record({
    type: fc.constant('call' as const),
    call: number,
    slot: number,
    load: number,
    module: number,
    event: fc.record({ id: number, depth: number, name: fc.string() }),
    counter: number,
    args,
  }),
  fc.record({ type: fc.constant('answer' as const), call: number, ask: number, value }),
  fc.record({ type: fc.constant('refusal' as const), call: number, ask: number, thrown }),
  fc.record({ type: fc.constant('unload' as const), load: number }),
);
const fromWorker: fc.Arbitrary<FromWorker> = fc.oneof(
  fc.record({ type: fc.constant('done' as const), call: number, value, fuel: number }),
  fc.record({ type: fc.constant('threw' as const), call: number, thrown, fuel: number }),
  fc.record({
    type: fc.constant('ask' as const),
    call: number,
    ask: number,
    extension: fc.string(),
    method: fc.string(),
    args,
  }),
  fc.record({ type: fc.constant('pong' as const), ping: number }),
);

describe('pack() and unpack()', () => {
  it('bring every batch across as it was', () => {
    fc.assert(
      fc.property(fc.oneof(fc.array(toWorker), fc.array(fromWorker)), (messages) => {
        assert.deepEqual(unpack(structuredClone(pack(messages))), structuredClone(messages));
      }),
      { numRuns: count(10_000), seed },
    );
  });

  it('say what they do not know', () => {
    assert.throws(() => unpack([99, 1, 2]), {
      name: 'RangeError',
      message: 'There is no message of kind 99',
    });
  });
});
