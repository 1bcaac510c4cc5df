import type { RuntimeExtension } from '../../engine/extension.ts';
import { sibling } from '../../lib/sibling.ts';
import { parseConfig } from './config.ts';
import { startKvStore } from './service.ts';

/**
 * A key-value store for each application, shared by its modules, kept over restarts.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(kvStore().name, 'kv-store');
 * ```
 */
export function kvStore(): RuntimeExtension {
  return {
    name: 'kv-store',
    guest: sibling(import.meta, 'guest'),
    effectiveConfig: parseConfig,
    start: startKvStore,
  };
}
