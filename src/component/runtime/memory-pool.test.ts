import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryPool } from './memory-pool.ts';

const PAGE = 65_536;

test('a pool keeps up to its bound, the last in first out', () => {
  const pool = createMemoryPool({ bytes: 2 * PAGE });
  const type = { initial: 1, maximum: 4 };
  const made = [pool.take(type), pool.take(type), pool.take(type)];
  for (const memory of made) pool.give(type, memory);
  assert.deepEqual([pool.take(type), pool.take(type)], [made[1], made[0]]);
  assert.ok(!made.includes(pool.take(type)));
});

test('a memory that has grown is not kept, nor given for another type', () => {
  const pool = createMemoryPool({ bytes: 10 * PAGE });
  const type = { initial: 1, maximum: undefined };
  const grown = pool.take(type);
  grown.grow(1);
  pool.give(type, grown);
  assert.notEqual(pool.take(type), grown);
  const memory = pool.take(type);
  pool.give(type, memory);
  assert.notEqual(pool.take({ initial: 1, maximum: 2 }), memory);
  assert.equal(pool.take(type), memory);
});
