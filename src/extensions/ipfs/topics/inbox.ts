import type { AttachedApp, Emit } from '../../../engine/extension.ts';
import { isCoded } from '../../../lib/errors.ts';
import type { PubsubMessage } from '../generated/api.ts';
import { onTopic } from './events.ts';

/** Events of one inbox that the engine has at a time: enough that publishers do not wait for each other. */
const UNDERWAY = 64;
/** Bytes that wait in one inbox, and in all of one application. */
const BYTES = { inbox: 16_777_216, application: 67_108_864 };

/** What waits in all inboxes of one application. */
export interface Budget {
  bytes: number;
}

/** The messages on their way to one module that subscribed to one topic. */
export interface Inbox {
  /** `over` is called when the module has had it, never for one that is lost or taken out. */
  push(message: PubsubMessage, over?: () => void): void;
  /** Takes out what waits and was not given to the engine. */
  empty(): readonly PubsubMessage[];
  /** Nothing more is delivered, not even what the engine has. */
  end(): void;
}

export interface InboxOptions {
  readonly app: AttachedApp;
  readonly module: string;
  readonly topic: string;
  /** Messages that wait at most, beside those that the engine has. */
  readonly limit: number;
  readonly budget: Budget;
}

export interface InboxDeps {
  readonly emit: Emit;
  readonly dropped: () => void;
}

/**
 * An inbox that is open until it is ended. When it is full the oldest messages are dropped, and the application's log
 * says so once for each time that it fills.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fakeApp, fakeContext } from '../../../testkit/index.ts';
 * await using context = fakeContext();
 * const options = { app: fakeApp({ name: 'shop' }), module: 'api', topic: 'board', limit: 10, budget: { bytes: 0 } };
 * const inbox = createInbox(options, { emit: context.emit, dropped() {} });
 * const message = { topic: 'board', message: new Uint8Array([1]), publisher: '12D3KooWA' };
 * inbox.push(message);
 * assert.deepEqual(context.sent[0]?.renew?.(), [message]);
 * inbox.end();
 * assert.equal(context.sent[0]?.renew?.(), undefined);
 * ```
 */
export function createInbox(options: InboxOptions, deps: InboxDeps): Inbox {
  return new OpenInbox(options, deps);
}

interface Waiting {
  readonly message: PubsubMessage;
  readonly over: (() => void) | undefined;
}

class OpenInbox implements Inbox {
  readonly #options: InboxOptions;
  readonly #deps: InboxDeps;
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  #underway = 0;
  #overflowing = false;
  #ended = false;

  constructor(options: InboxOptions, deps: InboxDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  push(message: PubsubMessage, over?: () => void): void {
    if (this.#ended) return;
    this.#waiting.push({ message, over });
    this.#hold(message.message.length);
    this.#pump();
    while (this.#over()) this.#drop();
  }

  empty(): readonly PubsubMessage[] {
    this.#hold(-this.#bytes);
    this.#overflowing = false;
    return this.#waiting.splice(0).map(({ message }) => message);
  }

  end(): void {
    this.#ended = true;
    this.#waiting.length = 0;
    this.#hold(-this.#bytes);
  }

  #hold(more: number): void {
    this.#bytes += more;
    this.#options.budget.bytes += more;
  }

  #over(): boolean {
    const { limit, budget } = this.#options;
    if (this.#waiting.length === 0) return false;
    return this.#waiting.length > limit || this.#bytes > BYTES.inbox || budget.bytes > BYTES.application;
  }

  #take(): Waiting | undefined {
    const waiting = this.#waiting.shift();
    this.#hold(-(waiting?.message.message.length ?? 0));
    if (this.#waiting.length === 0) this.#overflowing = false;
    return waiting;
  }

  #drop(): void {
    const { app, module, topic } = this.#options;
    this.#take();
    this.#deps.dropped();
    if (this.#overflowing) return;
    this.#overflowing = true;
    const help = 'the oldest are dropped until it has caught up; see hermes_ipfs_messages_dropped_total';
    app.log.warn('Module is slower than the topic that it subscribed to', { module, topic, help });
  }

  #pump(): void {
    while (!this.#ended && this.#underway < UNDERWAY) {
      const waiting = this.#take();
      if (!waiting || !this.#send(waiting)) return;
    }
  }

  /** Whether there may be room for another. */
  #send(waiting: Waiting): boolean {
    const { message, over } = waiting;
    const { app, module } = this.#options;
    const renew = (): readonly unknown[] | undefined => (this.#ended ? undefined : [message]);
    try {
      const { done } = this.#deps.emit({ ...onTopic({ app: app.name, module, message, renew }), to: app });
      this.#underway += 1;
      void done.then(() => {
        this.#underway -= 1;
        over?.();
        this.#pump();
      });
      return true;
    } catch (error) {
      if (!isCoded(error)) throw error;
      return this.#refused(waiting, error.code);
    }
  }

  #refused(waiting: Waiting, code: string): boolean {
    if (code === 'APP_GONE') {
      this.end();
      return false;
    }
    // The engine is full. When one of ours is over there is a reason to try again; without one there is none.
    if (this.#underway === 0) this.#deps.dropped();
    else {
      this.#waiting.unshift(waiting);
      this.#hold(waiting.message.message.length);
    }
    return this.#underway === 0;
  }
}
