import { cloneable, toWire } from '../lib/wire.ts';
import type { LogFields, Logger } from '../telemetry/logger.ts';
import { loggerOver } from '../telemetry/logger-over.ts';
import type { Outbox } from './outbox.ts';
import type { FromWorker } from './protocol.ts';

/**
 * A logger whose lines go to the main thread, in order with what the worker answers, and at once: a guest that
 * never ends its turn is looked into by what it wrote, and nothing of that is lost with its worker.
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
export function createLineLogger(load: number, outbox: Outbox<FromWorker>): Logger {
  return loggerOver((level, message, all, error) => {
    const thrown = error === undefined ? undefined : toWire(error);
    const fields = cloneable(all) as LogFields;
    outbox.send({ type: 'line', load, level, message, fields, thrown });
    outbox.flush();
  });
}
