/** What the operator sets; see `IpfsLimits`. */
export interface TopicLimits {
  /** Bytes of a payload. */
  readonly messageBytes: number;
  /** That one author may send on one topic; a message counts once for each 16 KiB of it. */
  readonly messagesPerSecond: number;
}

/** A payload that every engine takes unless its operator says less: larger ones break the rules. */
export const LARGEST_MESSAGE = 1_048_576;

/** Bytes that a message has beside its payload, at most: topic, names, numbers, signatures. */
export const ENVELOPE = 2_048;

/** What a message of this many bytes takes from a rate of messages: bytes cost as well as messages. */
export function costOf(bytes: number): number {
  return 1 + Math.floor(bytes / 16_384);
}

/** A peer that passes on what others wrote may send this many times what one author may. */
export const RELAYED = 8;

/** Milliseconds that a message may be old, and that its author's clock may be ahead. */
export const FRESH = { age: 120_000, ahead: 60_000 };

/** Milliseconds that a module has for its verdict; how many verdicts are waited for at a time, and their bytes. */
export const VERDICT = { milliseconds: 1_000, waiting: 256, bytes: 16_777_216 };

/**
 * Topics of one engine. Others remember 1 MiB of what it listens to, with 1 KiB for each topic and its name; what is
 * beyond that they forget, and say nothing.
 */
export const TOPICS = 800;

/** Accepted messages on their way to the main thread. */
export const OUTBOX = {
  /** Batches that are not acknowledged, and messages in one. */
  batches: 8,
  messages: 256,
  /** What waits beyond them, for one topic; then the oldest is dropped. */
  waiting: 1_000,
  bytes: 16_777_216,
  /** For all topics together. */
  total: 67_108_864,
};

/** Messages of one application that wait to be sent on one topic. */
export const PUBLISHING = 256;
/** Bytes of payloads that go in one envelope, when there are several. */
export const ENVELOPE_PAYLOADS = 65_536;

/** From so many bytes on, a payload moves to the other thread: moving a smaller one costs more than copying it. */
export const MOVED = 4_096;

/** Bytes in the buffer towards one peer. */
export const OUTBOUND = {
  /** Beyond this, what this engine publishes waits for that peer, for at most so many milliseconds. */
  slow: 4_194_304,
  patience: 2_000,
  /** Beyond this, the stream is given up. */
  most: 33_554_432,
  /** Of messages in one answer to a peer that asks for what it missed; the frame may have 4 MiB. */
  answer: 2_097_152,
};

/**
 * When a peer is denied: so many messages that no honest engine sends. Points fall to one half in `halfLife`
 * milliseconds. `soft` is the most that lesser offences take from its score; at `unheard` below 0 gossipsub hears nothing
 * of a peer any more, and it is denied at the latest then.
 */
export const OFFENCES = { halfLife: 30_000, hard: 8, soft: 40, unheard: 80 };
