/**
 * The functions of the WIT over a store, within the limits; who is told of a write is not its business.
 *
 * @module
 */
import type { EventRef } from '../../engine/extension.ts';
import { failures } from '../../lib/errors.ts';
import { add } from './add.ts';
import { errors } from './errors.ts';
import type { Store } from './store.ts';
import { type KvValue, same, sizeOf } from './value.ts';

const fail = failures(errors);

export interface KvLimits {
  /** Bytes of UTF-8 in a key. */
  readonly key: number;
  /** Bytes in a value. */
  readonly value: number;
  /** Bytes in all keys and values of an application, and {@link overhead} for each. */
  readonly total: number;
}

/** What an entry is counted for beyond its bytes, so that the limit in bytes bounds their number too. */
export const overhead = 64;

type Value = KvValue | undefined;

/**
 * Absent values are `undefined`; `by` is the event on whose behalf it is done. Everything may throw `LIMIT_KV`
 * (nothing has changed then) or `KV_STORAGE`.
 */
export interface Keyspace {
  get(key: string): Value;
  getAndSet(by: EventRef, key: string, value: Value): Value;
  add(by: EventRef, key: string, operand: Value): Value;
  compareAndSet(by: EventRef, key: string, entry: { readonly test: Value; readonly value: Value }): Value;
}

/**
 * Binds the functions to one application's store. `written` is called after each write with what is now under
 * the key; not after a deletion, nor when nothing was changed.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createMemoryStore } from './memory.ts';
 * const limits = { key: 1024, value: 1024, total: 65_536 };
 * const kv = createKeyspace({ store: createMemoryStore(), limits, written: () => {} });
 * kv.add({ id: 1, depth: 0 }, 'visits', { tag: 'kv-u64', val: 1n });
 * assert.deepEqual(kv.get('visits'), { tag: 'kv-u64', val: 1n });
 * assert.throws(() => kv.get('k'.repeat(1025)), { code: 'LIMIT_KV' });
 * ```
 */
export function createKeyspace({ store, limits, written }: KeyspaceParts): Keyspace {
  const { keys, bytes } = store.measure();
  let total = bytes + keys * overhead;

  function read(key: string): Value {
    check('key', Buffer.byteLength(key), limits.key);
    return store.get(key);
  }

  function write(by: EventRef, key: string, { before, after }: Change): void {
    const freed = before ? entrySize(key, before) : 0;
    const taken = after ? entrySize(key, after) : 0;
    if (after) {
      check('value', sizeOf(after), limits.value);
      // A store that is over its limit, because the operator lowered it, may still shrink.
      if (taken > freed) check('total', total - freed + taken, limits.total);
      store.set(key, after);
    } else if (before) {
      store.delete(key);
    }
    total += taken - freed;
    if (after) written(by, key, after);
  }

  return {
    get: read,
    getAndSet(by, key, after) {
      const before = read(key);
      write(by, key, { before, after });
      return before;
    },
    add(by, key, operand) {
      const before = read(key);
      const after = add(before, operand, { longest: limits.value });
      if (after) write(by, key, { before, after });
      return before;
    },
    compareAndSet(by, key, { test, value: after }) {
      const before = read(key);
      if (same(before, test)) write(by, key, { before, after });
      return before;
    },
  };
}

export interface KeyspaceParts {
  readonly store: Store;
  readonly limits: KvLimits;
  readonly written: (by: EventRef, key: string, value: KvValue) => void;
}

interface Change {
  readonly before: Value;
  readonly after: Value;
}

function entrySize(key: string, value: KvValue): number {
  return Buffer.byteLength(key) + sizeOf(value) + overhead;
}

function check(limit: keyof KvLimits, found: number, max: number): void {
  if (found > max) throw fail('LIMIT_KV', { limit, max, found });
}
