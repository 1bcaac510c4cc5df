import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { count, seed } from '../../../test/count.ts';
import { createAgenda } from './agenda.ts';

const start = Temporal.Instant.from('2026-01-01T00:00Z');

test('an agenda has the earliest item first, whatever was put in, moved and taken out', () => {
  const step = fc.record({
    item: fc.nat(20),
    seconds: fc.nat(10),
    action: fc.constantFrom('set', 'set', 'set', 'delete', 'take'),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const agenda = createAgenda<number>();
      let model: { item: number; seconds: number }[] = [];
      const without = (item: number) => model.filter((each) => each.item !== item);
      for (const { item, seconds, action } of steps) {
        const taken = action === 'take' ? (agenda.first?.item ?? item) : item;
        if (action === 'set') {
          agenda.set(item, start.add({ seconds }));
          // The sort is stable, so equal times stay in the order in which they came.
          model = [...without(item), { item, seconds }].sort((a, b) => a.seconds - b.seconds);
        } else {
          agenda.delete(taken);
          model = without(taken);
        }
        const first = model[0];
        assert.equal(agenda.size, model.length);
        assert.equal(agenda.first?.item, first?.item);
        assert.equal(agenda.first?.at.toString(), first && start.add({ seconds: first.seconds }).toString());
      }
    }),
    { seed, numRuns: count(10_000) },
  );
});
