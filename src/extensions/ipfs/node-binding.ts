import type { AppBinding, AttachedApp, Caller } from '../../engine/extension.ts';
import { failures } from '../../lib/errors.ts';
import { answering } from './errno.ts';
import { errors } from './errors.ts';
import type { NodeLink } from './link/node-link.ts';

const fail = failures(errors);

export interface NodeBindingOptions {
  readonly link: Pick<NodeLink, 'call'>;
  readonly app: Pick<AttachedApp, 'name' | 'log'>;
}

/** The functions of the WIT that are about the node and its peers, for one application. */
export interface NodeBinding extends AppBinding {
  readonly calls: {
    readonly getPeerId: (caller: Caller) => Promise<string>;
    readonly peerEvict: (caller: Caller, peer: string) => Promise<boolean>;
  };
}

/** Keys of every kind that libp2p knows: Ed25519, secp256k1, and hashes of larger ones. */
const PEER_ID =
  /^(12D3KooW[1-9A-HJ-NP-Za-km-z]{44}|16Uiu2HA[1-9A-HJ-NP-Za-km-z]{46}|Qm[1-9A-HJ-NP-Za-km-z]{44})$/;

/**
 * Whether a text has the form of a peer id.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.equal(isPeerId('QmYyQSo1c1Ym7orWxLYvCrM2EmxFTANf8wXmmE7DWjhx5N'), true);
 * assert.equal(isPeerId('bafzaajaiaejcb'), false);
 * ```
 */
export function isPeerId(text: string): boolean {
  return PEER_ID.test(text);
}

/**
 * What modules of one application may do with the node itself.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { fakeApp, fakeCaller } from '../../testkit/index.ts';
 * const link = { call: async (method: string) => method } as const;
 * const { calls } = bindNode({ link, app: fakeApp() });
 * assert.equal(await calls.getPeerId(fakeCaller()), 'node.id');
 * await assert.rejects(calls.peerEvict(fakeCaller(), 'ann'), { payload: 'invalid-peer-id' });
 * ```
 */
export function bindNode({ link, app }: NodeBindingOptions): NodeBinding {
  return {
    calls: {
      getPeerId: (caller) =>
        answering(
          { app, caller, call: 'get-peer-id', errno: 'get-peer-id-error' },
          async () => (await link.call('node.id', [], { signal: caller.signal, app: app.name })) as string,
        ),
      peerEvict: (caller, peer) =>
        answering(
          {
            app,
            caller,
            call: 'peer-evict',
            errno: 'peer-eviction-error',
            errnos: { IPFS_PEER: 'invalid-peer-id' },
          },
          async () => {
            if (!isPeerId(peer)) throw fail('IPFS_PEER', { found: peer.slice(0, 100) });
            await link.call('node.evict', [peer], { signal: caller.signal, app: app.name });
            return true;
          },
        ),
    },
    async [Symbol.asyncDispose]() {},
  };
}
