import type { Conversation } from './conversation.ts';
import type { Errno, ErrorInfo } from './generated/api.ts';
import { type Failure, FLAG, KIND, OP } from './protocol.ts';
import { type Compiled, Statement } from './statement.ts';

/** Statements that a guest let go of and may prepare again, of one connection. */
const MOST_SPARE = 64;
/** Statements that one event may hold on one connection. */
const MOST_STATEMENTS = 1_024;
const TOO_MANY: Failure = {
  errno: { tag: 'sqlite', val: 7 },
  message: 'too many statements are open: finalize those that are not needed',
};

/** Numbers the statements of an event. */
export type NextId = () => number;

/** A connection of one event, on the guest's side: what it can answer without asking stands here. */
export class Connection {
  readonly conversation: Conversation;
  readonly #number: number;
  readonly #nextId: NextId;
  /** By their text. */
  readonly #spare = new Map<string, Compiled>();
  #statements = 0;
  #lastError: ErrorInfo | undefined;
  /**
   * What was found out about statements holds as long as this does: until the transaction ends or tables may have
   * changed.
   */
  #epoch = 0;

  constructor(conversation: Conversation, options: { readonly number: number; readonly nextId: NextId }) {
    this.conversation = conversation;
    this.#number = options.number;
    this.#nextId = options.nextId;
  }

  get lastError(): ErrorInfo | undefined {
    return this.#lastError;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Throws `Errno`. */
  async open(): Promise<void> {
    const { failure, flags } = await this.conversation.ask((writer) => {
      writer.u8(OP.open);
      writer.u8(this.#number);
    });
    this.settle(failure, flags);
  }

  /** Throws `Errno`. */
  async execute(sql: string): Promise<void> {
    this.refuseNul(sql);
    this.tablesMayChange();
    const { failure, flags } = await this.conversation.ask((writer) => {
      writer.u8(OP.execute);
      writer.u8(this.#number);
      writer.text(sql);
    });
    this.settle(failure, flags);
  }

  /** Throws `Errno`. */
  async prepare(sql: string): Promise<Statement> {
    this.refuseNul(sql);
    if (this.#statements >= MOST_STATEMENTS) this.fail(TOO_MANY);
    this.#statements += 1;
    try {
      return new Statement(this, this.#takeSpare(sql) ?? (await this.#compile(sql)));
    } catch (error) {
      this.#statements -= 1;
      throw error;
    }
  }

  /** A guest has no use for it any more. `busy`: it has rows that were not fetched. */
  release(compiled: Compiled, { busy }: { readonly busy: boolean }): void {
    this.#statements -= 1;
    if (!busy && !compiled.schema && this.#spare.size < MOST_SPARE && !this.#spare.has(compiled.sql)) {
      this.#spare.set(compiled.sql, compiled);
    } else {
      this.#finalize(compiled);
    }
  }

  /** Statements are compiled anew, so that errors are told where they were made. */
  tablesMayChange(): void {
    this.#epoch += 1;
    for (const compiled of this.#spare.values()) this.#finalize(compiled);
    this.#spare.clear();
  }

  /** The outcome of a call: remembered for `errcode`; a failure is thrown as `Errno`. */
  settle(failure: Failure | undefined, flags: number): void {
    if (!(flags & FLAG.writing)) this.#epoch += 1;
    if (failure) this.fail(failure);
    this.succeed();
  }

  succeed(): void {
    this.#lastError = undefined;
  }

  fail({ errno, message }: Failure): never {
    this.#lastError = infoOf(errno, message);
    throw errno;
  }

  refuseNul(text: string): void {
    if (text.includes('\0')) this.fail({ errno: { tag: 'converting-c-string' }, message: '' });
  }

  async #compile(sql: string): Promise<Compiled> {
    const id = this.#nextId();
    const { failure, flags, reader } = await this.conversation.ask((writer) => {
      writer.u8(OP.prepare);
      writer.u8(this.#number);
      writer.u32(id);
      writer.text(sql);
    });
    this.settle(failure, flags);
    const [parameters, columns, kind] = [reader.u32(), reader.u32(), reader.u8()];
    return { id, sql, parameters, columns, schema: kind === KIND.schema, blindIn: -1 };
  }

  #takeSpare(sql: string): Compiled | undefined {
    const found = this.#spare.get(sql);
    if (!found) return undefined;
    this.#spare.delete(sql);
    this.succeed();
    return found;
  }

  #finalize({ id }: Compiled): void {
    this.conversation.later((writer) => {
      writer.u8(OP.finalize);
      writer.u32(id);
    });
  }
}

const NOT_AUTHORIZED = 23;

/** Failures that are none of SQLite's leave no code of it, except one that stands for one. */
function infoOf(errno: Errno, message: string): ErrorInfo | undefined {
  if (errno.tag === 'sqlite') return { code: errno.val, message };
  return errno.tag === 'forbidden-pragma-command' ? { code: NOT_AUTHORIZED, message } : undefined;
}
