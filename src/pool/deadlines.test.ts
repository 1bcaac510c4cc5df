import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../test/count.ts';
import { ManualClock } from '../testkit/index.ts';
import { createDeadlines } from './deadlines.ts';

const MS = 1_000_000n;
/** Deadlines are met in steps of 2^26 ns. */
const GRAIN_MS = 68;

describe('createDeadlines()', () => {
  it('meets each deadline once, not before its time and hardly after', async () => {
    const plans = fc.array(fc.record({ ms: fc.integer({ min: 0, max: 5_000 }), back: fc.boolean() }), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(plans, async (plan) => {
        const clock = new ManualClock();
        using deadlines = createDeadlines(clock);
        const met: number[] = plan.map(() => -1);
        for (const [index, { ms, back }] of plan.entries()) {
          const taken = deadlines.add(BigInt(ms) * MS, () => {
            assert.equal(met[index], -1);
            met[index] = Number(clock.monotonic() / MS);
            return undefined;
          });
          if (back) taken[Symbol.dispose]();
        }
        for (let step = 0; step < 60; step++) await clock.advance({ milliseconds: 90 });
        for (const [index, { ms, back }] of plan.entries()) {
          const at = met[index] ?? -1;
          if (back) assert.equal(at, -1);
          else assert.ok(at >= ms && at <= ms + GRAIN_MS, `${at} for ${ms}`);
        }
        assert.equal(clock.sleeping, 0);
      }),
      { numRuns: count(1_000, 20), seed },
    );
  });

  it('asks again where it is told a later time', async () => {
    const clock = new ManualClock();
    using deadlines = createDeadlines(clock);
    const asked: bigint[] = [];
    deadlines.add(1_000n * MS, () => {
      asked.push(clock.monotonic() / MS);
      return asked.length < 3 ? clock.monotonic() + 1_000n * MS : undefined;
    });
    await clock.advance({ seconds: 10 });
    assert.equal(asked.length, 3);
    assert.ok((asked[2] ?? 0n) >= 3_000n);
  });

  it('does not believe a wall clock that jumps', async () => {
    const clock = new ManualClock();
    using deadlines = createDeadlines(clock);
    let met = false;
    deadlines.add(5_000n * MS, () => {
      met = true;
      return undefined;
    });
    await clock.jumpTo(clock.now().add({ hours: 5 }));
    assert.equal(met, false);
    await clock.advance({ seconds: 6 });
    assert.equal(met, true);
  });

  it('sleeps no more once it is disposed', async () => {
    const clock = new ManualClock();
    const deadlines = createDeadlines(clock);
    deadlines.add(MS, () => assert.fail('disposed'));
    assert.equal(clock.sleeping, 1);
    deadlines[Symbol.dispose]();
    await clock.advance({ seconds: 1 });
    assert.equal(clock.sleeping, 0);
  });
});
