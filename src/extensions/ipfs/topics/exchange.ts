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
import { MOVED } from './limits.ts';
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
  /** The same, waiting for nothing. */
  refresh(topics: Iterable<string>): void;
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
export function createExchange(options: ExchangeOptions): Exchange {
  return new Hub(options);
}

/** What the node has been told of a topic: the audiences as JSON, and its answer. */
interface Told {
  readonly known: string;
  readonly answer: Promise<void>;
}

/** No audiences are like this: whatever is wanted next is told. */
const UNKNOWN = '?';

class Hub implements Exchange {
  readonly #options: ExchangeOptions;
  readonly #loads = new Map<string, Load[]>();
  readonly #serving = new Map<string, Load>();
  /** Loads that have been replaced, and are silent until they are over. */
  readonly #retired = new WeakSet<Load>();
  readonly #told = new Map<string, Told>();
  readonly #ears = new DisposableStack();

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#ears.use(options.link.on(PART, (news) => this.#heard(news)));
    this.#ears.use(options.link.onStart(() => this.#tellAll()));
  }

  add(load: Load): void {
    const { name } = load.app;
    this.#loads.set(name, [...(this.#loads.get(name) ?? []), load]);
  }

  serve(load: Load): void {
    const before = this.#serving.get(load.app.name);
    this.#serving.set(load.app.name, load);
    if (before && before !== load) {
      this.#retired.add(before);
      handOver(before, load);
    }
    this.refresh([...(before?.subscriptions.keys() ?? []), ...load.subscriptions.keys()]);
  }

  remove(load: Load): void {
    const { name } = load.app;
    const topics = [...load.subscriptions.keys()];
    for (const modules of load.subscriptions.values()) for (const inbox of modules.values()) inbox?.end();
    load.subscriptions.clear();
    const left = this.#loads.get(name)?.filter((other) => other !== load) ?? [];
    if (left.length > 0) this.#loads.set(name, left);
    else this.#loads.delete(name);
    if (this.#serving.get(name) === load) this.#serving.delete(name);
    this.refresh(topics);
  }

  async listen(topic: string): Promise<void> {
    const audiences = this.#audiences(topic);
    const known = JSON.stringify(audiences);
    const before = this.#told.get(topic);
    // Whoever wants the same waits for the same answer.
    if ((before?.known ?? '[]') === known) return before?.answer;
    const told = { known, answer: this.ask('listen', [topic, audiences]) };
    this.#told.set(topic, told);
    try {
      await told.answer;
      if (audiences.length === 0) this.#forget(topic, told);
    } catch (error) {
      this.#forget(topic, told);
      // It may have heard it all the same; one that does not run is told all when it does.
      if (!this.#told.has(topic) && this.#options.link.state === 'running')
        this.#told.set(topic, { ...told, known: UNKNOWN });
      throw error;
    }
  }

  refresh(topics: Iterable<string>): void {
    // When the node does not run, it is told when it does.
    if (this.#options.link.state === 'running') for (const topic of topics) this.#tell(this.listen(topic));
  }

  async ask<K extends keyof TopicsCalls>(
    method: K,
    args: Parameters<TopicsCalls[K]>,
    options?: LinkCall,
  ): Promise<Awaited<ReturnType<TopicsCalls[K]>>> {
    const answer = await this.#options.link.call(`${PART}.${method}`, args, options);
    // The other half answers what `TopicsCalls` says.
    return answer as Awaited<ReturnType<TopicsCalls[K]>>;
  }

  [Symbol.dispose](): void {
    this.#ears.dispose();
  }

  /** Unless it has been told something else since. */
  #forget(topic: string, told: Told): void {
    if (this.#told.get(topic) === told) this.#told.delete(topic);
  }

  /** The load that hears a topic: the one that serves, or one that is to. */
  #hearing(app: string, topic: string): Load | undefined {
    const serves = this.#serving.get(app);
    if (serves?.subscriptions.has(topic)) return serves;
    const loads = this.#loads.get(app) ?? [];
    return loads.findLast((load) => load.subscriptions.has(topic) && !this.#retired.has(load));
  }

  #audiences(topic: string): readonly Audience[] {
    return [...this.#loads.keys()].toSorted().flatMap((app) => {
      const rule = this.#hearing(app, topic)?.rule(topic);
      if (!rule) return [];
      const { authors, verdict } = rule;
      return [{ app, ...(authors && { authors: [...authors] }), verdict: verdict !== undefined }];
    });
  }

  async #tellAll(): Promise<void> {
    this.#told.clear();
    const loads = [...this.#loads.values()].flat();
    for (const topic of new Set(loads.flatMap(({ subscriptions }) => [...subscriptions.keys()]))) {
      await this.listen(topic).catch((error: unknown) => {
        // One that cannot be had does not keep the others from theirs.
        this.#options.log.warn('Topic is not listened to: its messages do not come', { topic }, error);
      });
    }
  }

  /** For what nobody waits for: a node that is lost starts anew, and is told all then. */
  #tell(promise: Promise<void>): void {
    promise.catch((error: unknown) => {
      this.#options.log.debug('The IPFS node could not be told', {}, error);
    });
  }

  #heard(news: News): void {
    // The other half tells nothing else.
    if (news.kind === 'question') this.#decide(news as Question);
    if (news.kind === 'messages') {
      const { batch, messages } = news as Batch;
      // The node waits for the acknowledge of a few batches, and then tells nothing more.
      try {
        for (const message of messages) this.#deliver(message);
      } finally {
        this.#tell(this.ask('acknowledge', [batch]));
      }
    }
  }

  #deliver({ topic, apps, publisher, payload }: Incoming): void {
    let hearing = 0;
    const over = (): void => {
      if (--hearing === 0) letGo(payload);
    };
    for (const app of apps)
      for (const [module, inbox] of this.#hearing(app, topic)?.subscriptions.get(topic) ?? [])
        try {
          if (inbox) hearing++;
          inbox?.push({ topic, message: payload, publisher }, over);
        } catch (error) {
          // It is a fault of this engine, and does not cost other modules and messages theirs.
          this.#options.log.error(
            'Message could not be given to a module: it is lost',
            { app, module, topic },
            error,
          );
        }
  }

  #decide({ question, app, message: { topic, publisher, payload } }: Question): void {
    const load = this.#hearing(app, topic);
    const module = load?.rule(topic)?.verdict;
    const answer = (passes: boolean): void => this.#tell(this.ask('answer', [question, passes]));
    // Nobody is to be asked any more, and what is not asked about does not pass.
    if (!load || module === undefined) {
      answer(false);
      return;
    }
    try {
      const message = { topic, message: payload, publisher };
      const { done } = this.#options.emit({ ...onVerdict({ app, module, message, question }), to: load.app });
      void done.then((replies) => answer(replies.some((reply) => reply.ok && reply.value === true)));
    } catch (error) {
      load.app.log.debug('Verdict could not be asked for: the message is dropped', { topic, module }, error);
      answer(false);
    }
  }
}

/**
 * Gives the memory of a large payload back at once. V8 counts what came from another thread as grown, and would collect
 * all of the heap for each few of them.
 */
function letGo({ buffer, byteLength }: Uint8Array): void {
  if (byteLength >= MOVED && buffer instanceof ArrayBuffer && buffer.byteLength === byteLength)
    buffer.transfer(0);
}

/** What the engine has not got yet goes to the same module of the new load. */
function handOver(before: Load, after: Load): void {
  for (const [topic, modules] of before.subscriptions)
    for (const [module, inbox] of modules) {
      const next = after.subscriptions.get(topic)?.get(module);
      for (const message of inbox?.empty() ?? []) next?.push(message);
    }
}
