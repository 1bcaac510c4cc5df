import { type Call, type GuestHalf, type Waiting, waiting } from '../../engine/extension.ts';
import { Connection } from './connection.ts';
import { Conversation } from './conversation.ts';
import type { ErrorInfo, Value } from './generated/api.ts';
import { connectionNumber } from './protocol.ts';
import type { Statement as Prepared } from './statement.ts';

/** Resource `sqlite`: a handle to a connection that the event's other handles share. */
class Sqlite {
  readonly #connection: Connection;

  static {
    // A method of a class waits when its value on the prototype says so.
    const prepare = waiting(async function (this: Sqlite, _: Call, sql: string): Promise<Statement> {
      return new Statement(_, await this.#connection.prepare(sql));
    });
    const execute = waiting(async function (this: Sqlite, _: Call, sql: string): Promise<void> {
      await this.#connection.execute(sql);
    });
    Object.defineProperties(Sqlite.prototype, { prepare: { value: prepare }, execute: { value: execute } });
  }

  constructor(_: Call, connection: Connection) {
    this.#connection = connection;
  }

  close(): void {}

  errcode(): ErrorInfo | undefined {
    return this.#connection.lastError;
  }
}

/** Resource `statement`. */
class Statement {
  readonly #prepared: Prepared;

  static {
    const step = waiting(function (this: Statement): unknown {
      return this.#prepared.step();
    });
    const reset = waiting(function (this: Statement): unknown {
      return this.#prepared.reset();
    });
    const finalize = waiting(async (_: Call, statement: Statement): Promise<void> => {
      await statement.#prepared.finalize();
    });
    Object.defineProperties(Statement.prototype, { step: { value: step }, reset: { value: reset } });
    Object.defineProperty(Statement, 'finalize', { value: finalize });
  }

  constructor(_: Call, prepared: Prepared) {
    this.#prepared = prepared;
  }

  bind(_: Call, index: number, value: Value): void {
    this.#prepared.bind(index, value);
  }

  column(_: Call, index: number): Value {
    return this.#prepared.column(index);
  }

  [Symbol.dispose](): void {
    this.#prepared.drop();
  }
}

/** What one event has open. */
class Event implements Disposable {
  readonly #conversation: Conversation;
  readonly #connections = new Map<number, Connection>();
  #lastId = 0;

  constructor(call: Call) {
    this.#conversation = new Conversation(call);
  }

  /** Throws `Errno`. */
  async connection(number: number): Promise<Connection> {
    const known = this.#connections.get(number);
    if (known) return known;
    const connection = new Connection(this.#conversation, { number, nextId: () => ++this.#lastId });
    await connection.open();
    this.#connections.set(number, connection);
    return connection;
  }

  [Symbol.dispose](): void {
    this.#conversation[Symbol.dispose]();
  }
}

const EVENT: unique symbol = Symbol('sqlite');

const open: Waiting = waiting(async (call: Call, readonly: boolean, memory: boolean): Promise<Sqlite> => {
  const event = call.state(EVENT, () => new Event(call));
  return new Sqlite(call, await event.connection(connectionNumber(readonly, memory)));
});

/** What guests may ask without waiting is answered here; the rest goes to the event's database process. */
export const guest: GuestHalf = { imports: () => ({ 'hermes:sqlite/api': { open, Sqlite, Statement } }) };
