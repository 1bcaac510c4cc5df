import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type {
  AppBinding,
  AttachedApp,
  Caller,
  ExtensionContext,
  ExtensionService,
} from '../../engine/extension.ts';
import { failures } from '../../lib/errors.ts';
import { type KvStoreConfig, parseConfig } from './config.ts';
import { errors } from './errors.ts';
import type { KvStoreApi } from './generated/api.ts';
import { createKeyspace, type Keyspace } from './keyspace.ts';
import { createMemoryStore } from './memory.ts';
import { openSqliteStore } from './sqlite.ts';
import type { Store } from './store.ts';
import { createUpdates } from './updates.ts';

const fail = failures(errors);

type ServiceContext = Pick<ExtensionContext, 'config' | 'folder' | 'emit'>;

/**
 * Gives each application a store of its own. Throws `CONFIG_INVALID`; `attach` throws `KV_OPEN` when there is a
 * file that cannot be used.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fakeApp, fakeCaller, fakeContext } from '../../testkit/index.ts';
 * await using context = fakeContext({ config: { backend: 'memory' } });
 * await using service = await startKvStore(context);
 * await using binding = await service.attach(fakeApp());
 * binding.calls['kvSet']?.(fakeCaller(), 'visits', { tag: 'kv-u64', val: 1n });
 * assert.deepEqual(binding.calls['kvGet']?.(fakeCaller(), 'visits'), { tag: 'kv-u64', val: 1n });
 * ```
 */
export async function startKvStore({ config, folder, emit }: ServiceContext): Promise<ExtensionService> {
  const parsed = parseConfig(config);
  return {
    async attach(app) {
      const path = parsed.backend === 'sqlite' ? join(await folder(), `${app.name}.sqlite`) : undefined;
      return bind(app, { path, config: parsed, emit });
    },
    async [Symbol.asyncDispose]() {},
  };
}

interface Parts extends Pick<ExtensionContext, 'emit'> {
  /** `undefined` keeps everything in memory. */
  readonly path: string | undefined;
  readonly config: KvStoreConfig;
}

function bind(app: AttachedApp, { path, config, emit }: Parts): AppBinding {
  const stack = new DisposableStack();
  const updates = createUpdates(app, { emit, limit: config.maxSubscriptions });
  const limits = { key: config.maxKey, value: config.maxValue, total: config.maxTotal };
  let keyspace: Keyspace | undefined;

  function kv(): Keyspace {
    if (stack.disposed) throw fail('KV_CLOSED', { app: app.name });
    keyspace ??= createKeyspace({
      store: stack.use(openStore(path)),
      limits,
      written: (by, key, value) => updates.send(key, value, by),
    });
    return keyspace;
  }

  // A bad file is found at load; an application that never uses the store has none.
  if (path !== undefined && existsSync(path)) kv();

  const calls: KvStoreApi<Caller> = {
    kvSet: ({ event }, key, value) => void kv().getAndSet(event, key, value),
    kvGetDefault: (_caller, key, otherwise) => kv().get(key) ?? otherwise,
    kvGet: (_caller, key) => kv().get(key),
    kvGetSet: ({ event }, key, value) => kv().getAndSet(event, key, value),
    kvAdd: ({ event }, key, value) => kv().add(event, key, value),
    kvCas: ({ event }, key, test, value) => kv().compareAndSet(event, key, { test, value }),
    kvSubscribe({ module }, key) {
      const value = kv().get(key);
      updates.subscribe(module.name, key);
      return value;
    },
    kvUnsubscribe({ module }, key) {
      const value = kv().get(key);
      updates.unsubscribe(module.name, key);
      return value;
    },
  };
  return {
    calls: { ...calls },
    async [Symbol.asyncDispose]() {
      stack.dispose();
    },
  };
}

function openStore(path: string | undefined): Store {
  return path === undefined ? createMemoryStore() : openSqliteStore(path);
}
