/**
 * Loads an application that is a folder: `application.json`, one folder with `module.json` for each module, web
 * files and shared files.
 *
 * @module
 */
import { posix } from 'node:path';
import type { Vfs } from '../vfs/vfs.ts';
import { type AppFolder, findRoot, MAX_ICON_BYTES, openAppFolder } from './app-folder.ts';
import type { Application, ApplicationModule } from './application.ts';
import { fail } from './errors.ts';
import { createFaults, type Faults } from './faults.ts';
import {
  APP_MANIFEST,
  APP_PERMISSIONS,
  type LoadedModule,
  loadModule,
  MODULE_MANIFEST,
  type Mount,
} from './load-module.ts';
import {
  type AppManifest,
  loadManifestChecks,
  type ManifestChecks,
  type ModuleManifest,
} from './manifest.ts';
import { type LoadedMetadata, loadMetadata, textOf } from './metadata.ts';
import type { Check } from './schema.ts';

/**
 * Makes the component of a module from its sources. `folder` is a real path. What it throws ends the loading as
 * it is.
 */
export type BuildModule = (folder: string, manifest: ModuleManifest) => Promise<Uint8Array<ArrayBuffer>>;

export interface LoadFolderOptions {
  /** Makes the read-only file tree: `createFolderVfs` of `src/vfs/folder.ts`. */
  readonly createVfs: (mounts: readonly Mount[]) => Promise<Vfs>;
  /**
   * Builds every module that has sources (`src/index.ts` or `src/main.c`), one after another. Without it their
   * component must have been built before.
   */
  readonly build?: BuildModule;
}

/**
 * Loads the application in a folder. Everything that is wrong with it is reported at once; modules are built
 * only when nothing is.
 *
 * Errors: `APP_NOT_FOUND` when there is no such folder; `APP_INVALID` with `detail.faults`, one sentence for each
 * fault with its file and place; `APP_READ` when the operating system refuses.
 *
 * @example
 * ```ts
 * import assert from 'node:assert/strict';
 * const createVfs = async () => assert.fail('not reached');
 * await assert.rejects(loadFolder('/nowhere', { createVfs }), { code: 'APP_NOT_FOUND' });
 * ```
 */
export async function loadFolder(
  path: string,
  { createVfs, build }: LoadFolderOptions,
): Promise<Application> {
  const root = await findRoot(path);
  const faults = createFaults();
  const folder = openAppFolder(root, faults);
  const checks = await loadManifestChecks();
  const loaded = await loadParts(folder, checks, build !== undefined);
  const found = faults.sentences();
  if (loaded === undefined || found.length > 0) throw fail('APP_INVALID', { folder: path, faults: found });
  const modules: ApplicationModule[] = [];
  for (const { component, mounts: _, ...module } of loaded.modules) {
    // A module waits for its build only when `build` was given.
    const bytes =
      component instanceof Uint8Array ? component : await build?.(component.folder, component.manifest);
    if (bytes !== undefined) modules.push({ ...module, bytes });
  }
  const { metadata } = loaded.metadata;
  const { permissions } = loaded;
  const mounts = [...loaded.mounts, ...loaded.modules.flatMap((module) => module.mounts)];
  const { name, version } = metadata;
  return { name, version, metadata, permissions, modules, vfs: await createVfs(mounts) };
}

interface LoadedParts {
  readonly metadata: LoadedMetadata;
  readonly permissions: NonNullable<Application['permissions']>;
  readonly modules: readonly LoadedModule[];
  readonly mounts: readonly Mount[];
}

/** `undefined` when a fault keeps the rest from being known. */
async function loadParts(
  folder: AppFolder,
  checks: ManifestChecks,
  builds: boolean,
): Promise<LoadedParts | undefined> {
  const manifest = await loadManifest(folder, checks);
  if (manifest === undefined) return undefined;
  const name = manifest.name ?? 'app';
  const place = { base: APP_MANIFEST, path: manifest.metadata, name };
  const metadata = await loadMetadata(folder, place, checks.app_metadata);
  const modules: LoadedModule[] = [];
  for (const [index, entry] of (manifest.modules ?? []).entries()) {
    const module = await loadModule(folder, entry, { checks, builds, pointer: `/modules/${index}` });
    if (module === undefined) continue;
    if (modules.some((other) => other.name === module.name)) {
      const message = `is a second module with the name "${module.name}": give it another with "name"`;
      folder.faults.add(APP_MANIFEST, message, `/modules/${index}`);
    } else modules.push(module);
  }
  const permissions = await loadPermissions(folder, checks.app_permissions);
  const mounts = await loadMounts(folder, manifest);
  if (metadata === undefined) return undefined;
  return {
    metadata,
    permissions,
    modules,
    mounts: [{ path: '/metadata.json', bytes: textOf(metadata.written) }, ...mounts],
  };
}

async function loadManifest(folder: AppFolder, checks: ManifestChecks): Promise<AppManifest | undefined> {
  if (
    (await folder.kindOf(APP_MANIFEST)) === undefined &&
    (await folder.kindOf(MODULE_MANIFEST)) === 'file'
  ) {
    const message = `is missing: this is the folder of a module, give that of its application`;
    folder.faults.add(APP_MANIFEST, message);
    return undefined;
  }
  const read = await folder.readJson(APP_MANIFEST, 'the manifest of the application', checks.app_manifest);
  if (read === undefined) return undefined;
  const manifest = read as AppManifest;
  if (!manifest.www && !manifest.share && !manifest.modules?.length) {
    folder.faults.add(APP_MANIFEST, 'must name at least one of "modules", "www" and "share"', '');
  }
  return manifest;
}

/** The file may be left out: then the application asks for nothing. */
async function loadPermissions(
  folder: AppFolder,
  check: Check,
): Promise<NonNullable<Application['permissions']>> {
  if ((await folder.kindOf(APP_PERMISSIONS)) === undefined) return {};
  const read = await folder.readJson(APP_PERMISSIONS, 'the permissions of the application', check);
  const { $schema: _, ...permissions } = (read ?? {}) as Record<string, unknown>;
  return permissions;
}

/** What belongs to the application itself. */
async function loadMounts(folder: AppFolder, manifest: AppManifest): Promise<readonly Mount[]> {
  const mounts: Mount[] = [];
  for (const key of ['www', 'share'] as const) {
    const path = manifest[key];
    const file = path === undefined ? undefined : folder.resolve(APP_MANIFEST, path);
    const found = file && (await folder.checkTree(file, `the folder "${key}"`));
    if (file === undefined || found === undefined) continue;
    if (key === 'www') await refuseApi(folder, file, folder.faults);
    mounts.push({ path: `/${key}`, folder: found as string });
  }
  const icon = await loadIcon(folder, manifest.icon);
  return icon === undefined ? mounts : [...mounts, { path: '/icon.svg', bytes: icon }];
}

/** Paths below `/api` are the modules': files there would never be seen. */
async function refuseApi(folder: AppFolder, www: string, faults: Faults): Promise<void> {
  const api = posix.join(www, 'api');
  if ((await folder.kindOf(api)) !== undefined) {
    faults.add(api, 'is never served, since /api belongs to the modules: give it another name');
  }
}

/** The icon may be left out, as long as the manifest does not name it. */
async function loadIcon(folder: AppFolder, path: string | undefined): Promise<Uint8Array | undefined> {
  const file = path === undefined ? 'icon.svg' : folder.resolve(APP_MANIFEST, path);
  if (file === undefined || (path === undefined && (await folder.kindOf(file)) === undefined))
    return undefined;
  const bytes = await folder.readBytes(file, { what: 'the icon', maxBytes: MAX_ICON_BYTES });
  if (bytes === undefined || /<svg[\s>]/.test(new TextDecoder().decode(bytes))) return bytes;
  folder.faults.add(file, 'is no SVG: the icon must be one');
  return undefined;
}
