import type { CollectedLine } from '../../telemetry/collector.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { loggerOver } from '../../telemetry/logger-over.ts';

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
  const log = loggerOver((level, message, fields, error) => {
    const lines = kept.getOrInsertComputed(fields['app'], () => []);
    if (lines.length < MOST_LINES) lines.push({ level, message, fields, error });
  });
  return {
    log,
    take(app) {
      const lines = kept.get(app) ?? [];
      kept.delete(app);
      return lines;
    },
  };
}
