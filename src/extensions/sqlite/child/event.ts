import { Reader, type Writer } from '../bytes.ts';
import { firstWord } from '../parameters.ts';
import { ANSWER, type Failure, FLAG, KIND, OP, writeFailure } from '../protocol.ts';
import { EventConnection } from './connection.ts';
import { type ChildOptions, type Connection, openConnection } from './database.ts';
import { failureOf } from './failure.ts';
import { ChildStatement } from './statement.ts';

/** Statements that change no table, and undo no change of one. */
const plain: ReadonlySet<string> = new Set(
  'SELECT INSERT UPDATE DELETE REPLACE WITH VALUES EXPLAIN BEGIN COMMIT END SAVEPOINT RELEASE'.split(' '),
);
/** Where the flags of an answer stand. */
const FLAGS_AT = 1;

interface Prepared {
  readonly statement: ChildStatement;
  readonly of: EventConnection;
}

/** Connections and statements of the event that this process serves, and what is kept from event to event. */
export class EventDatabases {
  readonly #options: ChildOptions;
  readonly #connections = new Map<number, EventConnection>();
  readonly #statements = new Map<number, Prepared>();
  /** Keep the databases open, so that the log is not folded in at the end of each event. By connection number. */
  readonly #keepers = new Map<number, Connection>();
  /** The lasting database, opened before the next event asks. */
  #ready: Connection | undefined;

  constructor(options: ChildOptions) {
    this.#options = options;
  }

  /** Does what a message says, and writes the answer to its last operation. */
  answer(message: Uint8Array, writer: Writer): void {
    const reader = new Reader(message);
    try {
      while (reader.left > 0) {
        writer.clear();
        writer.u8(ANSWER.ok);
        writer.u8(0);
        this.#perform(reader, writer);
      }
    } catch (error) {
      writer.clear();
      writer.u8(ANSWER.broken);
      writer.text(Error.isError(error) ? (error.stack ?? error.message) : String(error));
    }
  }

  /** After the answer: what the next event will most likely ask for. */
  prepare(): void {
    const used = this.#keepers.has(LASTING);
    if (!used || this.#ready || this.#connections.size > 0) return;
    this.#ready = openConnection(this.#options, { readonly: false, memory: false });
  }

  /** Ends everything: the last process that does so folds the log into the database. */
  close(): void {
    this.#end();
    this.#ready?.[Symbol.dispose]();
    for (const keeper of this.#keepers.values()) keeper[Symbol.dispose]();
  }

  #perform(reader: Reader, writer: Writer): void {
    const op = reader.u8();
    switch (op) {
      case OP.end:
        this.#end();
        return;
      case OP.open: {
        const number = reader.u8();
        this.#guarded(undefined, writer, () => this.#open(number));
        return;
      }
      case OP.prepare: {
        const [of, id, sql] = [this.#connection(reader.u8()), reader.u32(), reader.text()];
        this.#told(of, writer, () => this.#prepare(of, { id, sql }, writer));
        return;
      }
      case OP.execute: {
        const [of, sql] = [this.#connection(reader.u8()), reader.text()];
        this.#told(of, writer, () => {
          of.database.exec(sql);
          of.ran(sql);
        });
        return;
      }
      default:
        this.#use(op, reader, writer);
    }
  }

  #use(op: number, reader: Reader, writer: Writer): void {
    const id = reader.u32();
    const { statement, of } = this.#prepared(id);
    switch (op) {
      case OP.run: {
        const parameters = statement.read(reader);
        of.blindly(() => statement.run(parameters));
        return;
      }
      case OP.step: {
        const parameters = statement.read(reader);
        this.#told(of, writer, () => {
          statement.step(parameters, writer);
          of.ran(statement.sql);
          if (of.runsBlind(statement.sql)) flag(writer, FLAG.blind);
        });
        return;
      }
      case OP.fetch:
        this.#told(of, writer, () => statement.fetch(writer));
        return;
      case OP.reset:
        this.#guarded(of, writer, () => statement.reset());
        return;
      case OP.finalize:
        this.#statements.delete(id);
        this.#guarded(of, writer, () => statement.finalize());
        return;
      default:
        throw new RangeError(`There is no operation ${op}`);
    }
  }

  /** As {@link EventDatabases.#guarded}; what an earlier statement died of comes first. */
  #told(of: EventConnection, writer: Writer, run: () => void): void {
    this.#guarded(of, writer, () => {
      of.throwLate();
      run();
    });
  }

  /** Writes a failure in place of the answer. */
  #guarded(of: EventConnection | undefined, writer: Writer, run: () => void): void {
    try {
      run();
    } catch (error) {
      const failure = isFailure(error) ? error : (of?.failureOf(error) ?? failureOf(error));
      writer.clear();
      writer.u8(ANSWER.failed);
      writer.u8(0);
      writeFailure(writer, failure);
    }
    if (of?.writing) flag(writer, FLAG.writing);
  }

  #open(number: number): void {
    if (this.#connections.has(number)) return;
    const which = { readonly: (number & 1) === 1, memory: (number & 2) === 2 };
    const ready = number === LASTING ? this.#ready : undefined;
    if (ready) this.#ready = undefined;
    const connection = ready ?? openConnection(this.#options, which);
    this.#connections.set(number, new EventConnection(connection));
    if (!which.readonly && !this.#keepers.has(number)) {
      this.#keepers.set(number, openConnection(this.#options, which));
    }
  }

  #prepare(
    of: EventConnection,
    { id, sql }: { readonly id: number; readonly sql: string },
    writer: Writer,
  ): void {
    const { database } = of;
    const statement = new ChildStatement({ database, sql, failureOf: (error) => of.failureOf(error) });
    this.#statements.set(id, { statement, of });
    writer.u32(statement.parameters.count);
    writer.u32(statement.columns);
    writer.u8(plain.has(firstWord(statement.sql)) ? KIND.plain : KIND.schema);
  }

  #connection(number: number): EventConnection {
    const found = this.#connections.get(number);
    if (!found) throw new RangeError(`There is no connection ${number}`);
    return found;
  }

  #prepared(id: number): Prepared {
    const found = this.#statements.get(id);
    if (!found) throw new RangeError(`There is no statement ${id}`);
    return found;
  }

  /** What is not committed is rolled back by closing. */
  #end(): void {
    for (const { statement } of this.#statements.values()) {
      try {
        statement.finalize();
      } catch (error) {
        // It could not write what it had begun: nobody is left who could be told.
        failureOf(error);
      }
    }
    this.#statements.clear();
    for (const connection of this.#connections.values()) connection[Symbol.dispose]();
    this.#connections.clear();
  }
}

/** Read and written, not in memory. */
const LASTING = 0;

function flag(writer: Writer, bit: number): void {
  writer.u8At(FLAGS_AT, writer.u8Of(FLAGS_AT) | bit);
}

function isFailure(thrown: unknown): thrown is Failure {
  return typeof thrown === 'object' && thrown !== null && Object.hasOwn(thrown, 'errno');
}
