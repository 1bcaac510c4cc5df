import { CID } from 'multiformats/cid';
import { failures } from '../../../lib/errors.ts';
import { errors } from './errors.ts';

const fail = failures(errors);

const SHA2_256 = 0x12;
const IDENTITY = 0;
const MAX_IDENTITY = 128;

/** Elements of a path, and its characters: more is nobody's file. */
const MAX_DEPTH = 64;
const MAX_LENGTH = 4_096;

export interface IpfsPath {
  readonly cid: CID;
  /** The names below it, none of them empty, `.` or `..`. */
  readonly names: readonly string[];
}

/**
 * Reads a path of the WIT: a CID or `/ipfs/` and a CID, then names. Throws `IPFS_PATH_INVALID`, or `IPFS_CID_INVALID`
 * when its first element is no CID that this node can check.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const { cid, names } = readPath('/ipfs/bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy/a/b');
 * assert.equal(cid.version, 1);
 * assert.deepEqual(names, ['a', 'b']);
 * assert.throws(() => readPath('/ipns/example.org'), { code: 'IPFS_PATH_INVALID' });
 * assert.throws(() => readPath('/ipfs/hello'), { code: 'IPFS_CID_INVALID' });
 * ```
 */
export function readPath(text: string): IpfsPath {
  const path = text.slice(0, 256);
  if (text.length > MAX_LENGTH)
    throw fail('IPFS_PATH_INVALID', { path, length: text.length, max: MAX_LENGTH });
  const below = text.startsWith('/ipfs/') ? text.slice('/ipfs/'.length) : text;
  const [root, ...names] = below.split('/');
  // One slash at the end says folder, and is no name.
  if (names.at(-1) === '') names.pop();
  if (
    !root ||
    names.length > MAX_DEPTH ||
    names.some((name) => name === '' || name === '.' || name === '..')
  ) {
    throw fail('IPFS_PATH_INVALID', { path });
  }
  return { cid: readCid(root), names };
}

function readCid(text: string): CID {
  let cid: CID;
  try {
    cid = CID.parse(text);
  } catch (error) {
    throw fail('IPFS_CID_INVALID', { cid: text.slice(0, 256) }, error);
  }
  return checked(cid);
}

/**
 * The CID, if this node can tell whether a block is the one that it names. Throws `IPFS_CID_INVALID`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * const cid = CID.parse('QmZULkCELmmk5XNfCgTnCyFgAVxBRBXyDHGGMVoLFLiXEN');
 * assert.equal(checked(cid), cid);
 * ```
 */
export function checked(cid: CID): CID {
  const { code, size } = cid.multihash;
  const known = (code === SHA2_256 && size === 32) || (code === IDENTITY && size <= MAX_IDENTITY);
  if (!known) throw fail('IPFS_CID_INVALID', { cid: cid.toString().slice(0, 256), hash: code, size });
  return cid;
}

/**
 * The block that a CID names, whatever it says is in it: a string for maps and sets.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * const cid = CID.parse('QmZULkCELmmk5XNfCgTnCyFgAVxBRBXyDHGGMVoLFLiXEN');
 * assert.equal(hashKey(cid.toV1()), hashKey(cid));
 * ```
 */
export function hashKey(cid: CID): string {
  const { buffer, byteOffset, byteLength } = cid.multihash.bytes;
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}

/**
 * A CID as short as it can be remembered, its codec included; {@link namedBy} reads it. A CID would hold the whole block
 * that it was found in.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * const cid = CID.parse('QmZULkCELmmk5XNfCgTnCyFgAVxBRBXyDHGGMVoLFLiXEN');
 * assert.equal(nameOf(cid).length, 36);
 * assert.ok(namedBy(nameOf(cid)).equals(cid.toV1()));
 * ```
 */
export function nameOf(cid: CID): string {
  const { buffer, byteOffset, byteLength } = cid.toV1().bytes;
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}

/**
 * What {@link nameOf} has made a name of, as version 1.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * assert.equal(namedBy(nameOf(CID.parse('bafkqabtimvwgy3yk'))).toString(), 'bafkqabtimvwgy3yk');
 * ```
 */
export function namedBy(name: string): CID {
  return CID.decode(Buffer.from(name, 'latin1'));
}

/**
 * Whether the block is the CID itself, which nobody stores.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * assert.equal(isIdentity(CID.parse('QmZULkCELmmk5XNfCgTnCyFgAVxBRBXyDHGGMVoLFLiXEN')), false);
 * ```
 */
export function isIdentity(cid: CID): boolean {
  return cid.multihash.code === IDENTITY;
}
