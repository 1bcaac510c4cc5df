import { createHash } from 'node:crypto';
import * as dagPb from '@ipld/dag-pb';
import { CID } from 'multiformats/cid';
import * as raw from 'multiformats/codecs/raw';
import { create } from 'multiformats/hashes/digest';
import type { Work } from './blocks.ts';

/** What `ipfs add --cid-version 1` of kubo cuts a file into, and how many pieces it puts below one block. */
const CHUNK = 262_144;
const CHILDREN = 174;

const SHA2_256 = 0x12;

/** Fields of the message `Data` of UnixFS, with their wire types. */
const TYPE = 0x08;
const FILE_SIZE = 0x18;
const BLOCK_SIZE = 0x20;
const FILE = 2;

/** A block, and what the one above it says of it. */
interface Piece {
  readonly cid: CID;
  /** Bytes of the file below it. */
  readonly size: number;
  /** Bytes of it and all blocks below it. */
  readonly total: number;
}

/**
 * Stores a file as UnixFS, cut as kubo cuts it, so that one content has one CID with both.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * const work = { put: async (cid: CID) => cid };
 * const cid = await addFile(work, new TextEncoder().encode('hello world'));
 * assert.equal(cid.toString(), 'bafkreifzjut3te2nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e');
 * ```
 */
export async function addFile({ put }: Pick<Work, 'put'>, bytes: Uint8Array): Promise<CID> {
  let level: Piece[] = [];
  // An empty file is one empty piece.
  for (let at = 0; at === 0 || at < bytes.byteLength; at += CHUNK) {
    const chunk = bytes.subarray(at, at + CHUNK);
    const cid = await put(named(raw.code, chunk), chunk);
    level.push({ cid, size: chunk.byteLength, total: chunk.byteLength });
  }
  while (level.length > 1) {
    const above: Piece[] = [];
    for (let at = 0; at < level.length; at += CHILDREN) {
      above.push(await join(put, level.slice(at, at + CHILDREN)));
    }
    level = above;
  }
  const [root] = level as [Piece];
  return root.cid;
}

async function join(put: Work['put'], pieces: readonly Piece[]): Promise<Piece> {
  const size = sum(pieces.map((piece) => piece.size));
  const data = [TYPE, FILE, FILE_SIZE, ...varint(size)];
  for (const piece of pieces) data.push(BLOCK_SIZE, ...varint(piece.size));
  const block = dagPb.encode({
    Data: Uint8Array.from(data),
    Links: pieces.map(({ cid, total }) => ({ Name: '', Hash: cid, Tsize: total })),
  });
  const cid = await put(named(dagPb.code, block), block);
  return { cid, size, total: block.byteLength + sum(pieces.map(({ total }) => total)) };
}

function named(codec: number, bytes: Uint8Array): CID {
  return CID.createV1(codec, create(SHA2_256, createHash('sha256').update(bytes).digest()));
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

/** Seven bits in a byte, the lowest first. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  bytes.push(rest);
  return bytes;
}
