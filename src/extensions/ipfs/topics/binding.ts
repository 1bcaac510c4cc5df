import type { AppBinding, AttachedApp, Caller, Emit } from '../../../engine/extension.ts';
import { failures, isCoded } from '../../../lib/errors.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import { answering } from '../errno.ts';
import type { Errno } from '../generated/api.ts';
import type { NodeLink } from '../link/node-link.ts';
import type { IpfsPermissions } from '../permissions.ts';
import type { TopicReport } from './calls.ts';
import { errors } from './errors.ts';
import { createExchange, type Exchange } from './exchange.ts';
import { MOVED } from './limits.ts';
import { createLoad, type Load } from './load.ts';
import { checkTopic, createSubscriptions } from './subscriptions.ts';

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

/** What was wrong with an argument, whatever the function. */
const ERRNOS: Readonly<Record<string, Errno>> = { IPFS_MESSAGE: 'invalid-pubsub-message' };

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

type Around = BindTopicsOptions & Omit<BindTopicsDeps, 'log'>;

function bind(load: Load, exchange: Exchange, around: Around): TopicsBinding {
  const { app } = load;
  const { limits } = around;
  const subscriptions = createSubscriptions(load, exchange, around);

  async function publish({ signal }: Caller, topic: string, message: Uint8Array): Promise<void> {
    checkTopic(load, topic);
    checkMessage(limits, topic, message);
    // It was lifted for this call alone.
    const moved = message.length >= MOVED ? [message] : [];
    await exchange.ask('publish', [topic, message], { signal, app: app.name, moved });
  }

  return {
    calls: {
      pubsubPublish: (caller, topic, message) => {
        const around = {
          app,
          caller,
          call: 'pubsub-publish',
          errno: 'pubsub-publish-error',
          errnos: ERRNOS,
        } as const;
        return answering(around, () => publish(caller, topic, message));
      },
      pubsubSubscribe: (caller, topic) => {
        const around = { app, caller, call: 'pubsub-subscribe', errno: 'pubsub-subscribe-error' } as const;
        return answering(around, () => subscriptions.subscribe(caller.module.name, topic, caller.signal));
      },
      pubsubUnsubscribe: ({ module }, topic) => subscriptions.unsubscribe(module.name, topic),
    },
    validate(topic, message) {
      try {
        checkTopic(load, topic);
        checkMessage(limits, topic, message);
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

function checkMessage(
  { messageBytes: max }: Around['limits'],
  topic: string,
  { length: found }: Uint8Array,
): void {
  if (found > max) throw fail('IPFS_MESSAGE', { topic, max, found });
}
