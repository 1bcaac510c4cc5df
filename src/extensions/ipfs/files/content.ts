import { failures } from '../../../lib/errors.ts';
import type { Work } from './blocks.ts';
import { errors } from './errors.ts';
import { namedBy, nameOf } from './path.ts';
import { type FileNode, type Node, nodeHere } from './tree.ts';

const fail = failures(errors);

/** Blocks that are asked for before their turn. More makes nothing faster, and the first byte late. */
const AHEAD = 16;

/** Blocks above one another, and pieces that wait for their turn: a file of terabytes has fewer. */
const MAX_DEPTH = 24;
const MAX_PIECES = 100_000;

/** Memory of a piece that waits, its name included. */
const PIECE_BYTES = 256;

interface Piece {
  /** See `nameOf`. */
  readonly name: string;
  /** What the block above it says. */
  readonly size: number;
  /** Where in the file it begins. */
  readonly start: number;
  readonly depth: number;
  /** That its block is in the store: what is read ahead is decoded in its turn. */
  here?: Promise<unknown>;
}

/**
 * The bytes of a file from `start` up to `end`, in their order; what lies behind the end of the file is left out.
 * Every block must be as large as the one above it says, so no byte is given away that is not at its place; a
 * file that lies about itself ends in `IPFS_CONTENT`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * import { openNode } from './tree.ts';
 * const work = { size: async () => 6, here: (cid: CID) => cid.multihash.digest, take() {}, give() {} } as never;
 * const file = await openNode(work, CID.parse('bafkqabtimvwgy3yk'));
 * assert.ok(file.kind === 'file');
 * const parts = await Array.fromAsync(content(work, file, { start: 1, end: 3 }));
 * assert.equal(Buffer.concat(parts).toString(), 'el');
 * ```
 */
export async function* content(
  work: Work,
  file: FileNode,
  { start = 0, end = Number.POSITIVE_INFINITY }: { readonly start?: number; readonly end?: number } = {},
): AsyncGenerator<Uint8Array> {
  const pieces: Piece[] = [{ name: nameOf(file.cid), size: file.size, start: 0, depth: 0 }];
  let most = 0;
  for (let piece = pieces.pop(); piece; piece = pieces.pop()) {
    for (const next of pieces.slice(-AHEAD)) fetchAhead(work, next);
    const node = piece.depth > 0 ? await open(work, piece) : file;
    const { cid } = node;
    if (node.kind !== 'file' || node.size !== piece.size) {
      throw fail('IPFS_CONTENT', { cid: cid.toString(), size: node.size, expected: piece.size });
    }
    const own = node.data.subarray(
      Math.max(0, start - piece.start),
      Math.max(0, Math.min(end - piece.start, node.data.byteLength)),
    );
    if (own.byteLength > 0) yield own;
    pieces.push(...below(node, piece, { start, end }).reverse());
    if (pieces.length > MAX_PIECES || piece.depth > MAX_DEPTH) {
      throw fail('IPFS_CONTENT', { cid: cid.toString(), pieces: pieces.length, depth: piece.depth });
    }
    work.take(PIECE_BYTES * Math.max(0, pieces.length - most));
    most = Math.max(most, pieces.length);
    // The first is whoever's who opened it.
    if (piece.depth > 0) work.give(node.weight);
  }
}

function fetchAhead(work: Work, piece: Piece): void {
  if (piece.here) return;
  piece.here = work.size(namedBy(piece.name));
  // Its turn may never come; when it does, the failure is heard.
  piece.here.catch(() => {});
}

async function open(work: Work, { name, here }: Piece): Promise<Node> {
  const cid = namedBy(name);
  await (here ?? work.size(cid));
  return nodeHere(work, cid);
}

function below(
  node: FileNode,
  piece: Piece,
  range: { readonly start: number; readonly end: number },
): Piece[] {
  const found: Piece[] = [];
  let at = piece.start + node.data.byteLength;
  for (const { cid, size } of node.children) {
    if (size > 0 && at < range.end && at + size > range.start) {
      found.push({ name: nameOf(cid), size, start: at, depth: piece.depth + 1 });
    }
    at += size;
  }
  return found;
}

/**
 * All bytes of a part of a file in one piece. Throws `IPFS_TOO_LARGE` when there are more than `maxBytes`, before
 * any is fetched.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * import { openNode } from './tree.ts';
 * const work = { size: async () => 6, here: (cid: CID) => cid.multihash.digest, take() {}, give() {} } as never;
 * const file = await openNode(work, CID.parse('bafkqabtimvwgy3yk'));
 * assert.ok(file.kind === 'file');
 * assert.equal(Buffer.from(await readAll(work, file, { maxBytes: 6 })).toString(), 'hello\n');
 * ```
 */
export async function readAll(
  work: Work,
  file: FileNode,
  range: { readonly start?: number; readonly end?: number; readonly maxBytes: number },
): Promise<Uint8Array<ArrayBuffer>> {
  const size = Math.max(0, Math.min(range.end ?? file.size, file.size) - (range.start ?? 0));
  if (size > range.maxBytes) {
    throw fail('IPFS_TOO_LARGE', { cid: file.cid.toString(), size, max: range.maxBytes });
  }
  const all = new Uint8Array(size);
  let at = 0;
  for await (const part of content(work, file, range)) {
    all.set(part, at);
    at += part.byteLength;
  }
  return all;
}
