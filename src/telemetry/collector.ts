import type { LogFields, Logger, LogLevel } from './logger.ts';
import { loggerOver } from './logger-over.ts';

/** One line as it was logged; nothing is rendered or dropped. */
export interface CollectedLine {
  readonly level: LogLevel;
  readonly message: string;
  /** Those of the logger and its parents, then those of the line. */
  readonly fields: LogFields;
  readonly error: unknown;
}

export interface Collector extends Logger {
  /** Every line so far, those of children included, in order. */
  readonly lines: readonly CollectedLine[];
  /** The lines with this message. */
  find(message: string): readonly CollectedLine[];
}

/**
 * A logger that keeps its lines in memory, for tests and for whoever shows a log.
 *
 * `limit` is the number of lines kept; the oldest go first. Without it a collector that is written to for ever
 * grows for ever.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const log = createCollector();
 * log.child({ app: 'shop' }).warn('Source is full', { depth: 8 });
 * assert.deepEqual(log.lines[0]?.fields, { app: 'shop', depth: 8 });
 * ```
 */
export function createCollector({ limit = 10_000 }: { readonly limit?: number } = {}): Collector {
  const lines: CollectedLine[] = [];
  function add(level: LogLevel, message: string, fields: LogFields, error: unknown): void {
    if (lines.length >= limit) lines.shift();
    lines.push({ level, message, fields, error });
  }
  return {
    ...loggerOver(add),
    lines,
    find: (message) => lines.filter((line) => line.message === message),
  };
}
