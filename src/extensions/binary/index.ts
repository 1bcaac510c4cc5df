import type { RuntimeExtension } from '../../engine/extension.ts';
import { idleService } from '../../engine/idle-service.ts';
import { readConfig } from '../../lib/config.ts';
import { sibling } from '../../lib/sibling.ts';

/**
 * Names for byte strings and wide numbers: WIT types without functions.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(binary().name, 'binary');
 * ```
 */
export function binary(): RuntimeExtension {
  return {
    name: 'binary',
    guest: sibling(import.meta, 'guest'),
    async start({ config }) {
      readConfig(config, 'binary', {});
      return idleService();
    },
  };
}
