import type { LogFields, Logger, LogLevel } from '../telemetry/logger.ts';
import type { Outbox } from './outbox.ts';
import type { FromWorker } from './protocol.ts';
import { cloneable, toWire } from './wire.ts';

/** A guest may write for ever and never end its turn: its lines are not held back longer than this. */
const FRESH_MS = 5;

/**
 * A logger whose lines go to the main thread, in order, with what the worker answers. When a worker is lost, so are
 * the lines of its last milliseconds.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const sent: unknown[] = [];
 * const outbox = { send: (message: FromWorker) => void sent.push(message), flush() {}, flushOlderThan() {} };
 * createLineLogger(7, outbox).child({ module: 'api' }).info('Guest says', { text: 'hi' });
 * const fields = { module: 'api', text: 'hi' };
 * assert.deepEqual(sent, [{ type: 'line', load: 7, level: 'info', message: 'Guest says', fields, thrown: undefined }]);
 * ```
 */
export function createLineLogger(load: number, outbox: Outbox<FromWorker>, own: LogFields = {}): Logger {
  const at =
    (level: LogLevel) =>
    (message: string, fields: LogFields = {}, error?: unknown): void => {
      const thrown = error === undefined ? undefined : toWire(error);
      const all = cloneable({ ...own, ...fields }) as LogFields;
      outbox.flushOlderThan(FRESH_MS);
      outbox.send({ type: 'line', load, level, message, fields: all, thrown });
    };
  return {
    trace: at('trace'),
    debug: at('debug'),
    info: at('info'),
    warn: at('warn'),
    error: at('error'),
    child: (fields) => createLineLogger(load, outbox, { ...own, ...fields }),
  };
}
