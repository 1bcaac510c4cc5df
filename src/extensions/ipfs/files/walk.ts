import type { CID } from 'multiformats/cid';
import type { Work } from './blocks.ts';
import { hasLinks, links } from './links.ts';

/** Blocks of one pin that are fetched at the same time. */
const AT_ONCE = 16;

/**
 * Goes through everything below a root, fetching what is not here, and answers how many bytes that is. Each block is
 * looked at once, so a folder that names one block a million times is as large as that block. Throws
 * `IPFS_CONTENT`, and what the work throws.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * const work = { size: async () => 6 } as never;
 * assert.equal(await walk(work, CID.parse('bafkreigh2akiscaildcqabsyg3dfr6chu3fgpregiymsck7e7aqa4s52zy')), 6);
 * ```
 */
export async function walk(work: Work, root: CID): Promise<number> {
  // By codec too: the same bytes may be a folder for one and bytes for another.
  const seen = new Set<string>([id(root)]);
  const open: CID[] = [root];
  const running = new Set<Promise<void>>();
  let bytes = 0;

  async function visit(cid: CID): Promise<void> {
    if (!hasLinks(cid.code)) {
      bytes += await work.size(cid);
      return;
    }
    const block = await work.block(cid);
    bytes += block.byteLength;
    for (const link of links(cid, block)) {
      const key = id(link);
      if (seen.has(key)) continue;
      seen.add(key);
      open.push(link);
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
    return running.size < AT_ONCE ? open.pop() : undefined;
  }
}

function id(cid: CID): string {
  const { buffer, byteOffset, byteLength } = cid.toV1().bytes;
  return Buffer.from(buffer, byteOffset, byteLength).toString('latin1');
}
