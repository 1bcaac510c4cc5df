import * as dagPb from '@ipld/dag-pb';
import { exporter, type UnixFSEntry } from 'ipfs-unixfs-exporter';
import type { CID } from 'multiformats/cid';
import { failures, isCoded } from '../../../lib/errors.ts';
import type { Work } from './blocks.ts';
import { errors } from './errors.ts';
import { countLinks } from './links.ts';
import { LINK_BYTES } from './memory.ts';
import type { IpfsPath } from './path.ts';
import { findIn, namesIn, type OpenShard, type Shard } from './shards.ts';

const fail = failures(errors);

/** Names in one piece of a folder that is spread over several blocks; what others write has 256. */
const FANOUTS: readonly bigint[] = [8n, 16n, 32n, 64n, 128n, 256n, 512n, 1024n];

interface Weighed {
  /** Of the work's memory: to be given back by whoever needs the node no more, before the work is over. */
  readonly weight: number;
}

/** A file as a block of it says: its own bytes, then those of the blocks below it. */
export interface FileNode extends Weighed {
  readonly kind: 'file';
  readonly cid: CID;
  readonly size: number;
  readonly data: Uint8Array;
  readonly children: readonly { readonly cid: CID; readonly size: number }[];
}

export interface FolderNode extends Weighed {
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
 * `IPFS_KIND` for what is neither file nor folder, and what the work throws.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * const work = { size: async () => 6, here: (cid: CID) => cid.multihash.digest, take() {}, give() {} } as never;
 * const node = await openNode(work, CID.parse('bafkqabtimvwgy3yk'));
 * assert.deepEqual([node.kind, node.size], ['file', 6]);
 * ```
 */
export async function openNode(work: Work, cid: CID): Promise<Node> {
  await work.size(cid);
  return nodeHere(work, cid);
}

/**
 * As {@link openNode}, for a block whose size the work has asked for.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * const work = { here: (cid: CID) => cid.multihash.digest } as never;
 * const { size, weight } = await nodeHere(work, CID.parse('bafkqabtimvwgy3yk'));
 * assert.deepEqual([size, weight], [6, 0]);
 * ```
 */
export async function nodeHere(work: Work, cid: CID): Promise<Node> {
  if (cid.code !== dagPb.code) {
    const data = work.here(cid);
    return { kind: 'file', cid, size: data.byteLength, data, children: [], weight: 0 };
  }
  const { entry, weight } = await entryHere(work, cid);
  if (entry.type === 'directory') return folder(work, { entry, weight });
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
    weight,
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

function folder(work: Work, { entry, weight }: Found<Directory>): FolderNode {
  const { cid, unixfs, node } = entry;
  if (unixfs.type !== 'hamt-sharded-directory') {
    return {
      kind: 'directory',
      cid,
      size: 0,
      weight,
      async *names() {
        for (const { Name = '', Hash } of node.Links) yield { name: Name, cid: Hash };
      },
      find: async (name) => node.Links.find(({ Name }) => Name === name)?.Hash,
    };
  }
  const root = shard(entry);
  const open: OpenShard = async (below) => {
    await work.size(below);
    const found = await entryHere(work, below);
    // It is looked at and left; at most a thousand links.
    work.give(found.weight);
    const next = found.entry.type === 'directory' ? shard(found.entry) : undefined;
    if (next?.fanout === root.fanout) return next;
    throw fail('IPFS_CONTENT', { cid: below.toString(), folder: cid.toString() });
  };
  return {
    kind: 'directory',
    cid,
    size: 0,
    weight,
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

function* once(bytes: Uint8Array): Generator<Uint8Array> {
  yield bytes;
}

interface Found<T extends Entry> extends Weighed {
  readonly entry: T;
}

/** What the library reads in one block. What it says about content is about the content, unless we said it ourselves. */
async function entryHere(work: Work, cid: CID): Promise<Found<Entry>> {
  const bytes = work.here(cid);
  const weight = LINK_BYTES * countLinks(cid, bytes);
  work.take(weight);
  try {
    const entry = await exporter(cid, { get: () => once(bytes) }, { signal: work.signal });
    if (entry.type === 'directory' || entry.type === 'file') return { entry, weight };
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
 * const work = { size: async () => 6, here: (cid: CID) => cid.multihash.digest, take() {}, give() {} } as never;
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
    work.give(node.weight);
    node = await openNode(work, next);
  }
  return node;
}
