import type { ExportName, HostEvent } from '../../../engine/extension.ts';
import type { PubsubMessage } from '../generated/api.ts';

/** What a module exports to be told of messages. */
export const topicExport: ExportName = 'hermes:ipfs/event#on-topic';
/** What a module exports to be asked whether a message may pass. */
export const verdictExport: ExportName = 'hermes:ipfs/verdict#on-verdict';

export interface TopicEvent {
  readonly app: string;
  readonly module: string;
  readonly message: PubsubMessage;
  /** What holds when the event leaves the queue; see `HostEvent.renew`. */
  readonly renew: () => readonly unknown[] | undefined;
}

/**
 * A message of a subscribed topic. Ordered by application, topic and publisher: messages of one publisher come in the
 * order in which they were received and never overlap, as `wit/event.wit` promises.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const message = { topic: 'board', message: new Uint8Array(3), publisher: '12D3KooWA' };
 * const event = onTopic({ app: 'shop', module: 'api', message, renew: () => undefined });
 * assert.deepEqual(event.source, ['ipfs', 'shop', 'board', '12D3KooWA']);
 * ```
 */
export function onTopic({ app, module, message, renew }: TopicEvent): HostEvent {
  const { topic, publisher = '' } = message;
  return {
    name: topicExport,
    source: ['ipfs', app, topic, publisher],
    app,
    modules: [module],
    reply: 'all',
    args: [message],
    renew,
    bytes: sizeOf(message),
  };
}

export interface VerdictEvent {
  readonly app: string;
  readonly module: string;
  readonly message: PubsubMessage;
  /** One for each event: verdicts do not wait for each other. */
  readonly question: number;
}

/**
 * Whether a message may pass. Each has a source of its own: the answers are put in order where they are used.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const message = { topic: 'board', message: new Uint8Array(3), publisher: '12D3KooWA' };
 * const event = onVerdict({ app: 'shop', module: 'moderator', message, question: 7 });
 * assert.deepEqual([event.modules, event.reply], [['moderator'], 'first']);
 * ```
 */
export function onVerdict({ app, module, message, question }: VerdictEvent): HostEvent {
  return {
    name: verdictExport,
    source: ['ipfs', app, 'verdict', String(question)],
    app,
    modules: [module],
    reply: 'first',
    args: [message],
    bytes: sizeOf(message),
  };
}

function sizeOf({ topic, message }: PubsubMessage): number {
  return Buffer.byteLength(topic) + message.length;
}
