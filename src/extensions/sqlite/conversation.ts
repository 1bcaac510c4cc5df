import type { Call } from '../../engine/extension.ts';
import { failures } from '../../lib/errors.ts';
import { Reader, Writer } from './bytes.ts';
import { errors } from './errors.ts';
import { ANSWER, type Failure, readFailure } from './protocol.ts';

const fail = failures(errors);

/** Bytes of operations that wait for a message; then they are sent. */
const MOST_WAITING = 65_536;

/** What an operation answered. */
export interface Answer {
  /** Why it failed; else `reader` holds what it answers. */
  readonly failure: Failure | undefined;
  readonly reader: Reader;
  /** See `FLAG`. */
  readonly flags: number;
}

/**
 * One event's talk with its database process. What needs no answer waits for the next message, so most calls of a
 * guest cost nothing and only those that must know something wait.
 */
export class Conversation implements Disposable {
  readonly #call: Call;
  readonly #waiting = new Writer();
  #flushing = false;
  #ended = false;

  constructor(call: Call) {
    this.#call = call;
  }

  /** Whether so much waits that the next operation should be answered. */
  get full(): boolean {
    return this.#waiting.length > MOST_WAITING;
  }

  /** Adds an operation that needs no answer. */
  later(write: (writer: Writer) => void): void {
    write(this.#waiting);
  }

  /** Sends what waits and this operation, and answers it. Throws `SQLITE_BROKEN`, `SQLITE_LOST` and the like. */
  ask(write: (writer: Writer) => void): Promise<Answer> {
    write(this.#waiting);
    return this.#send();
  }

  /**
   * Sends what waits in a moment, and hears no answer: for a handle that is dropped, which nobody waits for, while
   * its rows hold a lock.
   */
  soon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    queueMicrotask(() => {
      this.#flushing = false;
      if (this.#ended || this.#waiting.length === 0) return;
      // A failure is that of a statement that nobody has any more; a process that is lost is told of again.
      this.#send().catch(() => undefined);
    });
  }

  [Symbol.dispose](): void {
    this.#ended = true;
  }

  async #send(): Promise<Answer> {
    const message = this.#waiting.copy();
    this.#waiting.clear();
    const answer = (await this.#call.remote('ask', message)) as Uint8Array;
    const reader = new Reader(answer);
    const kind = reader.u8();
    if (kind === ANSWER.broken) throw fail('SQLITE_BROKEN', { found: reader.text() });
    const flags = reader.u8();
    return { failure: kind === ANSWER.failed ? readFailure(reader) : undefined, reader, flags };
  }
}
