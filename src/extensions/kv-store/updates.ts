/**
 * Who wants to know of which key, and the updates on their way to them.
 *
 * @module
 */
import type { AttachedApp, Emit, EventRef } from '../../engine/extension.ts';
import { failures, isCoded } from '../../lib/errors.ts';
import { errors } from './errors.ts';
import { kvUpdate, updateExport } from './events.ts';
import type { KvValue } from './value.ts';

const fail = failures(errors);

export interface Updates {
  /** Throws `LIMIT_KV` past the limit of subscriptions. */
  subscribe(module: string, key: string): void;
  unsubscribe(module: string, key: string): void;
  /** Sends the value to every subscribed module, or puts it in the place of the one that waits. Never throws. */
  send(key: string, value: KvValue, cause: EventRef): void;
}

/** One module's interest in one key. `waiting` is the value that its event, still in the queue, will bring. */
interface Subscription {
  waiting: KvValue | undefined;
}

/**
 * The subscriptions of one application. They end with it: nothing is stored.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fakeApp, fakeContext } from '../../testkit/index.ts';
 * await using context = fakeContext();
 * const app = fakeApp({ modules: [{ name: 'api', exports: new Set(['hermes:kv-store/event#kv-update']) }] });
 * const updates = createUpdates(app, { emit: context.emit, limit: 10 });
 * updates.subscribe('api', 'visits');
 * updates.send('visits', { tag: 'kv-u64', val: 1n }, { id: 1, depth: 0 });
 * assert.deepEqual(context.sent[0]?.args, ['visits', { tag: 'kv-u64', val: 1n }]);
 * ```
 */
export function createUpdates(app: AttachedApp, { emit, limit }: UpdatesOptions): Updates {
  const listening = new Set(app.modules.filter((m) => m.exports.has(updateExport)).map((m) => m.name));
  const byKey = new Map<string, Map<string, Subscription>>();
  const lose = createLosses(app);
  let count = 0;

  function deliver(subscription: Subscription, { module, key, value, cause }: Delivery): void {
    const replaces = subscription.waiting !== undefined;
    subscription.waiting = value;
    if (replaces) return;
    const renew = (): readonly unknown[] | undefined => {
      const newest = subscription.waiting;
      subscription.waiting = undefined;
      return newest && [key, newest];
    };
    try {
      emit({ ...kvUpdate({ app: app.name, module, key, value, cause, renew }), to: app });
    } catch (error) {
      subscription.waiting = undefined;
      lose(module, error);
    }
  }

  return {
    subscribe(module, key) {
      if (!listening.has(module)) {
        app.log.warn('Module subscribes to a key but has no export to be told by', { module, updateExport });
        return;
      }
      const subscribers = byKey.get(key);
      if (subscribers?.has(module)) return;
      if (count >= limit) throw fail('LIMIT_KV', { limit: 'subscriptions', max: limit, found: count + 1 });
      byKey.set(key, (subscribers ?? new Map()).set(module, { waiting: undefined }));
      count += 1;
    },
    unsubscribe(module, key) {
      const subscribers = byKey.get(key);
      const subscription = subscribers?.get(module);
      if (!subscribers || !subscription) return;
      // Its event, if one is in the queue, finds nothing to bring and is dropped.
      subscription.waiting = undefined;
      subscribers.delete(module);
      if (subscribers.size === 0) byKey.delete(key);
      count -= 1;
    },
    send(key, value, cause) {
      // Whoever took its place has subscriptions of its own.
      if (app.state === 'replaced') return;
      for (const [module, subscription] of byKey.get(key) ?? []) {
        deliver(subscription, { module, key, value, cause });
      }
    },
  };
}

/** Logs updates that are lost. A guest can lose thousands in a second: only every doubling is a line. */
function createLosses({ log }: AttachedApp): (module: string, error: unknown) => void {
  let lost = 0;
  return (module, error) => {
    lost += 1;
    if ((lost & (lost - 1)) !== 0) return;
    const code = isCoded(error) ? error.code : undefined;
    log.warn('Update of a key dropped, the event was refused', { module, code, lost }, error);
  };
}

export interface UpdatesOptions {
  readonly emit: Emit;
  /** How many subscriptions the application may hold. */
  readonly limit: number;
}

interface Delivery {
  readonly module: string;
  readonly key: string;
  readonly value: KvValue;
  readonly cause: EventRef;
}
