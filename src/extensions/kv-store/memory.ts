import type { Store } from './store.ts';
import { type KvValue, sizeOf } from './value.ts';

/**
 * Keeps values in memory, for as long as the store is not disposed.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * using store = createMemoryStore();
 * store.set('visits', { tag: 'kv-u64', val: 1n });
 * assert.deepEqual(store.get('visits'), { tag: 'kv-u64', val: 1n });
 * assert.deepEqual(store.measure(), { keys: 1, bytes: 14 });
 * ```
 */
export function createMemoryStore(): Store {
  const values = new Map<string, KvValue>();
  return {
    get(key) {
      const value = values.get(key);
      return value && own(value);
    },
    set: (key, value) => void values.set(key, own(value)),
    delete: (key) => void values.delete(key),
    measure() {
      let bytes = 0;
      for (const [key, value] of values) bytes += Buffer.byteLength(key) + sizeOf(value);
      return { keys: values.size, bytes };
    },
    [Symbol.dispose]: () => values.clear(),
  };
}

/** Bytes can be written to, so the store keeps a copy of its own. */
function own(value: KvValue): KvValue {
  return typeof value.val === 'object'
    ? ({ tag: value.tag, val: new Uint8Array(value.val) } as KvValue)
    : value;
}
