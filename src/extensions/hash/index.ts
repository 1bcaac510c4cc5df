import type { RuntimeExtension } from '../../engine/extension.ts';
import { idleService } from '../../engine/idle-service.ts';
import { readConfig } from '../../lib/config.ts';
import { sibling } from '../../lib/sibling.ts';

/**
 * BLAKE2 and BLAKE3 for guests.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(hash().name, 'hash');
 * ```
 */
export function hash(): RuntimeExtension {
  return {
    name: 'hash',
    guest: sibling(import.meta, 'guest'),
    async start({ config }) {
      readConfig(config, 'hash', {});
      return idleService();
    },
  };
}
