import type { ExtensionService } from './extension.ts';

/**
 * The main-thread half of an extension that needs none: its host functions all run beside the guests, or it
 * only names types.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * await using service = idleService();
 * assert.equal(typeof service.attach, 'function');
 * ```
 */
export function idleService(): ExtensionService {
  return {
    attach: async () => ({ calls: {}, async [Symbol.asyncDispose]() {} }),
    async [Symbol.asyncDispose]() {},
  };
}
