import type { Reader, Writer } from './bytes.ts';
import type { Connection } from './connection.ts';
import type { Answer } from './conversation.ts';
import { toStored } from './datetime.ts';
import type { Errno, StepResult, Value } from './generated/api.ts';
import { END, type Failure, FLAG, OP, readFailure, readValue, type Stored, writeStored } from './protocol.ts';

/** A statement in the database process. */
export interface Compiled {
  readonly id: number;
  readonly sql: string;
  /** The highest number of a parameter. */
  readonly parameters: number;
  readonly columns: number;
  /** Tables may be others when it has run. */
  readonly schema: boolean;
  /** The connection's epoch in which it may run without an answer. */
  blindIn: number;
}

/** Indices of SQLite are of this kind. */
const MOST = 0x7f_ff_ff_ff;
/** Bytes of parameters that may run without an answer. */
const BLIND_BYTES = 65_536;

const MISUSE: Failure = { errno: { tag: 'sqlite', val: 21 }, message: 'bad parameter or other API misuse' };
const RANGE: Failure = { errno: { tag: 'sqlite', val: 25 }, message: 'column index out of range' };
const NUMERIC: Failure = { errno: { tag: 'converting-numeric' }, message: '' };
const NULL: Value = { tag: 'null' };

/** A prepared statement, on the guest's side: parameters wait here for the step, rows for the guest. */
export class Statement {
  readonly #connection: Connection;
  readonly #compiled: Compiled;
  readonly #parameters: Stored[] = [];
  #bytes = 0;
  /** Stepped and not reset. */
  #stepped = false;
  /** The row that the guest stands on. */
  #row: readonly Value[] | undefined;
  /** Rows that follow, and how many. */
  #rows: Reader | undefined;
  #left = 0;
  /** What comes behind them; `more` as long as the process has rows. */
  #end: number = END.done;
  #failed: Errno | undefined;
  #released = false;

  constructor(connection: Connection, compiled: Compiled) {
    this.#connection = connection;
    this.#compiled = compiled;
  }

  /** Throws `Errno`. */
  bind(index: number, value: Value): void {
    if (index > MOST) this.#connection.fail(NUMERIC);
    if (this.#stepped) this.#connection.fail(MISUSE);
    if (index < 1 || index > this.#compiled.parameters) this.#connection.fail(RANGE);
    if (value.tag === 'text') this.#connection.refuseNul(value.val);
    const stored = toStored(value);
    if (stored === undefined) this.#connection.fail(NUMERIC);
    while (this.#parameters.length < index) this.#parameters.push(null);
    this.#bytes += sizeOf(stored);
    this.#parameters[index - 1] = stored;
    this.#connection.succeed();
  }

  /** Throws `Errno`. */
  step(): StepResult | Promise<StepResult> {
    this.#failed = undefined;
    const runs = this.#stepped && (this.#left > 0 || this.#end !== END.done || this.#row !== undefined);
    if (!runs) return this.#start();
    return this.#left === 0 && this.#end === END.more ? this.#fetch() : this.#next();
  }

  column(index: number): Value {
    if (index > MOST) this.#connection.fail(NUMERIC);
    return this.#row?.[index] ?? NULL;
  }

  /** Throws `Errno`. */
  reset(): undefined | Promise<undefined> {
    const failed = this.#failed;
    const busy = this.#end === END.more;
    this.#parameters.length = 0;
    this.#bytes = 0;
    this.#clear();
    if (busy) return this.#leave();
    if (failed) throw failed;
    this.#connection.succeed();
    return undefined;
  }

  /** Throws `Errno`. */
  async finalize(): Promise<void> {
    try {
      await this.reset();
    } finally {
      this.drop();
    }
  }

  /** Lets go of it at once. */
  drop(): void {
    if (this.#released) return;
    this.#released = true;
    const busy = this.#end === END.more;
    this.#connection.release(this.#compiled, { busy });
    if (busy) this.#connection.conversation.soon();
  }

  #start(): StepResult | Promise<StepResult> {
    const connection = this.#connection;
    this.#clear();
    this.#stepped = true;
    if (
      this.#compiled.blindIn === connection.epoch &&
      this.#bytes <= BLIND_BYTES &&
      !connection.conversation.full
    ) {
      connection.conversation.later((writer) => this.#opWithParameters(writer, OP.run));
      connection.succeed();
      return 'done';
    }
    return this.#run();
  }

  async #run(): Promise<StepResult> {
    const connection = this.#connection;
    if (this.#compiled.schema) connection.tablesMayChange();
    const ask = (writer: Writer): void => this.#opWithParameters(writer, OP.step);
    const answer = await connection.conversation.ask(ask);
    this.#take(answer);
    if (answer.flags & FLAG.blind) this.#compiled.blindIn = connection.epoch;
    return this.#next();
  }

  async #fetch(): Promise<StepResult> {
    this.#take(await this.#connection.conversation.ask((writer) => this.#op(writer, OP.fetch)));
    return this.#next();
  }

  /** The process lets go of the rows that it has. */
  async #leave(): Promise<undefined> {
    const ask = (writer: Writer): void => this.#op(writer, OP.reset);
    const { failure, flags } = await this.#connection.conversation.ask(ask);
    this.#connection.settle(failure, flags);
    return undefined;
  }

  /** Rows, and what comes behind them. A failure at once is one without rows. */
  #take({ failure, reader, flags }: Answer): void {
    if (failure) {
      this.#left = 0;
      this.#end = END.done;
      this.#row = undefined;
      this.#failed = failure.errno;
    }
    this.#connection.settle(failure, flags);
    this.#left = reader.u32();
    this.#end = reader.u8();
    this.#rows = reader;
  }

  #next(): StepResult {
    const connection = this.#connection;
    connection.succeed();
    if (this.#left > 0 && this.#rows) {
      const row: Value[] = [];
      for (let column = 0; column < this.#compiled.columns; column++) row.push(readValue(this.#rows));
      this.#row = row;
      this.#left -= 1;
      return 'row';
    }
    this.#row = undefined;
    if (this.#end === END.failed && this.#rows) {
      this.#end = END.done;
      const failure = readFailure(this.#rows);
      this.#failed = failure.errno;
      connection.fail(failure);
    }
    return 'done';
  }

  #clear(): void {
    this.#stepped = false;
    this.#row = undefined;
    this.#rows = undefined;
    this.#left = 0;
    this.#end = END.done;
    this.#failed = undefined;
  }

  #op(writer: Writer, op: number): void {
    writer.u8(op);
    writer.u32(this.#compiled.id);
  }

  #opWithParameters(writer: Writer, op: number): void {
    this.#op(writer, op);
    writer.u32(this.#parameters.length);
    for (const parameter of this.#parameters) writeStored(writer, parameter);
  }
}

function sizeOf(value: Stored): number {
  return typeof value === 'string' ? 3 * value.length : value instanceof Uint8Array ? value.length : 8;
}
