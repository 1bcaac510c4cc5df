import type { CID } from 'multiformats/cid';
import type { LateFile } from '../../../engine/late-files.ts';
import { failures, isCoded } from '../../../lib/errors.ts';
import type { Work } from './blocks.ts';
import type { FileEntry } from './calls.ts';
import { readAll } from './content.ts';
import { errors } from './errors.ts';
import type { FileLimits } from './limits.ts';
import { hasLinks } from './links.ts';
import type { IpfsPath } from './path.ts';
import { type FolderNode, nodeHere, resolve } from './tree.ts';

const fail = failures(errors);

/** Entries that are looked at together. */
const AT_ONCE = 16;

/** Bytes in a name that file systems take. */
const MAX_NAME = 255;

/**
 * What is in a folder, in the order of the names' UTF-8 bytes. Left out is what a path cannot name and what is
 * neither file nor folder; of two entries with one name, which nobody writes, the first counts. Throws
 * `IPFS_KIND` for a file, `IPFS_TOO_LARGE` for more than `maxEntries`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * const work = { size: async () => 6, here: (cid: CID) => cid.multihash.digest, take() {}, give() {} } as never;
 * const file = { cid: CID.parse('bafkqabtimvwgy3yk'), names: [] };
 * await assert.rejects(list(work, file, 10), { code: 'IPFS_KIND' });
 * ```
 */
export async function list(work: Work, path: IpfsPath, maxEntries: number): Promise<readonly FileEntry[]> {
  const folder = await resolve(work, path);
  if (folder.kind === 'directory') return entriesOf(work, folder, maxEntries);
  throw fail('IPFS_KIND', { cid: folder.cid.toString(), found: folder.kind });
}

export interface LookOptions extends Pick<FileLimits, 'fileBytes' | 'maxEntries'> {
  /** A look tells what is there; to open it takes its bytes or its entries too. */
  readonly want: 'stat' | 'open';
}

/**
 * What lies at a path, as the file tree of a module wants it. Throws as `resolve`, `readAll` and `list` do.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { CID } from 'multiformats/cid';
 * const work = { size: async () => 6, here: (cid: CID) => cid.multihash.digest, take() {}, give() {} } as never;
 * const file = { cid: CID.parse('bafkqabtimvwgy3yk'), names: [] };
 * const found = await look(work, file, { want: 'stat', fileBytes: 10, maxEntries: 10 });
 * assert.deepEqual(found, { kind: 'file', size: 6, identity: 'bafkqabtimvwgy3yk' });
 * ```
 */
export async function look(
  work: Work,
  path: IpfsPath,
  { want, fileBytes, maxEntries }: LookOptions,
): Promise<LateFile> {
  const node = await resolve(work, path);
  const identity = node.cid.toV1().toString();
  const open = want === 'open';
  if (node.kind === 'directory') {
    const { kind } = node;
    return { kind, identity, ...(open && { entries: await entriesOf(work, node, maxEntries) }) };
  }
  const { kind, size } = node;
  return { kind, size, identity, ...(open && { bytes: await readAll(work, node, { maxBytes: fileBytes }) }) };
}

async function entriesOf(work: Work, folder: FolderNode, maxEntries: number): Promise<readonly FileEntry[]> {
  const found = new Map<string, CID>();
  for await (const { name, cid } of folder.names()) {
    if (isName(name) && !found.has(name)) found.set(name, cid);
    if (found.size > maxEntries) throw fail('IPFS_TOO_LARGE', { cid: folder.cid.toString(), maxEntries });
  }
  const sorted = [...found].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const entries: FileEntry[] = [];
  for (let at = 0; at < sorted.length; at += AT_ONCE) {
    const some = sorted.slice(at, at + AT_ONCE);
    const here = some.map(([, cid]) => (hasLinks(cid.code) ? work.size(cid) : Promise.resolve(0)));
    // The first failure ends all; the others are heard by nobody then.
    for (const each of here) each.catch(() => {});
    // Fetched together and looked at one by one, because each may be a large folder.
    for (const [index, [name, cid]] of some.entries()) {
      const kind = await kindOf(work, cid, here[index]);
      if (kind) entries.push({ name, kind });
    }
  }
  return entries;
}

function isName(name: string): boolean {
  return (
    name !== '' &&
    name !== '.' &&
    name !== '..' &&
    !/[/\\\0]/.test(name) &&
    Buffer.byteLength(name) <= MAX_NAME
  );
}

async function kindOf(
  work: Work,
  cid: CID,
  here: Promise<unknown> | undefined,
): Promise<FileEntry['kind'] | undefined> {
  if (!hasLinks(cid.code)) return 'file';
  try {
    await here;
    const { kind, weight } = await nodeHere(work, cid);
    work.give(weight);
    return kind;
  } catch (error) {
    if (isCoded(error) && (error.code === 'IPFS_KIND' || error.code === 'IPFS_CONTENT')) return undefined;
    throw error;
  }
}
