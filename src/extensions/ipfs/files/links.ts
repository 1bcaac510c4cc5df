import * as dagCbor from '@ipld/dag-cbor';
import * as dagPb from '@ipld/dag-pb';
import { Tokenizer, Type } from 'cborg';
import { CID } from 'multiformats/cid';
import { failures, isCoded } from '../../../lib/errors.ts';
import { errors } from './errors.ts';
import { MAX_LINKS } from './limits.ts';

const fail = failures(errors);

/** CBOR values in one another: other implementations take as many. */
const MAX_NESTED = 1_024;

/** What marks a CID in dag-cbor. */
const CID_TAG = 42;

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
 * Where a block leads, one after another: UnixFS and others by dag-pb, and dag-cbor. All other blocks are ends. Throws
 * `IPFS_CONTENT` when the bytes are not what the CID says, or as {@link countLinks} does.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import * as dagCbor from '@ipld/dag-cbor';
 * import { CID } from 'multiformats/cid';
 * const leaf = CID.parse('bafkqabtimvwgy3yk');
 * const above = CID.createV1(dagCbor.code, leaf.multihash);
 * assert.deepEqual([...links(above, dagCbor.encode({ a: [leaf, 1] }))].map(String), [String(leaf)]);
 * ```
 */
export function* links(cid: CID, bytes: Uint8Array): Generator<CID, void> {
  try {
    if (cid.code === dagCbor.code) yield* within(bytes);
    if (cid.code !== dagPb.code) return;
    countLinks(cid, bytes);
    for (const { Hash } of dagPb.decode(bytes).Links) yield Hash;
  } catch (error) {
    throw isCoded(error) ? error : fail('IPFS_CONTENT', { cid: cid.toString() }, error);
  }
}

/** Told one by one from the tokens: of values and how they lie in each other nothing is built. */
function* within(bytes: Uint8Array): Generator<CID, void> {
  const tokens = new Tokenizer(bytes, dagCbor.decodeOptions);
  /** How many members are still to come, of every list and map that is open. */
  const open = [1];
  for (let left = open.pop(); left !== undefined; left = open.pop()) {
    if (left === 0) continue;
    open.push(left - 1);
    const { type, value } = tokens.next();
    if (Type.equals(type, Type.array)) open.push(Number(value));
    else if (Type.equals(type, Type.map)) open.push(2 * Number(value));
    else if (Type.equals(type, Type.tag)) yield linkOf(value, tokens.next());
    if (open.length > MAX_NESTED) throw new Error(`More than ${MAX_NESTED} values in one another`);
  }
  if (!tokens.done()) throw new Error('Something follows the value');
}

function linkOf(tag: number, { type, value }: ReturnType<Tokenizer['next']>): CID {
  if (tag !== CID_TAG || !Type.equals(type, Type.bytes) || value[0] !== 0) throw new Error('No link');
  return CID.decode(value.subarray(1));
}

/** Of protobuf: the low bits of a key, and the key of a link. */
const LENGTH_DELIMITED = 2;
const LINKS_KEY = 0x12;

/**
 * How many links a block of dag-pb has, before they are made: they take up to eighty times as much memory. Throws
 * `IPFS_CONTENT` for more than anybody writes who names content by its hash.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import * as dagPb from '@ipld/dag-pb';
 * import { CID } from 'multiformats/cid';
 * const cid = CID.parse('bafkqabtimvwgy3yk');
 * assert.equal(countLinks(cid, dagPb.encode({ Links: [{ Hash: cid }, { Hash: cid }] })), 2);
 * ```
 */
export function countLinks(cid: CID, bytes: Uint8Array): number {
  let count = 0;
  let at = 0;
  // What is no protobuf ends the count: whoever decodes it says so.
  while (at < bytes.length && ((bytes[at] ?? 0) & 7) === LENGTH_DELIMITED) {
    if (bytes[at] === LINKS_KEY) count++;
    at++;
    let length = 0;
    for (let shift = 1; at < bytes.length; shift *= 0x80) {
      const byte = bytes[at++] ?? 0;
      length += (byte % 0x80) * shift;
      if (byte < 0x80) break;
    }
    at += length;
  }
  if (count > MAX_LINKS) throw fail('IPFS_CONTENT', { cid: cid.toString(), links: count, max: MAX_LINKS });
  return count;
}
