import type { AppBinding, AttachedApp, Caller, Emit } from '../../../engine/extension.ts';
import { failures, isCoded } from '../../../lib/errors.ts';
import { witError } from '../../../lib/wit-error.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import type { NodeLink } from '../link/node-link.ts';
import { type IpfsPermissions, MAX_TOPIC } from '../permissions.ts';
import type { TopicReport } from './calls.ts';
import { errors } from './errors.ts';
import { topicExport } from './events.ts';
import { createExchange, type Exchange } from './exchange.ts';
import { createInbox } from './inbox.ts';
import { createLoad, type Load, subscriptionsOf } from './load.ts';

const fail = failures(errors);

export interface BindTopicsOptions {
  readonly link: NodeLink;
  readonly limits: {
    readonly messageBytes: number;
    /** Messages that wait for one module on one topic. */
    readonly inbox: number;
    /** Of one application. */
    readonly subscriptions: number;
  };
}

export interface BindTopicsDeps {
  readonly emit: Emit;
  readonly log: Logger;
  /** A message was dropped because this application is slow. */
  readonly dropped: (app: string) => void;
}

/** The functions of the WIT, for one load of one application. */
export interface TopicsBinding extends AppBinding {
  readonly calls: {
    readonly pubsubPublish: (caller: Caller, topic: string, message: Uint8Array) => Promise<void>;
    readonly pubsubSubscribe: (caller: Caller, topic: string) => Promise<boolean>;
    readonly pubsubUnsubscribe: (caller: Caller, topic: string) => boolean;
  };
  /** Whether `pubsubPublish` would take this. */
  validate(topic: string, message: Uint8Array): boolean;
  ready(): void;
}

/** The topics of all applications of one engine. Disposal hears the node no more. */
export interface TopicsService extends Disposable {
  /** Throws `IPFS_PERMISSIONS` when a topic's verdict is left to a module that gives none. */
  attach(app: AttachedApp, permissions: IpfsPermissions): TopicsBinding;
  /** For operators. */
  list(): Promise<readonly TopicReport[]>;
}

/** Whatever the function: what was wrong with its argument, or with the node. All else is the function's own. */
const ERRNOS: Readonly<Record<string, string>> = {
  IPFS_MESSAGE: 'invalid-pubsub-message',
  IPFS_UNAVAILABLE: 'service-unavailable',
};

/**
 * Topics for the applications of one engine. What cannot be done is an `errno` for the module, and a line that says why
 * in the application's log.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fakeApp, fakeCaller, fakeContext } from '../../../testkit/index.ts';
 * import { parsePermissions } from '../permissions.ts';
 * await using context = fakeContext();
 * const link = {
 *   call: async () => {}, on: () => ({ [Symbol.dispose]() {} }), onStart: () => ({ [Symbol.dispose]() {} }),
 *   state: 'running',
 * } as const;
 * const limits = { messageBytes: 1_048_576, inbox: 1_000, subscriptions: 1_000 };
 * using topics = bindTopics({ link, limits }, { ...context, dropped() {} });
 * const binding = topics.attach(fakeApp(), parsePermissions({ topics: ['board'] }));
 * assert.equal(await binding.calls.pubsubSubscribe(fakeCaller(), 'board'), true);
 * await assert.rejects(binding.calls.pubsubSubscribe(fakeCaller(), 'votes'), { payload: 'pubsub-subscribe-error' });
 * await binding[Symbol.asyncDispose]();
 * ```
 */
export function bindTopics(options: BindTopicsOptions, deps: BindTopicsDeps): TopicsService {
  const exchange = createExchange({ link: options.link, ...deps });
  return {
    attach(app, permissions) {
      const load = createLoad(app, permissions);
      exchange.add(load);
      return bind(load, exchange, { ...options, ...deps });
    },
    list: () => exchange.ask('list', []),
    [Symbol.dispose]: () => exchange[Symbol.dispose](),
  };
}

function bind(load: Load, exchange: Exchange, around: BindTopicsOptions & BindTopicsDeps): TopicsBinding {
  const { app, subscriptions } = load;
  const { link, limits, emit, dropped } = around;
  const listening = new Set(app.modules.filter((m) => m.exports.has(topicExport)).map(({ name }) => name));

  function check(topic: string, message?: Uint8Array): void {
    const bytes = Buffer.byteLength(topic);
    if (bytes === 0 || bytes > MAX_TOPIC) throw fail('IPFS_TOPIC', { bytes });
    if (!load.rule(topic)) throw fail('IPFS_TOPIC_PERMISSION', { topic });
    const [found, max] = [message?.length ?? 0, limits.messageBytes];
    if (found > max) throw fail('IPFS_MESSAGE', { topic, max, found });
  }

  function add(module: string, topic: string): void {
    const count = subscriptionsOf(load);
    if (count >= limits.subscriptions)
      throw fail('IPFS_SUBSCRIPTIONS', { max: limits.subscriptions, found: count + 1 });
    const heard = listening.has(module);
    if (!heard)
      app.log.warn('Module subscribes to a topic but has no export to be told by', { module, topicExport });
    const inbox = heard
      ? createInbox(
          { app, module, topic, limit: limits.inbox, budget: load.budget },
          { emit, dropped: () => dropped(app.name) },
        )
      : undefined;
    subscriptions.getOrInsertComputed(topic, () => new Map()).set(module, inbox);
  }

  function remove(module: string, topic: string): boolean {
    const modules = subscriptions.get(topic);
    if (!modules?.has(module)) return false;
    modules.get(module)?.end();
    modules.delete(module);
    if (modules.size === 0) subscriptions.delete(topic);
    return true;
  }

  async function subscribe({ module: { name } }: Caller, topic: string): Promise<boolean> {
    check(topic);
    if (subscriptions.get(topic)?.has(name)) return true;
    add(name, topic);
    // A module that starts does not wait for the node to start, which is told when it has.
    if (link.state === 'starting' || link.state === 'lost') return true;
    try {
      await exchange.listen(topic);
      return true;
    } catch (error) {
      remove(name, topic);
      throw error;
    }
  }

  function unsubscribe({ module: { name } }: Caller, topic: string): boolean {
    const had = remove(name, topic);
    if (had && link.state === 'running') {
      exchange.listen(topic).catch((error: unknown) => {
        around.log.debug('The IPFS node could not be told', { topic }, error);
      });
    }
    return had;
  }

  async function answer<T>(caller: Caller, call: string, errno: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run();
    } catch (error) {
      // Its event is over: nobody hears an answer.
      caller.signal.throwIfAborted();
      if (!isCoded(error)) throw error;
      const { code, detail, message } = error;
      app.log.warn('A call of hermes:ipfs/api failed', { call, code, reason: message, ...detail });
      throw witError(ERRNOS[code] ?? errno);
    }
  }

  return {
    calls: {
      pubsubPublish: (caller, topic, message) =>
        answer(caller, 'topics.publish', 'pubsub-publish-error', async () => {
          check(topic, message);
          await exchange.ask('publish', [topic, message], { signal: caller.signal, app: app.name });
        }),
      pubsubSubscribe: (caller, topic) =>
        answer(caller, 'topics.subscribe', 'pubsub-subscribe-error', () => subscribe(caller, topic)),
      pubsubUnsubscribe: unsubscribe,
    },
    validate(topic, message) {
      try {
        check(topic, message);
        return true;
      } catch (error) {
        if (isCoded(error)) return false;
        throw error;
      }
    },
    ready: () => exchange.serve(load),
    async [Symbol.asyncDispose]() {
      exchange.remove(load);
    },
  };
}
