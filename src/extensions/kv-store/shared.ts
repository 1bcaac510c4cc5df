import { existsSync } from 'node:fs';
import type { KvStoreConfig } from './config.ts';
import { createKeyspace, type Keyspace } from './keyspace.ts';
import { createMemoryStore } from './memory.ts';
import { openSqliteStore } from './sqlite.ts';
import type { Updates } from './updates.ts';

/** One load's use of a keyspace; disposal ends it, and the last one to end closes the store. */
export interface Use extends Disposable {
  readonly left: boolean;
}

/** One application's keyspace, which two loads have together while it is reloaded. */
export interface SharedKeyspace {
  /** What is written from now on is told to this load's subscribers, too. Throws `KV_OPEN`. */
  join(updates: Updates): Use;
  /** Opened on first use. Throws `KV_OPEN`. */
  keyspace(): Keyspace;
}

export interface SharedKeyspaceOptions {
  /** `undefined` keeps everything in memory. */
  readonly path: string | undefined;
  readonly config: KvStoreConfig;
  /** The last use has ended. */
  readonly closed: () => void;
}

/**
 * A keyspace that is open as long as somebody uses it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { parseConfig } from './config.ts';
 * let closed = 0;
 * const options = { path: undefined, config: parseConfig(undefined), closed: () => void closed++ };
 * const shared = createSharedKeyspace(options);
 * const updates = () => ({ subscribe() {}, unsubscribe() {}, send() {} });
 * const [old, now] = [shared.join(updates()), shared.join(updates())];
 * shared.keyspace().getAndSet({ id: 1, depth: 0 }, 'visits', { tag: 'kv-u64', val: 1n });
 * old[Symbol.dispose]();
 * assert.deepEqual([shared.keyspace().get('visits')?.val, closed], [1n, 0]);
 * now[Symbol.dispose]();
 * assert.equal(closed, 1);
 * ```
 */
export function createSharedKeyspace({ path, config, closed }: SharedKeyspaceOptions): SharedKeyspace {
  const stack = new DisposableStack();
  const users = new Set<Updates>();
  const limits = { key: config.maxKey, value: config.maxValue, total: config.maxTotal };
  let keyspace: Keyspace | undefined;

  function open(): Keyspace {
    keyspace ??= createKeyspace({
      store: stack.use(path === undefined ? createMemoryStore() : openSqliteStore(path)),
      limits,
      written: (by, key, value) => {
        for (const updates of users) updates.send(key, value, by);
      },
    });
    return keyspace;
  }
  function leave(updates: Updates): void {
    if (!users.delete(updates) || users.size > 0) return;
    stack.dispose();
    closed();
  }

  return {
    join(updates) {
      users.add(updates);
      try {
        // A bad file is found at load; an application that never uses the store has none.
        if (path !== undefined && existsSync(path)) open();
      } catch (error) {
        leave(updates);
        throw error;
      }
      return {
        get left() {
          return !users.has(updates);
        },
        [Symbol.dispose]: () => leave(updates),
      };
    },
    keyspace: open,
  };
}
