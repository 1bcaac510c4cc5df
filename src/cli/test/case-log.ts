import type { CollectedLine } from '../../telemetry/collector.ts';
import type { LogFields, Logger, LogLevel } from '../../telemetry/logger.ts';

/** Lines kept of one application; the first ones, because they are nearest to the cause. */
const MOST_LINES = 1_000;

/** A log that knows which application said what. */
export interface CaseLog {
  readonly log: Logger;
  /** What an application has said since the last time; lines about none are the engine's, under `undefined`. */
  take(app: string | undefined): readonly CollectedLine[];
}

/**
 * Keeps lines apart by their field `app`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const { log, take } = createCaseLog();
 * log.child({ app: 'one' }).info('Guest says', { text: 'hello' });
 * log.info('Engine runs');
 * assert.deepEqual(take('one').map(({ fields }) => fields['text']), ['hello']);
 * assert.deepEqual(take('one'), []);
 * ```
 */
export function createCaseLog(): CaseLog {
  const kept = new Map<unknown, CollectedLine[]>();
  const loggerOver = (own: LogFields): Logger => {
    const at =
      (level: LogLevel) =>
      (message: string, given: LogFields = {}, error?: unknown): void => {
        const fields = { ...own, ...given };
        const lines = kept.getOrInsertComputed(fields['app'], () => []);
        if (lines.length < MOST_LINES) lines.push({ level, message, fields, error });
      };
    return {
      trace: at('trace'),
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => loggerOver({ ...own, ...fields }),
    };
  };
  return {
    log: loggerOver({}),
    take(app) {
      const lines = kept.get(app) ?? [];
      kept.delete(app);
      return lines;
    },
  };
}
