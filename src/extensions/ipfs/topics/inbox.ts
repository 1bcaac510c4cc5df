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
  push(message: PubsubMessage): void;
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
export function createInbox(options: InboxOptions, { emit, dropped }: InboxDeps): Inbox {
  const { app, module, topic, limit, budget } = options;
  const waiting: PubsubMessage[] = [];
  let bytes = 0;
  let underway = 0;
  let overflowing = false;
  let ended = false;

  function hold(more: number): void {
    bytes += more;
    budget.bytes += more;
  }

  function over(): boolean {
    if (waiting.length === 0) return false;
    return waiting.length > limit || bytes > BYTES.inbox || budget.bytes > BYTES.application;
  }

  function take(): PubsubMessage | undefined {
    const message = waiting.shift();
    hold(-(message?.message.length ?? 0));
    if (waiting.length === 0) overflowing = false;
    return message;
  }

  function drop(): void {
    take();
    dropped();
    if (overflowing) return;
    overflowing = true;
    const help = 'the oldest are dropped until it has caught up; see hermes_ipfs_messages_dropped_total';
    app.log.warn('Module is slower than the topic that it subscribed to', { module, topic, help });
  }

  function pump(): void {
    while (!ended && underway < UNDERWAY) {
      const message = take();
      if (!message) return;
      if (!send(message)) return;
    }
  }

  /** Whether there may be room for another. */
  function send(message: PubsubMessage): boolean {
    const renew = (): readonly unknown[] | undefined => (ended ? undefined : [message]);
    try {
      const { done } = emit({ ...onTopic({ app: app.name, module, message, renew }), to: app });
      underway += 1;
      void done.then(() => {
        underway -= 1;
        pump();
      });
      return true;
    } catch (error) {
      if (!isCoded(error)) throw error;
      return refused(message, error.code);
    }
  }

  function refused(message: PubsubMessage, code: string): boolean {
    if (code === 'APP_GONE') {
      end();
      return false;
    }
    // The engine is full. When one of ours is over there is a reason to try again; without one there is none.
    if (underway === 0) dropped();
    else {
      waiting.unshift(message);
      hold(message.message.length);
    }
    return underway === 0;
  }

  function end(): void {
    ended = true;
    waiting.length = 0;
    hold(-bytes);
  }

  return {
    push(message) {
      if (ended) return;
      waiting.push(message);
      hold(message.message.length);
      pump();
      while (over()) drop();
    },
    empty() {
      hold(-bytes);
      overflowing = false;
      return waiting.splice(0);
    },
    end,
  };
}
