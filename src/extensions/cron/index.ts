import type { RuntimeExtension } from '../../engine/extension.ts';
import { sibling } from '../../lib/sibling.ts';
import { parseConfig } from './config.ts';
import { startCron } from './service.ts';

/**
 * Calls applications at times that they choose.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(cron().name, 'cron');
 * ```
 */
export function cron(): RuntimeExtension {
  return {
    name: 'cron',
    guest: sibling(import.meta, 'guest'),
    effectiveConfig: parseConfig,
    start: startCron,
  };
}
