import * as dagPb from '@ipld/dag-pb';
import { exporter, type UnixFSEntry } from 'ipfs-unixfs-exporter';
import type { CID } from 'multiformats/cid';
import { failures, isCoded } from '../../../lib/errors.ts';
import type { Work } from './blocks.ts';
import { errors } from './errors.ts';
import type { IpfsPath } from './path.ts';
import { findIn, namesIn, type OpenShard, type Shard } from './shards.ts';

const fail = failures(errors);

/** Names in one piece of a folder that is spread over several blocks; what others write has 256. */
const FANOUTS: readonly bigint[] = [8n, 16n, 32n, 64n, 128n, 256n, 512n, 1024n];

/** A file as a block of it says: its own bytes, then those of the blocks below it. */
export interface FileNode {
  readonly kind: 'file';
  readonly cid: CID;
  readonly size: number;
  readonly data: Uint8Array;
  readonly children: readonly { readonly cid: CID; readonly size: number }[];
}

export interface FolderNode {
  readonly kind: 'directory';
  readonly cid: CID;
  readonly size: 0;
  /** Not in an order, and not checked. */
  names(): AsyncIterable<{ readonly name: string; readonly cid: CID }>;
  /** `undefined` when there is none. */
  find(name: string): Promise<CID | undefined>;
}

export type Node = FileNode | FolderNode;

/**
 * Looks at one block: a piece of a file, or a folder. Blocks of UnixFS are understood; all others are files that hold
 * the bytes of the block, so what other engines store as CBOR can be read. Throws `IPFS_CONTENT` for a block that is not what its CID says,
 * and `IPFS_KIND` for what is neither file nor folder.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * const work = { block: async (cid: CID) => cid.multihash.digest };
 * const node = await openNode(work as never, CID.parse('bafkqabtimvwgy3yk'));
 * assert.deepEqual([node.kind, node.size], ['file', 6]);
 * ```
 */
export async function openNode(work: Work, cid: CID): Promise<Node> {
  if (cid.code !== dagPb.code) {
    const data = await work.block(cid);
    return { kind: 'file', cid, size: data.byteLength, data, children: [] };
  }
  const entry = await entryOf(work, cid);
  if (entry.type === 'directory') return folder(work, entry);
  const { unixfs, node } = entry;
  if (unixfs.type !== 'file' && unixfs.type !== 'raw') {
    throw fail('IPFS_KIND', { cid: cid.toString(), found: unixfs.type });
  }
  return {
    kind: 'file',
    cid,
    size: amount(cid, unixfs.fileSize()),
    data: unixfs.data ?? new Uint8Array(),
    children: children(cid, node, unixfs.blockSizes),
  };
}

function children(cid: CID, { Links }: dagPb.PBNode, sizes: readonly bigint[]): FileNode['children'] {
  if (Links.length !== sizes.length) {
    throw fail('IPFS_CONTENT', { cid: cid.toString(), links: Links.length, sizes: sizes.length });
  }
  return Links.map(({ Hash }, at) => ({ cid: Hash, size: amount(cid, sizes[at] ?? 0n) }));
}

function amount(cid: CID, size: bigint): number {
  if (size < 0n || size > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw fail('IPFS_CONTENT', { cid: cid.toString(), size: String(size) });
  }
  return Number(size);
}

function folder(work: Work, entry: Directory): FolderNode {
  const { cid, unixfs, node } = entry;
  if (unixfs.type !== 'hamt-sharded-directory') {
    return {
      kind: 'directory',
      cid,
      size: 0,
      async *names() {
        for (const { Name = '', Hash } of node.Links) yield { name: Name, cid: Hash };
      },
      find: async (name) => node.Links.find(({ Name }) => Name === name)?.Hash,
    };
  }
  const root = shard(entry);
  const open: OpenShard = async (below) => {
    const found = await entryOf(work, below);
    const next = found.type === 'directory' ? shard(found) : undefined;
    if (next?.fanout === root.fanout) return next;
    throw fail('IPFS_CONTENT', { cid: below.toString(), folder: cid.toString() });
  };
  return {
    kind: 'directory',
    cid,
    size: 0,
    names: () => namesIn(root, open),
    find: (name) => findIn(root, name, open),
  };
}

function shard({ cid, unixfs, node }: Directory): Shard {
  const { type, fanout = 0n } = unixfs;
  const known = type === 'hamt-sharded-directory' && FANOUTS.includes(fanout);
  if (known && node.Links.length <= fanout) return { cid, fanout: Number(fanout), links: node.Links };
  const found = { type, fanout: String(fanout), links: node.Links.length };
  throw fail('IPFS_CONTENT', { cid: cid.toString(), ...found });
}

type Entry = Extract<UnixFSEntry, { readonly node: dagPb.PBNode }>;
type Directory = Extract<Entry, { readonly type: 'directory' }>;

/** What the library reads in one block. What it says about content is about the content, unless we said it ourselves. */
async function entryOf(work: Work, cid: CID): Promise<Entry> {
  try {
    const entry = await exporter(cid, work.store, { signal: work.signal });
    if (entry.type === 'directory' || entry.type === 'file') return entry;
  } catch (error) {
    work.signal.throwIfAborted();
    if (isCoded(error) || (Error.isError(error) && error.name === 'NotFoundError')) throw error;
    throw fail('IPFS_CONTENT', { cid: cid.toString() }, error);
  }
  throw fail('IPFS_CONTENT', { cid: cid.toString() });
}

/**
 * Follows the names of a path. Throws `IPFS_NAME_UNKNOWN`, or `IPFS_KIND` for a name below a file.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * const work = { block: async (cid: CID) => cid.multihash.digest } as never;
 * const cid = CID.parse('bafkqabtimvwgy3yk');
 * assert.equal((await resolve(work, { cid, names: [] })).size, 6);
 * await assert.rejects(resolve(work, { cid, names: ['a'] }), { code: 'IPFS_KIND' });
 * ```
 */
export async function resolve(work: Work, { cid, names }: IpfsPath): Promise<Node> {
  let node = await openNode(work, cid);
  for (const [at, name] of names.entries()) {
    const path = `/ipfs/${[cid.toString(), ...names.slice(0, at + 1)].join('/')}`;
    if (node.kind !== 'directory') throw fail('IPFS_KIND', { path, found: node.kind });
    const next = await node.find(name);
    if (!next) throw fail('IPFS_NAME_UNKNOWN', { path });
    node = await openNode(work, next);
  }
  return node;
}
