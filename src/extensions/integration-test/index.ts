import type { ExtensionService, RuntimeExtension } from '../../engine/extension.ts';
import { readConfig } from '../../lib/config.ts';
import { sibling } from '../../lib/sibling.ts';
import { type IntegrationTestService, startIntegrationTest } from './service.ts';

export { benchExport, type Question, testExport } from './events.ts';
export type { TestResult } from './generated/api.ts';
export type { IntegrationTestService };

/**
 * Tests and benchmarks that modules bring along.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(integrationTest().name, 'integration-test');
 * ```
 */
export function integrationTest(): RuntimeExtension {
  return {
    name: 'integration-test',
    guest: sibling(import.meta, 'guest'),
    async start(context) {
      readConfig(context.config, 'integration-test', {});
      return startIntegrationTest(context);
    },
  };
}

/**
 * Whether a service is the one that asks for tests.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(isIntegrationTest({ attach: async () => { throw new Error('None'); }, async [Symbol.asyncDispose]() {} }), false);
 * ```
 */
export function isIntegrationTest(service: ExtensionService): service is IntegrationTestService {
  return 'test' in service && 'bench' in service;
}
