/**
 * What the rest of the code knows of logging: constant messages with fields.
 *
 * @module
 */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

export type LogFields = Readonly<Record<string, unknown>>;

export type Log = (message: string, fields?: LogFields, error?: unknown) => void;

/**
 * Messages are constants; whatever varies goes into the fields. `error` is for what stops the engine or loses
 * something, `warn` for what an operator should look at, `info` for the few lines of a normal life, `debug`
 * and `trace` for us.
 */
export interface Logger {
  readonly trace: Log;
  readonly debug: Log;
  readonly info: Log;
  readonly warn: Log;
  readonly error: Log;
  /** A logger that adds these fields to every line. */
  child(fields: LogFields): Logger;
}
