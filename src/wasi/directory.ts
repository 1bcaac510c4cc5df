/**
 * Directories that a guest holds: where its paths start.
 *
 * @module
 */
import type { Call } from '../engine/extension.ts';
import type { VfsEntry, VfsStat, VfsSync } from '../vfs/vfs.ts';
import { fail } from './errors.ts';
import { code } from './file-errors.ts';
import { leadsThroughFile, resolvePath } from './file-paths.ts';
import { type DescriptorType, typeOf } from './file-stat.ts';
import { Held } from './handles.ts';

/** A directory of the tree, by its path; `identity` is that of what lay there when it was opened. */
export interface Directory {
  readonly tree: VfsSync;
  readonly path: string;
  readonly identity: string | undefined;
}

/** What a path leads to, from a directory. */
export interface Found {
  readonly path: string;
  /** It must be a directory. */
  readonly directory: boolean;
  readonly stat: VfsStat | undefined;
}

/** Directories whose entries one event may be reading at a time: each holds its list. */
const MAX_LISTS = 64;

/**
 * Looks a path up. Throws codes of `wasi:filesystem/types`: those of `resolvePath`, `not-directory` where a file is in
 * the way, and `no-entry` when the directory itself is gone or another one lies there.
 */
export function find({ tree, path: base, identity }: Directory, path: string): Found {
  if (identity !== undefined && tree.stat(base)?.identity !== identity) throw code('no-entry');
  const resolved = resolvePath(tree, base, path);
  const stat = tree.stat(resolved.path);
  if (stat === undefined && leadsThroughFile(tree, resolved.path)) throw code('not-directory');
  return { ...resolved, stat };
}

/** The same for what must be there. */
export function findExisting(from: Directory, path: string): Found & { readonly stat: VfsStat } {
  const found = find(from, path);
  const { stat } = found;
  if (stat === undefined) throw code('no-entry');
  if (found.directory && stat.kind !== 'directory') throw code('not-directory');
  return { ...found, stat };
}

const key: unique symbol = Symbol('wasi directory lists');

class Lists implements Disposable {
  open = 0;
  [Symbol.dispose](): void {
    this.open = 0;
  }
}

/** Resource `directory-entry-stream`: the entries as they were when it was made. */
export class DirectoryEntryStream {
  readonly #held: Held;
  readonly #lists: Lists;
  #entries: Iterator<VfsEntry> | undefined;

  constructor(call: Call, entries: readonly VfsEntry[]) {
    this.#held = new Held(call);
    this.#lists = call.state(key, () => new Lists());
    if (this.#lists.open >= MAX_LISTS) throw fail('WASI_LIMIT', { lists: MAX_LISTS });
    this.#lists.open += 1;
    this.#entries = entries.values();
  }

  readDirectoryEntry(): { readonly type: DescriptorType; readonly name: string } | undefined {
    const next = this.#entries?.next();
    return next === undefined || next.done
      ? undefined
      : { type: typeOf(next.value.kind), name: next.value.name };
  }

  [Symbol.dispose](): void {
    this.#held[Symbol.dispose]();
    if (this.#entries !== undefined) this.#lists.open -= 1;
    this.#entries = undefined;
  }
}
