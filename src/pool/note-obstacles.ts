import type { InstancePre } from '../component/api.ts';
import type { Logger } from '../telemetry/logger.ts';

/**
 * Tells in the log why a module is slower than it need be.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { createCollector } from '../telemetry/collector.ts';
 * const log = createCollector();
 * noteObstacles(log, 'api', { obstacles: ['It grows a table'] });
 * noteObstacles(log, 'web', { obstacles: [] });
 * assert.deepEqual(log.lines.map(({ fields }) => fields), [{ module: 'api', why: 'It grows a table' }]);
 * ```
 */
export function noteObstacles(
  log: Logger,
  module: string,
  { obstacles }: Pick<InstancePre, 'obstacles'>,
): void {
  if (obstacles.length === 0) return;
  log.debug('Module gets a new instance for each event', { module, why: obstacles.join('; ') });
}
