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
import type { Keyspace } from './keyspace.ts';
import { createSharedKeyspace, type SharedKeyspace } from './shared.ts';
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
  const opened = new Map<string, SharedKeyspace>();
  return {
    async attach(app) {
      const path = parsed.backend === 'sqlite' ? join(await folder(), `${app.name}.sqlite`) : undefined;
      const shared = opened.getOrInsertComputed(app.name, () =>
        createSharedKeyspace({ path, config: parsed, closed: () => void opened.delete(app.name) }),
      );
      return bind(app, { shared, config: parsed, emit });
    },
    async [Symbol.asyncDispose]() {},
  };
}

interface Parts extends Pick<ExtensionContext, 'emit'> {
  readonly shared: SharedKeyspace;
  readonly config: KvStoreConfig;
}

function bind(app: AttachedApp, { shared, config, emit }: Parts): AppBinding {
  const updates = createUpdates(app, { emit, limit: config.maxSubscriptions });
  const use = shared.join(updates);

  function kv(): Keyspace {
    if (use.left) throw fail('KV_CLOSED', { app: app.name });
    return shared.keyspace();
  }

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
      use[Symbol.dispose]();
    },
  };
}
