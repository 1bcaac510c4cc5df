/**
 * The file tree of an application: folders of the operator, files given as bytes, and folders of its own that it may
 * write, each at its place.
 *
 * @module
 */
import type { DiskFolder } from './disk-place.ts';
import { createDiskTree } from './disk-tree.ts';
import { fail } from './errors.ts';
import { openFolderTree, resolveRoot } from './folder-tree.ts';
import { type Branch, graft } from './graft.ts';
import { isLoose } from './loose.ts';
import { createMemoryTree } from './memory.ts';
import { parsePath } from './path.ts';
import { joinNames, type Names, startsWith } from './tree.ts';
import type { Mount, StoreRecipe, Vfs } from './vfs.ts';
import { createVfs } from './view.ts';

export type { Mount } from './vfs.ts';

export interface FolderVfsOptions {
  /** When the files given as bytes were last changed; 1970 unless told. */
  readonly modified?: Temporal.Instant;
}

/**
 * A tree of mounts. Folders are resolved now, once: a link inside that leads out of its folder is never
 * followed, and what it points to is not there. Directories above a mount exist and hold only mounts. Nothing is
 * kept open, so there is nothing to dispose.
 *
 * Errors: `VFS_MOUNT` for a folder that is missing or no directory and for a mount inside another; `VFS_PATH`.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * import { mkdtemp, rm, writeFile } from 'node:fs/promises';
 * import { tmpdir } from 'node:os';
 * import { join } from 'node:path';
 * const folder = await mkdtemp(join(tmpdir(), 'vfs-'));
 * await writeFile(join(folder, 'index.html'), '<h1>Hello</h1>');
 * const vfs = await createFolderVfs([{ path: '/www', folder }]);
 * assert.equal((await vfs.stat('/www/index.html'))?.size, 14);
 * assert.equal(await vfs.stat('/www/none'), undefined);
 * await rm(folder, { recursive: true });
 * ```
 */
export async function createFolderVfs(
  mounts: readonly Mount[],
  options: FolderVfsOptions = {},
): Promise<Vfs> {
  const places = mounts.map((mount) => ({ mount, names: parsePath(mount.path) }));
  refuseOverlaps(places.map(({ names }) => names));
  const files: (readonly [string, Uint8Array])[] = [];
  const folders: Branch[] = [];
  const stores = new Map<SharedArrayBuffer, { recipe: StoreRecipe; folders: DiskFolder[] }>();
  const resolved: Mount[] = [];
  for (const { mount, names } of places) {
    if ('bytes' in mount) {
      files.push([mount.path, mount.bytes]);
      resolved.push(mount);
    } else {
      const folder = await resolveRoot(mount.folder);
      resolved.push({ ...mount, folder });
      if (mount.store === undefined) folders.push({ names, tree: await openFolderTree(folder, names) });
      else {
        const { store: recipe } = mount;
        const place = { at: names, folder, loose: await isLoose(folder) };
        stores.getOrInsertComputed(recipe.memory, () => ({ recipe, folders: [] })).folders.push(place);
      }
    }
  }
  for (const { recipe, folders: places } of stores.values()) {
    const tree = createDiskTree(places, recipe);
    for (const { at } of places) folders.push({ names: at, tree });
  }
  const trunk = createMemoryTree(
    files,
    options,
    folders.map(({ names }) => names),
  );
  const { modified = Temporal.Instant.fromEpochMilliseconds(0) } = options;
  return createVfs(graft(trunk, folders), { mounts: resolved, modified: modified.toString() });
}

function refuseOverlaps(places: readonly Names[]): void {
  for (const [index, names] of places.entries()) {
    const other = places.find((candidate, at) => at !== index && startsWith(names, candidate));
    if (other === undefined) continue;
    const reason = `another mount lies at ${joinNames(other)}`;
    throw fail('VFS_MOUNT', { path: joinNames(names), reason });
  }
}
