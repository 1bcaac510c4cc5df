import type { KadDHTInit } from '@libp2p/kad-dht';

/**
 * What the DHT is given before the node starts. It keeps no record of anybody by itself: the part `records` does, in
 * a table of its own with its own checks, because the DHT's would let older records replace newer ones, keeps them
 * without bounds and takes any public key. A peer that does not answer is waited for 5 s at most.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const { validators } = dhtHooks();
 * await assert.rejects(async () => validators?.['pk']?.(new Uint8Array(), new Uint8Array()), /keeps no public keys/);
 * ```
 */
export function dhtHooks(): KadDHTInit {
  return {
    validators: {
      pk: async () => {
        throw new Error('This engine keeps no public keys of others');
      },
    },
    // What strangers tell of further peers is looked at a little at a time.
    routingTableUpdateMaxQueueSize: 512,
    onPeerConnectTimeout: 5_000,
    networkDialTimeout: { minTimeout: 2_000, maxTimeout: 5_000 },
    pingNewContactTimeout: { minTimeout: 2_000, maxTimeout: 5_000 },
    pingOldContactTimeout: { minTimeout: 2_000, maxTimeout: 5_000 },
  };
}
