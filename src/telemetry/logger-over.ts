import type { LogFields, Logger, LogLevel } from './logger.ts';

/** Takes a line. `fields` are those of the logger and its parents, then those of the line. */
export type WriteLine = (level: LogLevel, message: string, fields: LogFields, error: unknown) => void;

/**
 * A logger over a function that takes its lines.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const lines: unknown[] = [];
 * const log = loggerOver((...line) => lines.push(line), { app: 'shop', depth: 1 });
 * log.child({ event: 7 }).warn('Source is full', { depth: 8 });
 * assert.deepEqual(lines, [['warn', 'Source is full', { app: 'shop', event: 7, depth: 8 }, undefined]]);
 * ```
 */
export function loggerOver(write: WriteLine, own: LogFields = {}): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}, error?: unknown): void =>
      write(level, message, { ...own, ...fields }, error);
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => loggerOver(write, { ...own, ...fields }),
  };
}
