import type { RuntimeExtension } from '../../engine/extension.ts';
import { idleService } from '../../engine/idle-service.ts';
import { readConfig } from '../../lib/config.ts';
import { sibling } from '../../lib/sibling.ts';

/**
 * Time zones for guests.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(localtime().name, 'localtime');
 * ```
 */
export function localtime(): RuntimeExtension {
  return {
    name: 'localtime',
    guest: sibling(import.meta, 'guest'),
    async start({ config }) {
      readConfig(config, 'localtime', {});
      return idleService();
    },
  };
}
