/**
 * Folders that are spread over several blocks, as kubo writes them: a tree by the hashes of their names (HAMT). The
 * library follows them as deep as they say, and looks for ever where two names have one hash; here a tree ends where
 * the bits of a hash do.
 *
 * @module
 */
import type { PBLink } from '@ipld/dag-pb';
import type { CID } from 'multiformats/cid';
import { failures } from '../../../lib/errors.ts';
import { errors } from './errors.ts';
import { murmur } from './murmur.ts';
import { namedBy, nameOf } from './path.ts';

const fail = failures(errors);

/** Bits of a hash. */
const BITS = 64;

/** One block of such a folder. */
export interface Shard {
  readonly cid: CID;
  /** How many places it has: a power of two. */
  readonly fanout: number;
  readonly links: readonly PBLink[];
}

/** Looks at a block further down. Rejects when it is none of this folder. */
export type OpenShard = (cid: CID) => Promise<Shard>;

/**
 * Every name in a folder, in no order. Rejects with `IPFS_CONTENT` for a tree that is deeper than any hash.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * const cid = CID.parse('bafkqabtimvwgy3yk');
 * const shard = { cid, fanout: 256, links: [{ Name: 'E6hello', Hash: cid }] };
 * const names = await Array.fromAsync(namesIn(shard, async () => shard));
 * assert.deepEqual(names.map(({ name }) => name), ['hello']);
 * ```
 */
export async function* namesIn(
  root: Shard,
  open: OpenShard,
): AsyncGenerator<{ readonly name: string; readonly cid: CID }> {
  const { width, levels } = shapeOf(root);
  const waiting: { readonly cid: CID; readonly level: number }[] = [];
  let shard = root;
  let level = 0;
  for (;;) {
    for (const { Name = '', Hash } of shard.links) {
      if (Name.length > width) yield { name: Name.slice(width), cid: Hash };
      else waiting.push({ cid: below(shard, { Name, Hash }, { level, width, levels }), level: level + 1 });
    }
    const next = waiting.pop();
    if (!next) return;
    shard = await open(next.cid);
    level = next.level;
  }
}

/**
 * What has this name in a folder; `undefined` when there is none. Rejects as {@link namesIn} does.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * const cid = CID.parse('bafkqabtimvwgy3yk');
 * const shard = { cid, fanout: 256, links: [{ Name: 'CBhello', Hash: cid }] };
 * assert.equal(await findIn(shard, 'hello', async () => shard), cid);
 * assert.equal(await findIn(shard, 'hell', async () => shard), undefined);
 * ```
 */
export async function findIn(root: Shard, name: string, open: OpenShard): Promise<CID | undefined> {
  const { bits, width, levels } = shapeOf(root);
  const hash = murmur(name);
  let shard = root;
  for (let level = 0; ; level++) {
    const place = Number(BigInt.asUintN(bits, hash >> BigInt(BITS - bits * (level + 1))));
    const prefix = place.toString(16).toUpperCase().padStart(width, '0');
    // At another place it is a fault of the writer, but there.
    const found = shard.links.find(({ Name }) => Name?.slice(width) === name);
    if (found) return found.Hash;
    const further = shard.links.find(({ Name }) => Name === prefix);
    if (!further) return undefined;
    shard = await open(below(shard, further, { level, width, levels }));
  }
}

interface Shape {
  /** Bits of the hash for each level. */
  readonly bits: number;
  /** Digits before a name; a link with no more leads to a block further down. */
  readonly width: number;
  readonly levels: number;
}

function shapeOf({ fanout }: Shard): Shape {
  const bits = Math.log2(fanout);
  return { bits, width: (fanout - 1).toString(16).length, levels: Math.floor(BITS / bits) };
}

function below(
  { cid }: Shard,
  { Name = '', Hash }: Pick<PBLink, 'Name' | 'Hash'>,
  { level, width, levels }: Omit<Shape, 'bits'> & { readonly level: number },
): CID {
  if (Name.length < width || level + 1 >= levels) {
    throw fail('IPFS_CONTENT', { cid: cid.toString(), name: Name, level });
  }
  // Without the block that it was found in.
  return namedBy(nameOf(Hash));
}
