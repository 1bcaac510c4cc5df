import type { CID } from 'multiformats/cid';
import { failures } from '../../../lib/errors.ts';
import type { Work } from './blocks.ts';
import { errors } from './errors.ts';
import { hasLinks, links } from './links.ts';
import { NAME_BYTES } from './memory.ts';
import { namedBy, nameOf } from './path.ts';

const fail = failures(errors);

/** Blocks of one pin that are fetched at the same time. */
const AT_ONCE = 16;

/**
 * Goes through everything below a root, fetching what is not here, and answers how many bytes that is. Each block is
 * looked at once, so a folder that names one block a million times is as large as that block. What is remembered is
 * taken of the work's memory. Throws `IPFS_TOO_LARGE` as soon as more blocks are named than the work may look at,
 * `IPFS_CONTENT`, and what the work throws.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * const work = { size: async () => 6, maxBlocks: 10 } as never;
 * const root = CID.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy');
 * assert.equal(await walk(work, root), 6);
 * ```
 */
export async function walk(work: Work, root: CID): Promise<number> {
  const { maxBlocks } = work;
  // By codec too: the same bytes may be a folder for one and bytes for another.
  const seen = new Set<string>([nameOf(root)]);
  const open: string[] = [...seen];
  const running = new Set<Promise<void>>();
  let bytes = 0;

  async function visit(cid: CID): Promise<void> {
    bytes += await work.size(cid);
    if (!hasLinks(cid.code)) return;
    // In one turn: of all walks there is one block at a time in memory.
    for (const link of links(cid, work.here(cid))) {
      const key = nameOf(link);
      if (seen.has(key)) continue;
      work.take(NAME_BYTES + key.length);
      seen.add(key);
      // Names are cheaper to send than blocks, and each is remembered.
      if (seen.size > maxBlocks) throw fail('IPFS_TOO_LARGE', { cid: root.toString(), maxBlocks });
      open.push(key);
    }
  }

  while (open.length > 0 || running.size > 0) {
    for (let cid = next(); cid; cid = next()) {
      const visiting: Promise<void> = visit(cid).then(() => void running.delete(visiting));
      running.add(visiting);
    }
    // The first failure ends all; the others are heard by nobody then, and need not be.
    await Promise.race(running);
  }
  return bytes;

  function next(): CID | undefined {
    const key = running.size < AT_ONCE ? open.pop() : undefined;
    return key === undefined ? undefined : namedBy(key);
  }
}
