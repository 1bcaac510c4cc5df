import type { Surroundings } from '../node/part.ts';
import type { Audience, Refusal, TopicReport } from './calls.ts';

/** One topic that somebody here listens to. */
export interface Listening {
  readonly topic: string;
  audiences: readonly Audience[];
  accepted: number;
  dropped: number;
  readonly refused: Map<Refusal, number>;
}

/** The topics of this node and what became of their messages. */
export interface Ledger {
  readonly size: number;
  get(topic: string): Listening | undefined;
  /** Topics with their audiences; none ends the listening. True when that begins or ends it. */
  set(topic: string, audiences: readonly Audience[]): boolean;
  accepted(topic: string): void;
  dropped(topic: string): void;
  refused(topic: string, reason: Refusal): void;
  report(of: (topic: string) => Pick<TopicReport, 'mode' | 'peers'>): readonly TopicReport[];
}

/**
 * Who listens to what, with counts for operators.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const ledger = createLedger(() => {});
 * ledger.set('board', [{ app: 'shop', verdict: false }]);
 * ledger.refused('board', 'stale');
 * const [row] = ledger.report(() => ({ mode: 'signed', peers: 2 }));
 * assert.deepEqual([row?.subscribers, row?.refused], [['shop'], { stale: 1 }]);
 * ```
 */
export function createLedger(count: Surroundings['count']): Ledger {
  const topics = new Map<string, Listening>();
  return {
    get size() {
      return topics.size;
    },
    get: (topic) => topics.get(topic),
    set(topic, audiences) {
      const known = topics.get(topic);
      if (known) known.audiences = audiences;
      else if (audiences.length > 0)
        topics.set(topic, { topic, audiences, accepted: 0, dropped: 0, refused: new Map() });
      if (audiences.length === 0) return topics.delete(topic);
      return known === undefined;
    },
    accepted(topic) {
      count('messages_received_total', { outcome: 'accepted' });
      const listening = topics.get(topic);
      if (listening) listening.accepted += 1;
    },
    dropped(topic) {
      count('messages_dropped_total', { at: 'node' });
      const listening = topics.get(topic);
      if (listening) listening.dropped += 1;
    },
    refused(topic, reason) {
      count('messages_received_total', { outcome: reason });
      const refused = topics.get(topic)?.refused;
      refused?.set(reason, (refused.get(reason) ?? 0) + 1);
    },
    report: (of) =>
      [...topics.values()]
        .toSorted((a, b) => (a.topic < b.topic ? -1 : 1))
        .map(({ topic, audiences, accepted, dropped, refused }) => ({
          topic,
          ...of(topic),
          subscribers: audiences.map(({ app }) => app),
          accepted,
          refused: Object.fromEntries(refused),
          dropped,
        })),
  };
}
