import type { RuntimeExtension } from '../../engine/extension.ts';
import { idleService } from '../../engine/idle-service.ts';
import { readConfig } from '../../lib/config.ts';
import { sibling } from '../../lib/sibling.ts';

/**
 * Lines of guests in the log of the engine, with their own level and the identity that the engine adds.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(logging().name, 'logging');
 * ```
 */
export function logging(): RuntimeExtension {
  return {
    name: 'logging',
    guest: sibling(import.meta, 'guest'),
    async start({ config }) {
      readConfig(config, 'logging', {});
      return idleService();
    },
  };
}
