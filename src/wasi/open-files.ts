/**
 * The files that one call has open: counted, and closed at its end whatever the guest forgot.
 *
 * @module
 */
import type { Call } from '../engine/extension.ts';
import type { VfsFile } from '../vfs/vfs.ts';
import { code } from './file-errors.ts';

/** Files that one event may have open at a time. */
export const MAX_OPEN_FILES = 256;

/** An open file with several users: a descriptor, and the streams made from it. */
export interface SharedFile {
  readonly file: VfsFile;
  /** One more user. */
  retain(): SharedFile;
  /** One user less; the last one closes the file. */
  release(): void;
}

const key: unique symbol = Symbol('wasi:filesystem');

/** Takes over a file that `open` gives. Throws the WIT's `quota` when too many are open. */
export function shareFile(call: Call, open: () => VfsFile): SharedFile {
  const files = call.state(key, () => createOpenFiles());
  if (files.open.size >= MAX_OPEN_FILES) throw code('quota');
  const file = open();
  files.open.add(file);
  let users = 1;
  const shared: SharedFile = {
    file,
    retain: () => {
      users += 1;
      return shared;
    },
    release: () => {
      users -= 1;
      if (users > 0) return;
      files.open.delete(file);
      file[Symbol.dispose]();
    },
  };
  return shared;
}

function createOpenFiles(): Disposable & { readonly open: Set<VfsFile> } {
  const open = new Set<VfsFile>();
  return {
    open,
    [Symbol.dispose]: () => {
      using stack = new DisposableStack();
      for (const file of open) stack.use(file);
      open.clear();
    },
  };
}
