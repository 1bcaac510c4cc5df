import type { Emit } from '../../../engine/extension.ts';
import { failures } from '../../../lib/errors.ts';
import { untilAborted } from '../../../lib/until-aborted.ts';
import type { NodeLink } from '../link/node-link.ts';
import { MAX_TOPIC } from '../permissions.ts';
import { errors } from './errors.ts';
import { topicExport } from './events.ts';
import type { Exchange } from './exchange.ts';
import { createInbox } from './inbox.ts';
import { type Load, subscriptionsOf } from './load.ts';

const fail = failures(errors);

/** The subscriptions of one load's modules. */
export interface Subscriptions {
  /**
   * True also when it was there, and then it stays whatever becomes of this call. Throws what {@link checkTopic} throws, `IPFS_SUBSCRIPTIONS`, what the node says, and
   * the signal's reason.
   */
  subscribe(module: string, topic: string, signal: AbortSignal): Promise<boolean>;
  /** Ends this module's, nobody else's; false when it had none. */
  unsubscribe(module: string, topic: string): boolean;
}

export interface SubscriptionsDeps {
  readonly link: Pick<NodeLink, 'state'>;
  readonly emit: Emit;
  /** A message was dropped because this application is slow. */
  readonly dropped: (app: string) => void;
  readonly limits: { readonly inbox: number; readonly subscriptions: number };
}

/** How a subscription came to be. */
interface Asked {
  /** A call for it was answered: the module counts on it. */
  given: boolean;
  /** Calls for it that wait for the node. */
  waiting: number;
}

/**
 * Throws `IPFS_TOPIC` when this is no name of a topic, `IPFS_TOPIC_PERMISSION` when the application may not use it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const load = { rule: (topic: string) => (topic === 'board' ? { topic } : undefined) };
 * checkTopic(load, 'board');
 * assert.throws(() => checkTopic(load, 'votes'), { code: 'IPFS_TOPIC_PERMISSION' });
 * assert.throws(() => checkTopic(load, ''), { code: 'IPFS_TOPIC' });
 * ```
 */
export function checkTopic(load: Pick<Load, 'rule'>, topic: string): void {
  const bytes = Buffer.byteLength(topic);
  if (bytes === 0 || bytes > MAX_TOPIC) throw fail('IPFS_TOPIC', { bytes });
  if (!load.rule(topic)) throw fail('IPFS_TOPIC_PERMISSION', { topic });
}

/**
 * Subscriptions for a load; they are kept in it, and end when the exchange removes it.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fakeApp, fakeContext } from '../../../testkit/index.ts';
 * import { parsePermissions } from '../permissions.ts';
 * import { createLoad } from './load.ts';
 * await using context = fakeContext();
 * const load = createLoad(fakeApp(), parsePermissions({ topics: ['board'] }));
 * const deps = {
 *   link: { state: 'starting' }, emit: context.emit, dropped() {}, limits: { inbox: 10, subscriptions: 10 },
 * } as const;
 * const subscriptions = createSubscriptions(load, { async listen() {}, refresh() {} }, deps);
 * const { signal } = new AbortController();
 * assert.equal(await subscriptions.subscribe('api', 'board', signal), true);
 * assert.deepEqual([1, 2].map(() => subscriptions.unsubscribe('api', 'board')), [true, false]);
 * ```
 */
export function createSubscriptions(
  load: Load,
  exchange: Pick<Exchange, 'listen' | 'refresh'>,
  deps: SubscriptionsDeps,
): Subscriptions {
  const { app, subscriptions, budget } = load;
  const { link, emit, limits } = deps;
  const listening = new Set(app.modules.filter((m) => m.exports.has(topicExport)).map(({ name }) => name));

  /** By module and topic, as long as there is the subscription. */
  const asked = new Map<string, Asked>();

  function add(module: string, topic: string): Asked {
    const found = subscriptionsOf(load) + 1;
    if (found > limits.subscriptions) throw fail('IPFS_SUBSCRIPTIONS', { max: limits.subscriptions, found });
    const heard = listening.has(module);
    if (!heard)
      app.log.warn('Module subscribes to a topic but has no export to be told by', { module, topicExport });
    const options = { app, module, topic, limit: limits.inbox, budget };
    const inbox = heard ? createInbox(options, { emit, dropped: () => deps.dropped(app.name) }) : undefined;
    subscriptions.getOrInsertComputed(topic, () => new Map()).set(module, inbox);
    const ask = { given: false, waiting: 0 };
    asked.set(`${module} ${topic}`, ask);
    return ask;
  }
  function remove(module: string, topic: string): boolean {
    const modules = subscriptions.get(topic);
    if (!modules?.has(module)) return false;
    modules.get(module)?.end();
    modules.delete(module);
    if (modules.size === 0) subscriptions.delete(topic);
    asked.delete(`${module} ${topic}`);
    return true;
  }
  function find(module: string, topic: string): Asked | undefined {
    return subscriptions.get(topic)?.has(module) ? asked.get(`${module} ${topic}`) : undefined;
  }

  return {
    async subscribe(module, topic, signal) {
      checkTopic(load, topic);
      const ask = find(module, topic) ?? add(module, topic);
      // A module that starts does not wait for the node to start, which is told when it has.
      if (link.state === 'starting' || link.state === 'lost') {
        ask.given = true;
        return true;
      }
      ask.waiting += 1;
      try {
        await untilAborted(exchange.listen(topic), signal);
        ask.given = true;
        return true;
      } catch (error) {
        // A subscription that was given stays, and so does one that another call of the module waits for.
        if (!ask.given && ask.waiting === 1 && find(module, topic) === ask) remove(module, topic);
        // The node may have heard of it, and is told what holds.
        exchange.refresh([topic]);
        throw error;
      } finally {
        ask.waiting -= 1;
      }
    },
    unsubscribe(module, topic) {
      const had = remove(module, topic);
      if (had) exchange.refresh([topic]);
      return had;
    },
  };
}
