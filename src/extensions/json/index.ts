import type { RuntimeExtension } from '../../engine/extension.ts';
import { idleService } from '../../engine/idle-service.ts';
import { readConfig } from '../../lib/config.ts';
import { sibling } from '../../lib/sibling.ts';

/**
 * A name for text that holds JSON: a WIT type without functions.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(json().name, 'json');
 * ```
 */
export function json(): RuntimeExtension {
  return {
    name: 'json',
    guest: sibling(import.meta, 'guest'),
    async start({ config }) {
      readConfig(config, 'json', {});
      return idleService();
    },
  };
}
