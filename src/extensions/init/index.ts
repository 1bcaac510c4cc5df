import type { RuntimeExtension } from '../../engine/extension.ts';
import { readConfig } from '../../lib/config.ts';
import { sibling } from '../../lib/sibling.ts';
import { startInit } from './service.ts';

/**
 * The start and the end of an application as its modules see them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(init().name, 'init');
 * ```
 */
export function init(): RuntimeExtension {
  return {
    name: 'init',
    guest: sibling(import.meta, 'guest'),
    async start(context) {
      readConfig(context.config, 'init', {});
      return startInit(context);
    },
  };
}
