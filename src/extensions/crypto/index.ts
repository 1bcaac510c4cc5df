import type { RuntimeExtension } from '../../engine/extension.ts';
import { idleService } from '../../engine/idle-service.ts';
import { readConfig } from '../../lib/config.ts';
import { sibling } from '../../lib/sibling.ts';

/**
 * Mnemonic phrases and the keys that they stand for.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(crypto().name, 'crypto');
 * ```
 */
export function crypto(): RuntimeExtension {
  return {
    name: 'crypto',
    guest: sibling(import.meta, 'guest'),
    async start({ config }) {
      readConfig(config, 'crypto', {});
      return idleService();
    },
  };
}
