import type { ExtensionService, RuntimeExtension } from '../../engine/extension.ts';
import { sibling } from '../../lib/sibling.ts';
import { parseConfig } from './config.ts';
import { type HttpGatewayService, startGateway } from './service.ts';
import type { Watching } from './watch/watching.ts';

export type { HttpGatewayService, Watching };

/**
 * Serves applications over HTTP: their files, and what their modules answer. See README.md.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fakeContext } from '../../testkit/index.ts';
 * await using context = fakeContext({ config: { port: 0 } });
 * await using service = await httpGateway().start(context);
 * if (!isHttpGateway(service)) throw new Error('It must be one');
 * assert.equal((await fetch(service.urlOf('shop').replace('shop.localhost', '127.0.0.1'))).status, 503);
 * ```
 */
export function httpGateway(): RuntimeExtension {
  return {
    name: 'http-gateway',
    guest: sibling(import.meta, 'guest'),
    effectiveConfig: parseConfig,
    start: startGateway,
  };
}

/**
 * Whether a service is the gateway, which knows its addresses.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(isHttpGateway({ attach: async () => { throw new Error('None'); }, async [Symbol.asyncDispose]() {} }), false);
 * ```
 */
export function isHttpGateway(service: ExtensionService): service is HttpGatewayService {
  return 'addresses' in service && 'urlOf' in service;
}
