import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
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

/**
 * The peer id of an engine by its data folder, whether it runs or not; its key is made if it has none. Throws
 * `IPFS_IDENTITY`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtempDisposable } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * await using home = await mkdtempDisposable(`${tmpdir()}/hermes-`);
 * const peer = await identityOf(home.path);
 * assert.match(peer, /^12D3KooW/);
 * assert.equal(await identityOf(home.path), peer);
 * ```
 */
export async function identityOf(home: string): Promise<string> {
  // Only here: whoever does not use the node need not load libp2p.
  const { identityIn } = await import('./node/identity.ts');
  const { peerIdFromPrivateKey } = await import('@libp2p/peer-id');
  const folder = join(home, 'extensions', 'ipfs');
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return peerIdFromPrivateKey(await identityIn(join(folder, 'keypair'))).toString();
}
