// Written by "npm run generate" from ../wit/: change that, not this.

/** One JSON text. The engine stores it and passes it on as it is, without checking it. */
export type Json = string;

/** How much a line matters. The engine keeps the level of the line, so that an operator can filter by it. */
export type Level =
  | 'debug'
  | 'trace'
  | 'info'
  | 'warn'
  | 'error';

/** Functions of `hermes:logging/api`. */
export interface LoggingApi<C> {
  /**
   * Writes one line. The engine adds the application, the module and the event to it; lines of one event
   * keep their order. Never fails.
   *
   * An event writes at most 10,000 lines and 1 MiB: one more line then says that the limit was reached, and
   * what follows is dropped and counted.
   *
   * @param level How much the line matters.
   * @param file Source file that the line comes from.
   * @param function_ Function that the line comes from.
   * @param line Line in the source file, counted from 1.
   * @param col Column in that line, counted from 1.
   * @param ctx What the module was doing, in a word or two: lines can be searched by it.
   * @param msg The message.
   * @param data More about it. Text that is not JSON is logged all the same, marked as text.
   */
  log(call: C, level: Level, file: string | undefined, function_: string | undefined, line: number | undefined, col: number | undefined, ctx: string | undefined, msg: string, data: Json | undefined): void;
}
