/**
 * What the two halves of the topics say to each other: plain data.
 *
 * @module
 */
import type { News } from '../node/part.ts';

/** The name of the part: its calls are `topics.publish` and so on. */
export const PART = 'topics';

/** One application that listens to a topic, and whom it hears. */
export interface Audience {
  readonly app: string;
  /** Peer ids; everybody when absent. */
  readonly authors?: readonly string[];
  /** Whether a module of the application is asked before a message is delivered. */
  readonly verdict: boolean;
}

/** A message that was checked. */
export interface Incoming {
  readonly topic: string;
  /** Applications that it is for. */
  readonly apps: readonly string[];
  /** Who wrote it: proven by a signature. */
  readonly publisher: string;
  /** Owns its buffer. */
  readonly payload: Uint8Array;
}

/** Messages for applications; answered by `acknowledge` with the same number when they have been taken over. */
export interface Batch extends News {
  readonly kind: 'messages';
  readonly batch: number;
  readonly messages: readonly Incoming[];
}

/** Whether a message may pass; answered by `answer` with the same number. */
export interface Question extends News {
  readonly kind: 'question';
  readonly question: number;
  readonly app: string;
  readonly message: Omit<Incoming, 'apps'>;
}

/** What the thread tells unasked. */
export type TopicsNews = Batch | Question;

/** Why a message was not delivered, as it stands in `topics.list` and in the counter's label. */
export type Refusal =
  /** Longer than the operator allows. */
  | 'oversized'
  /** No envelope, or not in its one form. */
  | 'malformed'
  /** Its author has no Ed25519 key, or it is not signed as with one. */
  | 'not-ed25519'
  /** The signature of its author does not hold. */
  | 'forged'
  /** Written for another topic. */
  | 'wrong-topic'
  /** Too old, or from the future. */
  | 'stale'
  /** Was here before. */
  | 'replayed'
  /** By an author that no application and no operator wants here. */
  | 'off-list'
  /** By a peer that this engine does not speak to. */
  | 'denied'
  /** By a peer that every listening application has evicted. */
  | 'evicted'
  /** More than one author may send. */
  | 'flooding'
  /** A module said no. */
  | 'verdict'
  /** Too many verdicts are waited for, or this one did not come in time. */
  | 'busy'
  /** This engine's own, come back. */
  | 'own';

/** One row of `hermes topics`. */
export interface TopicReport {
  readonly topic: string;
  readonly mode: 'signed' | 'raw';
  /** Other engines that listen. */
  readonly peers: number;
  /** Names of this engine's applications that listen. */
  readonly subscribers: readonly string[];
  /** Since the first subscription of this run. */
  readonly accepted: number;
  readonly refused: Readonly<Partial<Record<Refusal, number>>>;
  /** Messages that were accepted and lost, because nobody took them in time. */
  readonly dropped: number;
}

/** What the main thread asks of the node. */
export interface TopicsCalls {
  /** From now on these applications listen, and no others; none ends the subscription. Told again as often as wanted. */
  listen(topic: string, audiences: readonly Audience[]): void;
  /** Resolves when the message is on its way, to other applications here too. */
  publish(topic: string, payload: Uint8Array): Promise<void>;
  acknowledge(batch: number): void;
  answer(question: number, passes: boolean): void;
  list(): readonly TopicReport[];
}
