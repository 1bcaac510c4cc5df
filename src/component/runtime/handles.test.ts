import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Handle, HandleCount, HandleTable } from './handles.ts';

const THING = 3;

test('handles start at 1 and the one freed last is used first', () => {
  const table = new HandleTable();
  const add = () => table.add(new Handle(THING, 0, true, undefined));
  assert.deepEqual([add(), add(), add()], [1, 2, 3]);
  table.remove(1, THING);
  table.remove(3, THING);
  assert.equal(table.size, 1);
  assert.deepEqual([add(), add(), add()], [3, 1, 4]);
});

test('a handle that is not there, of another type or lent is refused', () => {
  const table = new HandleTable();
  const index = table.add(new Handle(THING, 'rep', true, undefined));
  for (const wrong of [0, -1, 2, 2 ** 31])
    assert.throws(() => table.get(wrong, THING), { code: 'TRAP_HANDLE' });
  assert.throws(() => table.remove(index, THING + 1), { code: 'TRAP_HANDLE' });
  const handle = table.get(index, THING);
  handle.lends += 1;
  assert.throws(() => table.remove(index, THING), {
    code: 'TRAP_HANDLE',
    detail: { handle: 1, reason: 'lent to a call' },
  });
  handle.endLoan();
  assert.equal(table.remove(index, THING), handle);
  assert.throws(() => table.remove(index, THING), { code: 'TRAP_HANDLE' });
});

test('clearing answers what was alive', () => {
  const table = new HandleTable();
  const first = new Handle(THING, 1, true, undefined);
  const second = new Handle(THING, 2, true, undefined);
  table.add(first);
  table.remove(table.add(second), THING);
  assert.deepEqual(table.clear(), [first]);
  assert.equal(table.size, 0);
  assert.equal(table.add(second), 1);
});

test('the tables of one call have no more handles than it may hold', () => {
  const count = new HandleCount();
  const tables = [new HandleTable(count), new HandleTable(count)];
  const add = (at: number) => tables[at]?.add(new Handle(THING, 0, true, undefined));
  count.most = 3;
  assert.deepEqual([add(0), add(1), add(1)], [1, 1, 2]);
  for (const at of [0, 1]) assert.throws(() => add(at), { code: 'LIMIT_HANDLES', detail: { handles: 3 } });
  tables[1]?.remove(1, THING);
  assert.equal(add(0), 2);
  tables[0]?.clear();
  assert.equal(count.alive, 1);
});
