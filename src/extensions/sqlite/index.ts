import type { RuntimeExtension } from '../../engine/extension.ts';
import { sibling } from '../../lib/sibling.ts';
import { parseConfig } from './config.ts';
import { startSqlite } from './service.ts';

/**
 * SQL databases of an application, shared by its modules: one that lasts, and one in memory.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(sqlite().name, 'sqlite');
 * ```
 */
export function sqlite(): RuntimeExtension {
  return {
    name: 'sqlite',
    guest: sibling(import.meta, 'guest'),
    effectiveConfig: parseConfig,
    start: startSqlite,
  };
}
