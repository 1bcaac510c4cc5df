import * as dagCbor from '@ipld/dag-cbor';
import * as dagPb from '@ipld/dag-pb';
import { CID } from 'multiformats/cid';
import { failures } from '../../../lib/errors.ts';
import { errors } from './errors.ts';

const fail = failures(errors);

/**
 * Whether a block may lead to others.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * assert.deepEqual([0x70, 0x71, 0x55, 0x51].map(hasLinks), [true, true, false, false]);
 * ```
 */
export function hasLinks(codec: number): boolean {
  return codec === dagPb.code || codec === dagCbor.code;
}

/**
 * Where a block leads: UnixFS and others by dag-pb, and dag-cbor. All other blocks are ends. Throws `IPFS_CONTENT`
 * when the bytes are not what the CID says.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import * as dagCbor from '@ipld/dag-cbor';
 * import { CID } from 'multiformats/cid';
 * const leaf = CID.parse('bafkqabtimvwgy3yk');
 * const above = CID.createV1(dagCbor.code, leaf.multihash);
 * assert.deepEqual(links(above, dagCbor.encode({ a: [leaf, 1] })).map(String), [String(leaf)]);
 * ```
 */
export function links(cid: CID, bytes: Uint8Array): readonly CID[] {
  try {
    if (cid.code === dagPb.code) return dagPb.decode(bytes).Links.map(({ Hash }) => Hash);
    return cid.code === dagCbor.code ? within(dagCbor.decode(bytes)) : [];
  } catch (error) {
    throw fail('IPFS_CONTENT', { cid: cid.toString() }, error);
  }
}

function within(root: unknown): CID[] {
  const found: CID[] = [];
  const open: unknown[] = [root];
  while (open.length > 0) {
    const value = open.pop();
    if (typeof value !== 'object' || value === null || value instanceof Uint8Array) continue;
    const cid = CID.asCID(value);
    if (cid) found.push(cid);
    // One by one: a list may have more members than a call takes arguments.
    else for (const member of Object.values(value)) open.push(member);
  }
  return found;
}
