import type { RuntimeExtension } from '../../engine/extension.ts';
import { idleService } from '../../engine/idle-service.ts';
import { readConfig } from '../../lib/config.ts';
import { sibling } from '../../lib/sibling.ts';

/**
 * A name for bytes that hold CBOR: a WIT type without functions.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(cbor().name, 'cbor');
 * ```
 */
export function cbor(): RuntimeExtension {
  return {
    name: 'cbor',
    guest: sibling(import.meta, 'guest'),
    async start({ config }) {
      readConfig(config, 'cbor', {});
      return idleService();
    },
  };
}
