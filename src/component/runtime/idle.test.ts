import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createIdle, type Shelf } from './idle.ts';

test('what one component may keep is bounded by number and by bytes', () => {
  const idle = createIdle({ instances: 10, bytes: 100, perComponent: { instances: 3, bytes: 50 } });
  const shelf = idle.shelf<number>();
  for (let n = 0; n < 5; n++) shelf.give(n, 1);
  assert.deepEqual([shelf.size, idle.instances, idle.bytes], [3, 3, 3]);
  shelf.give(5, 49);
  assert.deepEqual([shelf.size, idle.bytes], [2, 50]);
  shelf.give(6, 51);
  assert.deepEqual([shelf.take(), shelf.take(), shelf.take()], [5, 4, undefined]);
  assert.deepEqual([idle.instances, idle.bytes], [0, 0]);
});

test('when all together are too many, those go that have lain there longest', () => {
  const idle = createIdle({ instances: 3, perComponent: { instances: 3 } });
  const [a, b] = [idle.shelf<string>(), idle.shelf<string>()];
  a.give('old', 1);
  idle.age();
  b.give('new', 1);
  b.give('newer', 1);
  b.give('newest', 1);
  assert.deepEqual([a.size, b.size], [0, 3]);
});

test('age leaves one of each component, and what came since it was last asked', () => {
  const idle = createIdle();
  const [a, b] = [idle.shelf<string>(), idle.shelf<string>()];
  for (const name of ['a', 'b', 'c']) a.give(name, 1);
  b.give('x', 1);
  idle.age();
  assert.deepEqual([a.size, b.size], [3, 1]);
  const taken = a.take() as string;
  a.give(taken, 1);
  idle.age();
  assert.deepEqual([a.size, b.size], [1, 1]);
  assert.equal(a.take(), 'c');
});

test('a disposed shelf keeps nothing, and cleared ones go on', () => {
  const idle = createIdle();
  const [a, b] = [idle.shelf<string>(), idle.shelf<string>()];
  a.give('a', 1);
  b.give('b', 1);
  a[Symbol.dispose]();
  a.give('again', 1);
  assert.deepEqual([a.open, a.size, idle.instances], [false, 0, 1]);
  idle.clear();
  assert.equal(b.take(), undefined);
  b.give('c', 1);
  assert.equal(b.take(), 'c');
});

test('no order of steps breaks a bound or miscounts', () => {
  const step = fc.tuple(fc.constantFrom('give', 'give', 'take', 'age', 'clear'), fc.nat(2), fc.nat(40));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const idle = createIdle({ instances: 6, bytes: 100, perComponent: { instances: 4, bytes: 60 } });
      const shelves = [0, 1, 2].map(() => idle.shelf<number>());
      for (const [what, index, bytes] of steps) {
        const shelf = shelves[index] as Shelf<number>;
        if (what === 'give') shelf.give(bytes, bytes);
        else if (what === 'take') shelf.take();
        else if (what === 'age') idle.age();
        else idle.clear();
        assert.ok(idle.instances <= 6 && idle.bytes <= 100 && shelf.size <= 4);
      }
      let sum = 0;
      for (const shelf of shelves)
        for (let one = shelf.take(); one !== undefined; one = shelf.take()) sum += one;
      assert.ok(sum <= 100);
      assert.deepEqual([idle.instances, idle.bytes], [0, 0]);
    }),
  );
});
