/**
 * `open-at` of `wasi:filesystem/types`, with the answers of POSIX.
 *
 * @module
 */
import type { Call } from '../engine/extension.ts';
import { type Directory, find } from './directory.ts';
import { code } from './file-errors.ts';
import { type SharedFile, shareFile } from './open-files.ts';

export type Flags = Readonly<Record<string, boolean | undefined>>;

/** An open file, and for what it was opened. */
export interface OpenFile {
  readonly shared: SharedFile;
  readonly read: boolean;
  readonly write: boolean;
}

/** What a descriptor stands for; without a file it is a directory. */
export interface Place extends Directory {
  readonly file?: OpenFile;
}

export interface OpenAt {
  readonly path: string;
  /** `open-flags` and `descriptor-flags`, camelCase. */
  readonly open: Flags;
  readonly flags: Flags;
}

/** Opens a file or a directory. Throws codes of `wasi:filesystem/types`, and what the file tree throws. */
export function openPlace(call: Call, from: Directory, { path, open, flags }: OpenAt): Place {
  if (flags['fileIntegritySync'] || flags['dataIntegritySync'] || flags['requestedWriteSync'])
    throw code('unsupported');
  if (open['create'] && open['directory']) throw code('invalid');
  const { tree } = from;
  const { path: at, stat, directory } = find(from, path);
  if (stat !== undefined && open['create'] && open['exclusive']) throw code('exist');
  if (stat?.kind === 'directory') {
    if (flags['write'] || open['truncate'] || open['create']) throw code('is-directory');
    return { tree, path: at, identity: stat.identity };
  }
  if (stat !== undefined && (directory || open['directory'])) throw code('not-directory');
  // A name that ends with a slash is that of a directory, which is not made like this.
  if (stat === undefined && open['create'] && directory) throw code('is-directory');
  const { create = false, exclusive = false, truncate = false } = open;
  const { read = false, write = false } = flags;
  const shared = shareFile(call, () => tree.open(at, { create, exclusive, truncate, write }));
  return { tree, path: at, identity: undefined, file: { shared, read, write } };
}
