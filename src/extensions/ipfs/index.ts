import type { RuntimeExtension } from '../../engine/extension.ts';
import { sibling } from '../../lib/sibling.ts';
import { parseConfig } from './config.ts';
import { startIpfs } from './service.ts';

export type { PeersAnswer, PinsAnswer, TopicsAnswer } from './admin.ts';

/**
 * Files, records and messages that engines share over an IPFS and libp2p node inside each of them.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(ipfs().name, 'ipfs');
 * ```
 */
export function ipfs(): RuntimeExtension {
  return {
    name: 'ipfs',
    guest: sibling(import.meta, 'guest'),
    effectiveConfig: parseConfig,
    start: startIpfs,
  };
}
