/**
 * The half of the topics in the main thread: who of this engine's applications hears what.
 *
 * @module
 */
import type { Emit } from '../../../engine/extension.ts';
import type { Logger } from '../../../telemetry/logger.ts';
import type { LinkCall, NodeLink } from '../link/node-link.ts';
import type { News } from '../node/part.ts';
import { type Audience, type Batch, type Incoming, PART, type Question, type TopicsCalls } from './calls.ts';
import { onVerdict } from './events.ts';
import type { Load } from './load.ts';

export interface ExchangeOptions {
  readonly link: NodeLink;
  readonly emit: Emit;
  readonly log: Logger;
}

/** The loads of all applications. Disposal hears the node no more. */
export interface Exchange extends Disposable {
  add(load: Load): void;
  /** From now on this load serves under its name; what waits for the one before is its, where it subscribed too. */
  serve(load: Load): void;
  remove(load: Load): void;
  /** Tells the node who listens to this topic, if that has changed. */
  listen(topic: string): Promise<void>;
  ask<K extends keyof TopicsCalls>(
    method: K,
    args: Parameters<TopicsCalls[K]>,
    options?: LinkCall,
  ): Promise<Awaited<ReturnType<TopicsCalls[K]>>>;
}

/**
 * Listens to the node. One subscription of the node stands for all of a topic; what the node knows is told to it anew
 * whenever it has started.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fakeContext } from '../../../testkit/index.ts';
 * await using context = fakeContext();
 * const told: unknown[] = [];
 * const link = {
 *   call: async (method: string, args: unknown) => void told.push([method, args]),
 *   on: () => ({ [Symbol.dispose]() {} }), onStart: () => ({ [Symbol.dispose]() {} }), state: 'running',
 * } as const;
 * using exchange = createExchange({ ...context, link });
 * await exchange.listen('board');
 * assert.deepEqual(told, [], 'nobody listens, which the node knows');
 * ```
 */
export function createExchange({ link, emit, log }: ExchangeOptions): Exchange {
  const loads = new Map<string, Load[]>();
  const serving = new Map<string, Load>();
  /** Loads that have been replaced, and are silent until they are over. */
  const retired = new WeakSet<Load>();
  /** What the node has been told of a topic, as JSON. */
  const told = new Map<string, string>();

  /** The load that hears a topic: the one that serves, or one that is to. */
  function hearing(app: string, topic: string): Load | undefined {
    const serves = serving.get(app);
    if (serves?.subscriptions.has(topic)) return serves;
    return loads.get(app)?.findLast((load) => load.subscriptions.has(topic) && !retired.has(load));
  }

  function audiences(topic: string): readonly Audience[] {
    return [...loads.keys()].toSorted().flatMap((app) => {
      const rule = hearing(app, topic)?.rule(topic);
      if (!rule) return [];
      const { authors, verdict } = rule;
      return [{ app, ...(authors && { authors: [...authors] }), verdict: verdict !== undefined }];
    });
  }

  async function ask<K extends keyof TopicsCalls>(
    method: K,
    args: Parameters<TopicsCalls[K]>,
    options?: LinkCall,
  ): Promise<Awaited<ReturnType<TopicsCalls[K]>>> {
    // The other half answers what `TopicsCalls` says.
    return (await link.call(`${PART}.${method}`, args, options)) as Awaited<ReturnType<TopicsCalls[K]>>;
  }

  /** For what nobody waits for: the node starts anew when it is lost, and is told all then. */
  function tell(promise: Promise<void>): void {
    promise.catch((error: unknown) => log.debug('The IPFS node could not be told', {}, error));
  }

  async function listen(topic: string): Promise<void> {
    const now = audiences(topic);
    const known = JSON.stringify(now);
    if ((told.get(topic) ?? '[]') === known) return;
    told.set(topic, known);
    if (now.length === 0) told.delete(topic);
    try {
      await ask('listen', [topic, now]);
    } catch (error) {
      told.delete(topic);
      throw error;
    }
  }

  function deliver({ topic, apps, publisher, payload }: Incoming): void {
    for (const app of apps)
      for (const inbox of hearing(app, topic)?.subscriptions.get(topic)?.values() ?? [])
        inbox?.push({ topic, message: payload, publisher });
  }

  function decide({ question, app, message: { topic, publisher, payload } }: Question): void {
    const load = hearing(app, topic);
    const module = load?.rule(topic)?.verdict;
    const answer = (passes: boolean): void => tell(ask('answer', [question, passes]));
    // Nobody is to be asked any more, and what is not asked about does not pass.
    if (!load || module === undefined) answer(false);
    else {
      try {
        const message = { topic, message: payload, publisher };
        const { done } = emit({ ...onVerdict({ app, module, message, question }), to: load.app });
        void done.then((replies) => answer(replies.some((reply) => reply.ok && reply.value === true)));
      } catch (error) {
        load.app.log.debug(
          'Verdict could not be asked for: the message is dropped',
          { topic, module },
          error,
        );
        answer(false);
      }
    }
  }

  function heard(news: News): void {
    // The other half tells nothing else.
    if (news.kind === 'question') decide(news as Question);
    if (news.kind === 'messages') {
      const { batch, messages } = news as Batch;
      for (const message of messages) deliver(message);
      tell(ask('acknowledge', [batch]));
    }
  }

  const ears = new DisposableStack();
  ears.use(link.on(PART, heard));
  ears.use(
    link.onStart(async () => {
      told.clear();
      const topics = new Set([...loads.values()].flat().flatMap((load) => [...load.subscriptions.keys()]));
      for (const topic of topics) {
        await listen(topic).catch((error: unknown) => {
          // One that cannot be had does not keep the others from theirs.
          log.warn('Topic is not listened to: its messages do not come', { topic }, error);
        });
      }
    }),
  );

  function refresh(topics: Iterable<string>): void {
    // When the node does not run, it is told when it does.
    if (link.state === 'running') for (const topic of topics) tell(listen(topic));
  }

  return {
    add(load) {
      const { name } = load.app;
      loads.set(name, [...(loads.get(name) ?? []), load]);
    },
    serve(load) {
      const before = serving.get(load.app.name);
      serving.set(load.app.name, load);
      if (before && before !== load) {
        retired.add(before);
        handOver(before, load);
      }
      refresh([...(before?.subscriptions.keys() ?? []), ...load.subscriptions.keys()]);
    },
    remove(load) {
      const { name } = load.app;
      const topics = [...load.subscriptions.keys()];
      for (const modules of load.subscriptions.values()) for (const inbox of modules.values()) inbox?.end();
      load.subscriptions.clear();
      const left = loads.get(name)?.filter((other) => other !== load) ?? [];
      if (left.length > 0) loads.set(name, left);
      else loads.delete(name);
      if (serving.get(name) === load) serving.delete(name);
      refresh(topics);
    },
    listen,
    ask,
    [Symbol.dispose]: () => ears.dispose(),
  };
}

/** What the engine has not got yet goes to the same module of the new load. */
function handOver(before: Load, after: Load): void {
  for (const [topic, modules] of before.subscriptions)
    for (const [module, inbox] of modules) {
      const next = after.subscriptions.get(topic)?.get(module);
      for (const message of inbox?.empty() ?? []) next?.push(message);
    }
}
